#pragma once

/// \file
/// What small modules are charged.

#include <vector>

#include "bytecode/gas/flow.hpp"
#include "tests/support/results.hpp"

namespace synapsed::bytecode::test {

/// Every operator costs 1, and nothing else does.
inline GasSchedule ones() {
  GasSchedule schedule;
  schedule.operators.fill(1);
  return schedule;
}

/// As `ones`, but blocks, `end`, `unreachable` and such cost nothing.
inline GasSchedule free_control() {
  GasSchedule schedule = ones();
  schedule.operators[static_cast<std::size_t>(OperatorClass::kControl)] = 0;
  return schedule;
}

/// Of a module's first function, each function paying for itself; its `shape` is found as well if it
/// is asked for.
inline std::vector<Charge> first_charges(const Module& module, const GasSchedule& schedule = ones(),
                                         FunctionShape* shape = nullptr) {
  const std::vector<std::uint32_t> prepaid(module.functions.size());
  return synapsed::test::must(charges_of(module, 0, {schedule, prepaid}, shape));
}

}  // namespace synapsed::bytecode::test
