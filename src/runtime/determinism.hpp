#pragma once

/// \file
/// What makes the results of a module the same on every machine, rule by rule.
///
/// Thread rule: pure functions.

#include <vector>

#include <synapsed/config.hpp>
#include <synapsed/error.hpp>
#include <synapsed/inspect.hpp>

#include "bytecode/module.hpp"

namespace synapsed::bytecode {
struct ModuleFacts;
}

namespace synapsed {

/// Every rule, whether it is met or not, in a fixed order.
[[nodiscard]] std::vector<DeterminismRule> determinism_rules(const bytecode::Module& module,
                                                             const bytecode::ModuleFacts& facts,
                                                             const RuntimeConfig& config);

/// Refuses what the configuration forbids in the code of a module: floats, atomics.
/// Errors: `security.floats`, `security.shared_memory` with offset and function.
[[nodiscard]] Result<void> check_code(const bytecode::Module& module, const RuntimeConfig& config);

}  // namespace synapsed
