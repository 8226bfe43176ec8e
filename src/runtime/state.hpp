#pragma once

/// \file
/// What everything that belongs to one runtime shares. It lives as long as the last execution or
/// session, which may be longer than its `WasmRuntime`.
///
/// Thread rule: safe from any thread.

#include <atomic>
#include <memory>
#include <optional>

#include <synapsed/config.hpp>
#include <synapsed/executor.hpp>
#include <synapsed/host.hpp>
#include <synapsed/module.hpp>

#include "base/sync.hpp"
#include "engine/engine.hpp"
#include "engine/store.hpp"
#include "runtime/compiled.hpp"
#include "runtime/gate.hpp"
#include "runtime/in_flight.hpp"
#include "runtime/own_executor.hpp"
#include "runtime/statistics.hpp"

namespace synapsed {

/// The compiler that modules begin with, when compilation is tiered.
struct Baseline {
  engine::Engine engine;
  std::unique_ptr<CompiledModules> compiled;
};

struct RuntimeState {
  /// `store` may be null.
  RuntimeState(const RuntimeConfig& runtime_config, engine::Engine runtime_engine,
               std::optional<engine::Engine> baseline_engine, std::shared_ptr<CodeStore> store);

  const RuntimeConfig config;
  const engine::Engine engine;
  const std::unique_ptr<CompiledModules> compiled;
  const std::optional<Baseline> baseline;
  engine::MemoryPool pool;
  HostFunctions host_functions;
  HostFunctions context_clocks;  ///< of WASI, answered by contexts
  HostFunctions context_random;  ///< likewise
  Statistics statistics;
  std::shared_ptr<Gate> gate;  ///< all executions; null when everybody passes
  Gates tenant_gates;          ///< by tenant
  InFlight in_flight;

  /// The runtime's own, made when it is first needed.
  [[nodiscard]] std::shared_ptr<Executor> executor();
  /// Waits until everything posted to the runtime's own executor is done, and ends its threads.
  void finish_executor();

  /// A gate for the executions of one module; null when everybody passes.
  [[nodiscard]] std::shared_ptr<Gate> make_module_gate(InstancePolicy policy) const;

 private:
  Mutex executor_mutex_;
  std::shared_ptr<OwnExecutor> executor_;
};

}  // namespace synapsed
