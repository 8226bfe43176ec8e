#pragma once

/// \file
/// What the end of a guest means for its gas and its stack. Thread rule: pure functions of their
/// arguments.

#include "engine/stop.hpp"
#include "host/execution_scope.hpp"
#include "runtime/load.hpp"

namespace synapsed {

/// Has the guest of a metered module spend from `gas`, and ask there for more where it may; a
/// `slice` that is not zero is what it spends before it gives its thread back, on a fiber.
void share_gas(const LoadedModule& module, LiveInstance& live, GasAccount& gas,
               std::uint64_t slice);

/// Why a guest of `module` really stopped, in terms of the module as it was given: a guest that
/// counts is unreachable where it noticed that gas or stack is used up, and frames are of the
/// instrumented code. A fault costs the whole limit (docs/formats/gas.md). `live` is its instance;
/// null when there is none yet. Before the sharing of `gas` ends.
[[nodiscard]] engine::Stop account_for(const LoadedModule& module, LiveInstance* live,
                                       GasAccount& gas, engine::Stop stop);

}  // namespace synapsed
