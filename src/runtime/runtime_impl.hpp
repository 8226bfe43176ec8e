#pragma once

#include <map>
#include <memory>

#include <synapsed/runtime.hpp>

#include "base/sync.hpp"
#include "runtime/load.hpp"
#include "runtime/state.hpp"

namespace synapsed {

struct WasmRuntime::Impl {
  Impl(const RuntimeConfig& config, engine::Engine engine, std::shared_ptr<CodeStore> store)
      : state(std::make_shared<RuntimeState>(config, std::move(engine), std::move(store))) {}
  ~Impl();

  const std::shared_ptr<RuntimeState> state;

  mutable SharedMutex modules_mutex;
  std::uint64_t last_id = 0;                                 // under modules_mutex
  std::map<ModuleId, std::shared_ptr<LoadedModule>> modules;  // under modules_mutex; by age

  /// Error: `call.unknown_module`.
  [[nodiscard]] Result<std::shared_ptr<LoadedModule>> find(ModuleId id) const;
  /// Errors: `call.unknown_module`, `config.invalid` when the module keeps no instance.
  [[nodiscard]] Result<void> check_persistent(ModuleId id) const;
  ModuleId add(std::shared_ptr<LoadedModule> module);
  /// Executes on the calling thread.
  Result<ExecutionResult> run(LoadedModule& module, std::string_view function,
                              std::span<const WasmValue> arguments,
                              const ExecutionContext& context, bool is_dry_run = false);
  /// Gives up persistent instances, idle longest first, until memory in use is below the
  /// threshold; never the one of `wanted`.
  void reclaim_idle_instances(const LoadedModule& wanted);
};

}  // namespace synapsed
