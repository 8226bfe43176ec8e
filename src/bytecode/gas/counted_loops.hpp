#pragma once

/// \file
/// Loops whose number of iterations is known when they are entered: they pay for going round then,
/// and nothing for it while they run (docs/formats/gas.md).
///
/// Recognised: a loop of at most 1024 bytes without parameters, results and calls that is left only
/// at its end, by the `br_if` that closes it, whose condition compares a variable that changes once
/// an iteration, by the same step, with something that does not change. Where the step is a local,
/// only a bound of the number is known without a division: such a loop pays for each round, in a
/// copy that does not compare when the gas suffices for that bound.
///
/// Thread rule: a pure function.

#include <cstdint>
#include <span>
#include <vector>

#include "bytecode/gas/function_shape.hpp"
#include "bytecode/operators.hpp"

namespace synapsed::bytecode {

/// A constant, or a local that the loop does not write.
struct Invariant {
  bool is_local = false;
  std::uint32_t local = 0;
  std::int32_t constant = 0;
};

struct CountedLoop : LoopRange {
  /// The loop goes on while the variable, after its step, stands so to the bound.
  enum class Condition : std::uint8_t { kNotEqual, kStrict, kOrEqual };

  std::uint32_t variable = 0;
  Invariant step;           ///< positive: what is added, or subtracted
  bool is_rising = true;
  bool is_signed = false;
  Condition condition = Condition::kNotEqual;
  Invariant bound;

  /// Whether what is known of the number of iterations is so only if the step is positive and does
  /// not carry the variable past the end of its range, which has to be asked when the loop is
  /// entered.
  [[nodiscard]] bool needs_guard() const;
  /// The highest bound that a step beyond it does not wrap around at; the lowest when falling.
  [[nodiscard]] std::int64_t bound_limit() const;
};

/// Those of a function's loops; the `br_if` that closes one comes right before its last operator.
[[nodiscard]] std::vector<CountedLoop> find_counted_loops(std::span<const LoopRange> loops);

}  // namespace synapsed::bytecode
