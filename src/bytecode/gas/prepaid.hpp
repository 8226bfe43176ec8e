#pragma once

/// \file
/// Functions whose callers pay for entering them.
///
/// A function that only direct calls enter has its cheapest way paid by each call, together with
/// what else is paid there, so that entering it costs no charge of its own. Not so a function that
/// is exported or that a table or a reference may hold, nor one that calls itself through others.
///
/// Thread rule: a pure function.

#include <cstdint>
#include <vector>

#include <synapsed/error.hpp>

#include "bytecode/call_graph.hpp"
#include "bytecode/gas/schedule.hpp"
#include "bytecode/module.hpp"

namespace synapsed::bytecode {

/// More is not paid ahead, so that chains of calls do not add up to numbers beyond reason.
inline constexpr std::uint64_t kPrepaidMax = 1'000'000;

/// What a direct call of each function pays for it, by index; 0: it pays itself, or is imported.
/// `calls` is the module's graph. Error: `load.invalid_module`.
[[nodiscard]] Result<std::vector<std::uint32_t>> prepaid_prices(const Module& module,
                                                                const CallGraph& calls,
                                                                const GasSchedule& schedule);

}  // namespace synapsed::bytecode
