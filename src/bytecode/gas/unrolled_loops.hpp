#pragma once

/// \file
/// Small loops that are charged for going round and nowhere else, and whose number of rounds nobody
/// knows. They get a second copy that consists of several rounds, one after the other, and pays for
/// all of them where it begins; where the loop ends earlier, the rest is paid back. Where that much
/// is not left, the loop as it is goes on: what is charged, and where the gas runs out, stays the
/// same.
///
/// Thread rule: a pure function.

#include <cstdint>
#include <span>
#include <vector>

#include "bytecode/gas/flow.hpp"
#include "bytecode/gas/function_shape.hpp"
#include "bytecode/module.hpp"

namespace synapsed::bytecode {

struct UnrolledLoop : LoopRange {
  std::uint64_t price = 0;  ///< of going round once
};

/// Those of a function's innermost loops: without parameters and results, left only at their end by
/// the `br_if` that closes them, and without anything that could see the gas while it is inexact.
/// `charges` are the function's.
[[nodiscard]] std::vector<UnrolledLoop> find_unrolled_loops(const Module& module,
                                                            const GasSchedule& schedule,
                                                            std::span<const LoopRange> loops,
                                                            std::span<const Charge> charges);

/// Whether somebody outside may see the gas left while the operator executes, or behind it.
[[nodiscard]] bool shows_gas(const Module& module, const GasSchedule& schedule,
                             const Operator& op);

}  // namespace synapsed::bytecode
