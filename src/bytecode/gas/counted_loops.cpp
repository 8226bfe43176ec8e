#include "bytecode/gas/counted_loops.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <span>


namespace synapsed::bytecode {
namespace {

/// Loops in loops in loops are read once for each of them: not deeper than this.
constexpr std::uint32_t kHeightMax = 4;
/// In larger ones a round is so long that its charge does not matter.
constexpr std::size_t kBodyBytesMax = 1024;
/// A copy of a larger one would cost more in code than it saves.
constexpr std::size_t kCopiedBytesMax = 400;

/// What leaves a loop otherwise than at its end, or makes an iteration so long that nothing is won.
bool rules_out(Op op) {
  switch (op) {
    case Op::kCall:
    case Op::kCallIndirect:
    case Op::kCallRef:
    case Op::kReturn:
    case Op::kReturnCall:
    case Op::kReturnCallIndirect:
    case Op::kReturnCallRef:
    case Op::kThrow:
    case Op::kThrowRef:
    case Op::kTryTable: return true;
    default: return false;
  }
}

bool is_branch(Op op) {
  return op == Op::kBrTable || op == Op::kBr || op == Op::kBrIf || op == Op::kBrOnNull || op == Op::kBrOnNonNull ||
         op == Op::kBrOnCast || op == Op::kBrOnCastFail;
}

bool opens_block(Op op) {
  return op == Op::kBlock || op == Op::kIf || op == Op::kLoop || op == Op::kTryTable;
}

/// What of an operator matters here.
struct LoopOperator {
  explicit LoopOperator(const Operator& from)
      : op(from.op), index(from.index), constant(from.as_i32()) {
    if (op != Op::kBrTable) return;
    for_each_label(from, [&](std::uint32_t label) { index = std::max(index, label); });
  }

  Op op;
  std::uint32_t index;  // of a `br_table`: no label is higher
  std::int32_t constant;
};

/// The operators of one loop, read backwards from its condition.
class LoopReader {
 public:
  explicit LoopReader(std::span<const LoopOperator> ops) : ops_(ops) {}

  /// Fills what the condition and the step say.
  bool read(CountedLoop& loop) {
    if (!stays_inside()) return false;
    const auto test = read_test();
    return test && describe(*test, loop) && read_step(loop);
  }

 private:
  struct Write {
    std::size_t number = 0;
    unsigned count = 0;
    bool always = false;
  };
  /// `local.get`, `i32.const`, or a local after `local.tee`; `start` is its first operator.
  struct Operand {
    Op op = Op::kNop;
    std::uint32_t local = 0;
    std::int32_t constant = 0;
    std::size_t start = 0;
  };
  struct Test {
    Operand left;
    Operand right;
    Op compare = Op::kI32Ne;
  };

  /// Nothing but the last operator branches to the loop or out of it. Notes who writes locals.
  bool stays_inside() {
    std::uint32_t depth = 0;
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      const LoopOperator& op = ops_[i];
      if (rules_out(op.op)) return false;
      if (opens_block(op.op)) ++depth;
      if (op.op == Op::kEnd) --depth;
      const bool is_last = i + 1 == ops_.size();
      if (is_last) return op.op == Op::kBrIf && op.index == 0 && depth == 0;
      if (is_branch(op.op) && op.index >= depth) return false;
      if (op.op == Op::kLocalSet || op.op == Op::kLocalTee) {
        Write& write = writes_[op.index];
        write = {.number = i, .count = write.count + 1, .always = depth == 0};
      }
    }
    return false;
  }

  std::optional<Operand> operand_before(std::size_t end) const {
    if (end == 0) return std::nullopt;
    const LoopOperator& op = ops_[end - 1];
    switch (op.op) {
      case Op::kLocalGet: return Operand{op.op, op.index, 0, end - 1};
      case Op::kI32Const: return Operand{op.op, 0, op.constant, end - 1};
      case Op::kLocalTee: {
        const auto start = sum_before(end - 1);
        if (!start) return std::nullopt;
        return Operand{op.op, op.index, 0, *start};
      }
      default: return std::nullopt;
    }
  }

  /// Where the sum or difference of two operands that ends before `end` starts.
  std::optional<std::size_t> sum_before(std::size_t end) const {
    if (end < 3 || (ops_[end - 1].op != Op::kI32Add && ops_[end - 1].op != Op::kI32Sub)) {
      return std::nullopt;
    }
    return end - 3;
  }

  std::optional<Test> read_test() const {
    const std::size_t end = ops_.size() - 1;  // the branch
    if (end == 0) return std::nullopt;
    const Op compare = ops_[end - 1].op;
    if (compare == Op::kLocalGet || compare == Op::kLocalTee) {
      const auto value = operand_before(end);
      if (!value) return std::nullopt;
      return Test{.left = *value, .right = {.op = Op::kI32Const}};
    }
    const auto right = operand_before(end - 1);
    if (!right) return std::nullopt;
    const auto left = operand_before(right->start);
    if (!left) return std::nullopt;
    return Test{.left = *left, .right = *right, .compare = compare};
  }

  bool is_invariant(const Operand& operand) const {
    return operand.op == Op::kI32Const ||
           (operand.op == Op::kLocalGet && !writes_.contains(operand.local));
  }
  static Invariant invariant(const Operand& operand) {
    return {.is_local = operand.op == Op::kLocalGet,
            .local = operand.local,
            .constant = operand.constant};
  }

