#include "tests/support/reference_loops.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <vector>

namespace synapsed::tests {
namespace {

using namespace bytecode;

using Operators = std::span<const Operator>;

bool opens(Op op) {
  return op == Op::kBlock || op == Op::kLoop || op == Op::kIf || op == Op::kTryTable;
}
bool writes(const Operator& op, std::uint32_t local) {
  return (op.op == Op::kLocalSet || op.op == Op::kLocalTee) && op.index == local;
}
bool reads(const Operator& op, std::uint32_t local) {
  return op.op == Op::kLocalGet && op.index == local;
}

/// The operator that ends the block which `ops[first]` begins.
std::size_t end_of(Operators ops, std::size_t first) {
  std::size_t depth = 0;
  for (std::size_t i = first; i < ops.size(); ++i) {
    if (opens(ops[i].op)) ++depth;
    if (ops[i].op == Op::kEnd && --depth == 0) return i;
  }
  return ops.size();
}

/// The most loops inside one another, the one that begins at `ops[first]` counted.
std::size_t height_of(Operators ops, std::size_t first) {
  std::size_t most = 0;
  const std::size_t end = end_of(ops, first);
  for (std::size_t i = first + 1; i < end; ++i) {
    if (ops[i].op == Op::kLoop) most = std::max(most, height_of(ops, i));
  }
  return most + 1;
}

bool leaves_function(Op op) {
  constexpr Op kOps[] = {Op::kCall,          Op::kCallIndirect, Op::kCallRef,
                         Op::kReturn,        Op::kReturnCall,   Op::kReturnCallIndirect,
                         Op::kReturnCallRef, Op::kThrow,        Op::kThrowRef,
                         Op::kTryTable};
  return std::ranges::find(kOps, op) != std::end(kOps);
}

/// The furthest label that an operator branches to; null when it does not branch.
std::optional<std::uint32_t> furthest_label(const Operator& op) {
  switch (op.op) {
    case Op::kBr:
    case Op::kBrIf:
    case Op::kBrOnNull:
    case Op::kBrOnNonNull:
    case Op::kBrOnCast:
    case Op::kBrOnCastFail: return op.index;
    case Op::kBrTable: {
      std::uint32_t most = 0;
      for_each_label(op, [&](std::uint32_t label) { most = std::max(most, label); });
      return most;
    }
    default: return std::nullopt;
  }
}

/// What a loop repeats, without its `loop` and its `end`.
class Body {
 public:
  explicit Body(Operators ops) : ops_(ops) {}

  /// Only its last operator leaves it, a `br_if` that goes round again.
  [[nodiscard]] bool is_left_at_its_end_only() const {
    if (ops_.empty() || ops_.back().op != Op::kBrIf || ops_.back().index != 0) return false;
    std::uint32_t depth = 0;
    for (const Operator& op : ops_.first(ops_.size() - 1)) {
      if (leaves_function(op.op)) return false;
      if (opens(op.op)) ++depth;
      if (op.op == Op::kEnd) --depth;
      if (const auto label = furthest_label(op); label && *label >= depth) return false;
    }
    return depth == 0;
  }

  /// Fills what the branch asks. False when that is no comparison of a variable with something
  /// that does not change.
  bool read_condition(ReferenceLoop& loop) const {
    const std::size_t branch = ops_.size() - 1;
    if (branch == 0) return false;
    const auto alone = operand_that_ends_at(branch);
    if (alone && ops_[branch - 1].op != Op::kI32Const) {
      loop.variable = ops_[branch - 1].index;
      loop.bound = {.op = Op::kI32Const};
      return true;
    }
    if (alone || !is_comparison(ops_[branch - 1].op)) return false;
    const auto right = operand_that_ends_at(branch - 1);
    const auto left = right ? operand_that_ends_at(*right) : std::nullopt;
    if (!left) return false;
    const Operator& first = ops_[*right - 1];
    const Operator& second = ops_[branch - 2];
    loop.compare = ops_[branch - 1].op;
    loop.is_bound_left = is_invariant(first);
    loop.bound = loop.is_bound_left ? first : second;
    const Operator& variable = loop.is_bound_left ? second : first;
    loop.variable = variable.index;
    return variable.op != Op::kI32Const && is_invariant(loop.bound);
  }

  /// Fills how the variable changes: once, on every way, by something that does not.
  bool read_step(ReferenceLoop& loop) const {
    const auto is_write = [&](const Operator& op) { return writes(op, loop.variable); };
    if (std::ranges::count_if(ops_, is_write) != 1) return false;
    const auto write =
        static_cast<std::size_t>(std::ranges::find_if(ops_, is_write) - ops_.begin());
    if (depth_at(write) != 0 || write < 3) return false;
    const Operator& left = ops_[write - 3];
    const Operator& right = ops_[write - 2];
    loop.change = ops_[write - 1].op;
    if (loop.change != Op::kI32Add && loop.change != Op::kI32Sub) return false;
    const bool is_step_left = loop.change == Op::kI32Add && reads(right, loop.variable);
    loop.step = is_step_left ? left : right;
    return reads(is_step_left ? right : left, loop.variable) && loop.step.op == Op::kI32Const;
  }

