#pragma once

/// \file
/// Loops that get a second copy, in which nothing is compared: once a round, at its head, the gas
/// that is left is compared with what the dearest round costs, and charges inside only subtract.
/// Where that much is not left, the first copy goes on, which pays as the rules say
/// (docs/formats/gas.md): what is charged, and where the gas runs out, stays the same.
///
/// Thread rule: a pure function.

#include <cstdint>
#include <span>
#include <vector>

#include "bytecode/gas/flow.hpp"
#include "bytecode/gas/function_shape.hpp"
#include "bytecode/module.hpp"

namespace synapsed::bytecode {

struct UncheckedLoop : LoopRange {
  std::uint64_t dearest = 0;  ///< what one round is charged at most
};

/// Those of a function's innermost loops for which a second copy pays off: without parameters,
/// results, calls and bulk operators, and charged in more than one place. `charges` are the
/// function's.
[[nodiscard]] std::vector<UncheckedLoop> find_unchecked_loops(const Module& module,
                                                              const GasSchedule& schedule,
                                                              std::span<const LoopRange> loops,
                                                              std::span<const Charge> charges);

}  // namespace synapsed::bytecode
