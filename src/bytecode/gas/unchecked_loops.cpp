#include "bytecode/gas/unchecked_loops.hpp"

#include <algorithm>
#include <optional>

#include "bytecode/gas/bulk_price.hpp"

namespace synapsed::bytecode {
namespace {

/// A copy of a larger one would cost more in code than it saves.
constexpr std::size_t kBodyBytesMax = 4096;

/// The charges of a function, taken in the order of its operators.
class ChargesInOrder {
 public:
  explicit ChargesInOrder(std::span<const Charge> charges) : rest_(charges) {}

  void skip_to(std::uint32_t number) {
    while (!rest_.empty() && is_before(rest_.front(), number)) rest_ = rest_.subspan(1);
  }
  /// What is charged at a place of the operator that was skipped to; 0: nothing.
  [[nodiscard]] std::uint64_t at(ChargePlace place) const {
    for (const Charge& charge : rest_) {
      if (charge.place.op != place.op) break;
      if (charge.place == place) return charge.amount;
    }
    return 0;
  }

 private:
  static bool is_before(const Charge& charge, std::uint32_t number) {
    return charge.place.op == ChargePlace::kEntry || charge.place.op < number;
  }
  std::span<const Charge> rest_;
};

/// The dearest way through one round of an innermost loop, found by walking over its operators:
/// what leads to an operator comes before it.
class DearestRound {
 public:
  DearestRound() { frames_.push_back({.kind = Op::kLoop}); }

  /// False when the loop is not one of those that are looked for.
  bool read(const Operator& op, std::uint32_t number, const ChargesInOrder& charges) {
    const auto amount = [&](ChargePlace::Kind kind, std::uint32_t label = 0) {
      const auto value = charges.at({.op = number, .kind = kind, .label = label & 0xffffff});
      charges_ += value == 0 ? 0 : 1;
      return value;
    };
    switch (op.op) {
      case Op::kBlock: frames_.push_back({.kind = Op::kBlock}); break;
      case Op::kIf: frames_.push_back({.kind = Op::kIf, .otherwise = way_}); break;
      case Op::kElse:
        reach(0, 0);
        way_ = frames_.back().otherwise;
        frames_.back().otherwise.reset();
        break;
      case Op::kEnd: {
        const Frame frame = frames_.back();
        if (frame.otherwise) {
          join(frames_.back().label, *frame.otherwise + amount(ChargePlace::Kind::kElse));
        }
        reach(0, 0);
        way_ = frames_.back().label;
        frames_.pop_back();
        break;
      }
      case Op::kBr: reach(op.index, 0); way_.reset(); break;
      case Op::kBrIf: reach(op.index, amount(ChargePlace::Kind::kTaken)); break;
      case Op::kBrTable:
        for_each_label(op, [&](std::uint32_t label) {
          reach(label, amount(ChargePlace::Kind::kTable, label));
        });
        way_.reset();
        break;
      case Op::kReturn:
      case Op::kUnreachable: leave(); break;
      case Op::kLoop:
      case Op::kTryTable:
      case Op::kCall:
      case Op::kCallIndirect:
      case Op::kCallRef:
      case Op::kReturnCall:
      case Op::kReturnCallIndirect:
      case Op::kReturnCallRef:
      case Op::kThrow:
      case Op::kThrowRef:
      case Op::kBrOnNull:
      case Op::kBrOnNonNull:
      case Op::kBrOnCast:
      case Op::kBrOnCastFail: return false;
      default: break;
    }
    pay(amount(ChargePlace::Kind::kAfter));
    return true;
  }

  void pay(std::uint64_t amount) {
    if (way_) *way_ += amount;
  }
  /// Where the round is over, or the function.
  void leave() {
    reach(static_cast<std::uint32_t>(frames_.size()), 0);
    way_.reset();
  }
  [[nodiscard]] std::uint64_t dearest() const { return dearest_; }
  [[nodiscard]] unsigned charges() const { return charges_; }

 private:
  using Way = std::optional<std::uint64_t>;  // what the dearest way here costs; null: none leads here
  struct Frame {
    Op kind;
    Way otherwise;  // of an `if`: where it is not entered
    Way label;
  };

  static void join(Way& label, std::uint64_t amount) {
    label = std::max(label.value_or(0), amount);
  }
  void reach(std::uint32_t label, std::uint64_t amount) {
    if (!way_) return;
    const std::uint64_t price = *way_ + amount;
    dearest_ = std::max(dearest_, price);
    if (label + 1 < frames_.size()) join(frames_[frames_.size() - 1 - label].label, price);
  }
  std::vector<Frame> frames_;
  Way way_ = 0;
  std::uint64_t dearest_ = 0;
  unsigned charges_ = 0;
};

std::optional<UncheckedLoop> read_loop(const Module& module, const GasSchedule& schedule,
                                       const LoopRange& range, ChargesInOrder charges) {
  DearestRound round;
  round.pay(charges.at({.op = range.first}));
  OperatorReader in(range.body, range.offset);
  Operator op;
  for (std::uint32_t number = range.first + 1; number != range.last; ++number) {
    if (!in.next(op) || bulk_price(module, schedule, op)) return std::nullopt;
    charges.skip_to(number);
    if (!round.read(op, number, charges)) return std::nullopt;
  }
  round.leave();
  if (round.charges() < 2) return std::nullopt;
  return UncheckedLoop{range, round.dearest()};
}

}  // namespace

std::vector<UncheckedLoop> find_unchecked_loops(const Module& module, const GasSchedule& schedule,
                                                std::span<const LoopRange> loops,
                                                std::span<const Charge> charges) {
  std::vector<UncheckedLoop> unchecked;
  ChargesInOrder in_order(charges);
  for (const LoopRange& range : loops) {
    if (!range.is_plain || range.height > 1 || range.body.size() > kBodyBytesMax) continue;
    in_order.skip_to(range.first);
    if (auto loop = read_loop(module, schedule, range, in_order)) unchecked.push_back(*loop);
  }
  return unchecked;
}

}  // namespace synapsed::bytecode