 private:
  static bool is_comparison(Op op) {
    constexpr Op kOps[] = {Op::kI32Ne,  Op::kI32LtS, Op::kI32LtU, Op::kI32LeS, Op::kI32LeU,
                           Op::kI32GtS, Op::kI32GtU, Op::kI32GeS, Op::kI32GeU};
    return std::ranges::find(kOps, op) != std::end(kOps);
  }

  [[nodiscard]] bool is_invariant(const Operator& op) const {
    if (op.op == Op::kI32Const) return true;
    return op.op == Op::kLocalGet &&
           std::ranges::none_of(ops_, [&](const Operator& each) { return writes(each, op.index); });
  }

  [[nodiscard]] std::size_t depth_at(std::size_t number) const {
    std::size_t depth = 0;
    for (const Operator& op : ops_.first(number)) {
      if (opens(op.op)) ++depth;
      if (op.op == Op::kEnd) --depth;
    }
    return depth;
  }

  /// Where the operand begins that ends before `ops_[end]`: a local, a constant, or a local after
  /// it was set to a sum or difference of two such.
  [[nodiscard]] std::optional<std::size_t> operand_that_ends_at(std::size_t end) const {
    if (end == 0) return std::nullopt;
    const Op op = ops_[end - 1].op;
    if (op == Op::kLocalGet || op == Op::kI32Const) return end - 1;
    if (op != Op::kLocalTee || end < 4) return std::nullopt;
    const Op sum = ops_[end - 2].op;
    if (sum != Op::kI32Add && sum != Op::kI32Sub) return std::nullopt;
    return end - 4;
  }

  Operators ops_;
};

/// A step that leads nowhere, or that has no negative.
bool is_zero_or_least(const Operator& step) {
  return step.as_i32() == 0 || step.as_i32() == INT32_MIN;
}

/// Whether the comparison lets a rising variable go on; null when it lets either.
std::optional<bool> direction_of(const ReferenceLoop& loop) {
  if (!loop.needs_guard()) return std::nullopt;
  constexpr Op kLess[] = {Op::kI32LtS, Op::kI32LtU, Op::kI32LeS, Op::kI32LeU};
  const bool is_less = std::ranges::find(kLess, *loop.compare) != std::end(kLess);
  return is_less != loop.is_bound_left;
}

/// Fills the direction. False when the loop may miss its bound for another reason than its guard.
bool orient(ReferenceLoop& loop) {
  if (is_zero_or_least(loop.step)) return false;
  loop.is_rising = (loop.change == Op::kI32Add) != (loop.step.as_i32() < 0);
  if (const auto wanted = direction_of(loop)) return *wanted == loop.is_rising;
  return std::has_single_bit(static_cast<std::uint32_t>(loop.constant_step()));
}

}  // namespace

bool ReferenceLoop::needs_guard() const { return compare && *compare != Op::kI32Ne; }

bool ReferenceLoop::is_signed() const {
  constexpr Op kSigned[] = {Op::kI32LtS, Op::kI32LeS, Op::kI32GtS, Op::kI32GeS};
  return compare && std::ranges::find(kSigned, *compare) != std::end(kSigned);
}

bool ReferenceLoop::is_strict() const {
  constexpr Op kStrict[] = {Op::kI32LtS, Op::kI32LtU, Op::kI32GtS, Op::kI32GtU};
  return compare && std::ranges::find(kStrict, *compare) != std::end(kStrict);
}

std::int64_t ReferenceLoop::constant_step() const { return std::abs(std::int64_t{step.as_i32()}); }

std::optional<ReferenceLoop> reference_loop(Operators ops, std::size_t first) {
  constexpr std::uint64_t kBytesMax = 1024;
  constexpr std::uint64_t kGuardedBytesMax = 400;
  constexpr std::size_t kHeightMax = 4;
  if (ops[first].op != Op::kLoop || ops[first].block.kind != BlockType::Kind::kEmpty) return {};
  const std::size_t end = end_of(ops, first);
  const std::uint64_t bytes = ops[end].offset + 1 - (ops[first].offset + ops[first].bytes.size());
  const std::size_t height = height_of(ops, first);
  if (bytes > kBytesMax || height > kHeightMax) return {};
  ReferenceLoop loop{.branch = static_cast<std::uint32_t>(end - 1)};
  const Body body(ops.subspan(first + 1, end - first - 1));
  if (!body.is_left_at_its_end_only() || !body.read_condition(loop) || !body.read_step(loop) ||
      !orient(loop)) {
    return {};
  }
  // Steps of 1 reach a bound that itself stops them.
  const bool always_holds = loop.is_strict() && loop.constant_step() == 1;
  const bool is_asked =
      loop.needs_guard() && loop.bound.op == Op::kLocalGet && !always_holds;
  if (is_asked && (height > 1 || bytes > kGuardedBytesMax)) return {};
  return loop;
}

}  // namespace synapsed::tests
