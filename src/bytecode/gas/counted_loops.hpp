#pragma once

/// \file
/// Innermost loops whose iterations can be bounded before the first and counted after the last.
///
/// Such a loop need not pay while it runs: when the gas suffices for more iterations than it can
/// have, an unmetered copy of it runs, and what it did is charged afterwards.
///
/// Recognised: a loop without parameters and results, left only at its end, by the `br_if` that
/// closes it; no calls, nothing charged by its operands; the condition compares a variable that
/// changes by the same step once an iteration with something that does not change.
///
/// Thread rule: a pure function.

#include <cstdint>
#include <vector>

#include <synapsed/error.hpp>

#include "bytecode/operators.hpp"

namespace synapsed::bytecode {

/// A constant, or a local that does not change meanwhile.
struct Invariant {
  bool is_local = false;
  std::uint32_t local = 0;
  std::int32_t constant = 0;
};

struct CountedLoop {
  /// The loop goes on while the variable, after its step, stands so to the bound.
  enum class Condition : std::uint8_t { kNotEqual, kStrict, kOrEqual };

  std::uint32_t first = 0;  ///< the number of the operator `loop`
  std::uint32_t last = 0;   ///< the number of its `end`
  ByteSpan body;             ///< the operators behind the first, up to and with the last
  std::uint64_t offset = 0;  ///< of `body` in the file
  std::uint32_t variable = 0;
  Invariant step;           ///< positive: what is added, or subtracted
  bool is_rising = true;
  bool is_signed = false;
  Condition condition = Condition::kNotEqual;
  Invariant bound;
};

/// In the order of the code. Error: `load.invalid_module`.
[[nodiscard]] Result<std::vector<CountedLoop>> find_counted_loops(ByteSpan body,
                                                                  std::uint64_t offset);

}  // namespace synapsed::bytecode
