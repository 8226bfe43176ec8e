#pragma once

#include <map>
#include <memory>

#include <synapsed/runtime.hpp>

#include "base/sync.hpp"
#include "engine/engine.hpp"
#include "engine/store.hpp"
#include "runtime/execution.hpp"
#include "runtime/load.hpp"
#include "runtime/statistics.hpp"

namespace synapsed {

struct WasmRuntime::Impl {
  Impl(const RuntimeConfig& runtime_config, engine::Engine runtime_engine)
      : config(runtime_config),
        engine(std::move(runtime_engine)),
        pool(runtime_config.memory.memory_pool_size) {}

  const RuntimeConfig config;
  const engine::Engine engine;
  engine::MemoryPool pool;
  HostFunctions host_functions;
  Statistics statistics;

  mutable SharedMutex modules_mutex;
  std::uint64_t last_id = 0;                                 // under modules_mutex
  std::map<ModuleId, std::shared_ptr<LoadedModule>> modules;  // under modules_mutex; by age

  [[nodiscard]] std::shared_ptr<LoadedModule> find(ModuleId id) const;
  ModuleId add(std::shared_ptr<LoadedModule> module);
  /// Gives up persistent instances, idle longest first, until memory in use is below the
  /// threshold; never the one of `wanted`.
  void reclaim_idle_instances(const LoadedModule& wanted);

  [[nodiscard]] LoadEnvironment load_environment() const {
    return {.config = config, .engine = engine, .host_functions = host_functions};
  }
  [[nodiscard]] ExecutionEnvironment environment() {
    return {.config = config, .engine = engine, .pool = pool, .statistics = statistics};
  }
};

}  // namespace synapsed
