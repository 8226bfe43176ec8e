#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <vector>

#include <synapsed/runtime.hpp>

#include "base/sync.hpp"
#include "runtime/load.hpp"
#include "runtime/module_slot.hpp"
#include "runtime/optimiser.hpp"
#include "runtime/state.hpp"

namespace synapsed {

struct WasmRuntime::Impl {
  explicit Impl(std::shared_ptr<RuntimeState> shared)
      : state(std::move(shared)), optimiser(make_optimiser(state)) {}
  ~Impl();

  const std::shared_ptr<RuntimeState> state;

  mutable SharedMutex modules_mutex;
  std::uint64_t last_id = 0;                                 // under modules_mutex
  std::map<ModuleId, std::shared_ptr<ModuleSlot>> modules;  // under modules_mutex; by age
  std::atomic<ModuleRecord::Time> code_released_at{ModuleRecord::Time{}};
  const std::unique_ptr<Optimiser> optimiser;

  /// Error: `call.unknown_module`.
  [[nodiscard]] Result<std::shared_ptr<ModuleSlot>> find(ModuleId id) const;
  /// What executions use. Errors: also those of `ModuleSlot::code`.
  [[nodiscard]] Result<std::shared_ptr<LoadedModule>> find_code(ModuleId id) const;
  [[nodiscard]] std::vector<std::shared_ptr<ModuleSlot>> all() const;
  /// Errors: `call.unknown_module`, `config.invalid` when the module keeps no instance.
  [[nodiscard]] Result<void> check_persistent(ModuleId id) const;
  ModuleId add(std::unique_ptr<LoadedModule> module, std::span<const std::byte> wasm);
  /// Executes on the calling thread.
  Result<ExecutionResult> run(LoadedModule& module, std::string_view function,
                              std::span<const WasmValue> arguments,
                              const ExecutionContext& context, bool is_dry_run = false);
  /// Gives up persistent instances, idle longest first, until what all instances hold is below the threshold; then
  /// code, until that and they are; never what `wanted` has.
  void reclaim(const LoadedModule& wanted);
  void reclaim_instances(const LoadedModule& wanted);
  void release_code();
  /// Instances and code together.
  [[nodiscard]] bool holds_too_much() const;
};

}  // namespace synapsed
