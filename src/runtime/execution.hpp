#pragma once

/// \file
/// One execution, from entering to settling the account.
///
/// Thread rule: safe from any thread.

#include <span>
#include <string_view>

#include <synapsed/config.hpp>
#include <synapsed/context.hpp>
#include <synapsed/runtime.hpp>

#include "engine/engine.hpp"
#include "engine/store.hpp"
#include "runtime/load.hpp"
#include "runtime/statistics.hpp"

namespace synapsed {

/// What executions of one runtime share.
struct ExecutionEnvironment {
  const RuntimeConfig& config;
  const engine::Engine& engine;
  engine::MemoryPool& pool;
  Statistics& statistics;
};

/// Errors: those of `WasmRuntime::execute_function` but `call.unknown_module`. Every execution is
/// counted in the statistics exactly once, whatever its end.
[[nodiscard]] Result<ExecutionResult> execute(const ExecutionEnvironment& environment,
                                              LoadedModule& module, std::string_view function,
                                              std::span<const WasmValue> arguments,
                                              const ExecutionContext& context);

}  // namespace synapsed
