#include "bytecode/gas/unrolled_loops.hpp"

#include <algorithm>
#include <optional>

#include "bytecode/gas/bulk_price.hpp"

namespace synapsed::bytecode {
namespace {

/// In larger ones a round is so long that its charge does not matter.
constexpr std::size_t kBodyBytesMax = 64;
/// Some rounds together must be far from the end of the numbers.
constexpr std::uint64_t kPriceMax = 1U << 30;

/// What the branch that closes the loop pays for going round, if that is all that is charged in it.
std::uint64_t price_of_round(const LoopRange& range, std::span<const Charge> charges) {
  const auto in_loop = [&](const Charge& charge) {
    return charge.place.op >= range.first && charge.place.op < range.last;
  };
  // The entry's number is the greatest, and its charge the first.
  if (!charges.empty() && charges.front().place == ChargePlace{}) charges = charges.subspan(1);
  const auto first = std::ranges::lower_bound(
      charges, range.first, {}, [](const Charge& charge) { return charge.place.op; });
  if (first == charges.end() || !in_loop(*first)) return 0;
  if (first + 1 != charges.end() && in_loop(*(first + 1))) return 0;
  const ChargePlace closing{.op = range.last - 1, .kind = ChargePlace::Kind::kTaken};
  return first->place == closing && first->amount <= kPriceMax ? first->amount : 0;
}

/// The labels that the operator may branch to, the highest one; null when it is no branch.
std::optional<std::uint32_t> highest_label(const Operator& op) {
  switch (op.op) {
    case Op::kBr:
    case Op::kBrIf:
    case Op::kBrOnNull:
    case Op::kBrOnNonNull:
    case Op::kBrOnCast:
    case Op::kBrOnCastFail: return op.index;
    case Op::kBrTable: {
      std::uint32_t highest = 0;
      for_each_label(op, [&](std::uint32_t label) { highest = std::max(highest, label); });
      return highest;
    }
    default: return std::nullopt;
  }
}

/// Nothing but its last branch leaves the loop or goes back to its head.
bool stays_inside(const Module& module, const GasSchedule& schedule, const LoopRange& range) {
  OperatorReader in(range.body, range.offset);
  Operator op;
  std::uint32_t depth = 0;
  for (std::uint32_t number = range.first + 1; number != range.last; ++number) {
    if (!in.next(op) || shows_gas(module, schedule, op)) return false;
    const auto label = highest_label(op);
    if (number + 1 == range.last) return op.op == Op::kBrIf && op.index == 0 && depth == 0;
    if (label && *label >= depth) return false;
    if (op.op == Op::kBlock || op.op == Op::kIf) ++depth;
    if (op.op == Op::kEnd) --depth;
  }
  return false;
}

}  // namespace

bool shows_gas(const Module& module, const GasSchedule& schedule, const Operator& op) {
  switch (op.op) {
    case Op::kCall:
    case Op::kCallIndirect:
    case Op::kCallRef:
    case Op::kReturn:
    case Op::kReturnCall:
    case Op::kReturnCallIndirect:
    case Op::kReturnCallRef:
    case Op::kThrow:
    case Op::kThrowRef:
    case Op::kTryTable:
    case Op::kUnreachable: return true;
    default: return bulk_price(module, schedule, op).has_value();
  }
}

std::vector<UnrolledLoop> find_unrolled_loops(const Module& module, const GasSchedule& schedule,
                                              std::span<const LoopRange> loops,
                                              std::span<const Charge> charges) {
  std::vector<UnrolledLoop> unrolled;
  for (const LoopRange& range : loops) {
    if (!range.is_plain || range.height > 1 || range.body.size() > kBodyBytesMax) continue;
    const std::uint64_t price = price_of_round(range, charges);
    if (price == 0 || !stays_inside(module, schedule, range)) continue;
    unrolled.push_back({range, price});
  }
  return unrolled;
}

}  // namespace synapsed::bytecode