  bool describe(const Test& test, CountedLoop& loop) const {
    const bool swapped = is_invariant(test.left);
    const Operand& variable = swapped ? test.right : test.left;
    const Operand& bound = swapped ? test.left : test.right;
    if (variable.op == Op::kI32Const || !is_invariant(bound)) return false;
    loop.variable = variable.local;
    loop.bound = invariant(bound);
    return compare(test.compare, swapped, loop);
  }

  /// Whether the variable goes up or down is what the comparison allows.
  static bool compare(Op op, bool swapped, CountedLoop& loop) {
    using Condition = CountedLoop::Condition;
    const auto set = [&](Condition condition, bool is_signed, bool rising) {
      loop.condition = condition;
      loop.is_signed = is_signed;
      loop.is_rising = rising != swapped;
      return true;
    };
    switch (op) {
      case Op::kI32Ne: loop.condition = Condition::kNotEqual; return true;
      case Op::kI32LtS: return set(Condition::kStrict, true, true);
      case Op::kI32LtU: return set(Condition::kStrict, false, true);
      case Op::kI32LeS: return set(Condition::kOrEqual, true, true);
      case Op::kI32LeU: return set(Condition::kOrEqual, false, true);
      case Op::kI32GtS: return set(Condition::kStrict, true, false);
      case Op::kI32GtU: return set(Condition::kStrict, false, false);
      case Op::kI32GeS: return set(Condition::kOrEqual, true, false);
      case Op::kI32GeU: return set(Condition::kOrEqual, false, false);
      default: return false;
    }
  }

  /// The one write of the variable: itself plus or minus something that does not change.
  bool read_step(CountedLoop& loop) const {
    const auto found = writes_.find(loop.variable);
    if (found == writes_.end() || found->second.count != 1 || !found->second.always) return false;
    const auto start = sum_before(found->second.number);
    if (!start) return false;
    const auto left = operand_before(*start + 1);
    const auto right = operand_before(*start + 2);
    const bool is_sum = ops_[*start + 2].op == Op::kI32Add;
    if (!left || !right) return false;
    const auto is_variable = [&](const Operand& operand) {
      return operand.op == Op::kLocalGet && operand.local == loop.variable;
    };
    const bool swapped = is_sum && is_variable(*right);
    const Operand& step = swapped ? *left : *right;
    if (!is_variable(swapped ? *right : *left) || !is_invariant(step)) return false;
    loop.step = invariant(step);
    return orient(loop, is_sum);
  }

  /// Makes the step positive, and its direction the one the condition needs.
  static bool orient(CountedLoop& loop, bool is_sum) {
    bool rises = is_sum;
    if (!loop.step.is_local) {
      if (loop.step.constant == 0 || loop.step.constant == INT32_MIN) return false;
      if (loop.step.constant < 0) {
        loop.step.constant = -loop.step.constant;
        rises = !rises;
      }
    }
    if (loop.condition != CountedLoop::Condition::kNotEqual) return rises == loop.is_rising;
    loop.is_rising = rises;
    // Otherwise the variable may miss the bound; a mask says whether it does.
    return !loop.step.is_local &&
           std::has_single_bit(static_cast<std::uint32_t>(loop.step.constant));
  }

  std::span<const LoopOperator> ops_;
  std::map<std::uint32_t, Write> writes_;
};

std::optional<CountedLoop> read_loop(const LoopRange& range) {
  std::vector<LoopOperator> ops;
  OperatorReader in(range.body, range.offset);
  Operator op;
  while (!in.at_end()) {
    if (!in.next(op)) return std::nullopt;
    ops.emplace_back(op);
  }
  ops.pop_back();  // its `end`
  CountedLoop loop{range};
  if (!LoopReader(ops).read(loop)) return std::nullopt;
  return loop;
}

}  // namespace

bool CountedLoop::needs_guard() const {
  if (condition == Condition::kNotEqual) return false;
  if (step.is_local) return true;
  const auto wide = [&](std::int32_t value) {
    return is_signed ? value : std::int64_t{static_cast<std::uint32_t>(value)};
  };
  // A local may be anything.
  const std::int64_t highest = is_signed ? INT32_MAX : std::int64_t{UINT32_MAX};
  const std::int64_t lowest = is_signed ? INT32_MIN : 0;
  if (is_rising) return (bound.is_local ? highest : wide(bound.constant)) > bound_limit();
  return (bound.is_local ? lowest : wide(bound.constant)) < bound_limit();
}

std::int64_t CountedLoop::bound_limit() const {
  const std::int64_t least = is_signed ? INT32_MIN : 0;
  const std::int64_t most = is_signed ? INT32_MAX : std::int64_t{UINT32_MAX};
  const std::int64_t more = condition == Condition::kOrEqual ? 1 : 0;
  const std::int64_t length = (step.is_local ? 0 : step.constant) + more;
  return is_rising ? most - length + 1 : least + length - 1;
}

std::vector<CountedLoop> find_counted_loops(std::span<const LoopRange> loops) {
  std::vector<CountedLoop> counted;
  for (const LoopRange& range : loops) {
    if (!range.is_plain || range.height > kHeightMax || range.body.size() > kBodyBytesMax) continue;
    const auto loop = read_loop(range);
    if (!loop) continue;
    const bool is_small = range.height == 1 && range.body.size() <= kCopiedBytesMax;
    if (is_small || !loop->needs_guard()) counted.push_back(*loop);
  }
  return counted;
}

}  // namespace synapsed::bytecode
