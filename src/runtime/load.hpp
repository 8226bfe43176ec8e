#pragma once

/// \file
/// From bytes to a module that can be executed: outline, policy, compilation, linking.
///
/// Thread rule: pure functions of their arguments; a `LoadedModule` is immutable but for its
/// persistent instance, which guards itself.

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <synapsed/config.hpp>
#include <synapsed/error.hpp>
#include <synapsed/host.hpp>
#include <synapsed/module.hpp>

#include "engine/engine.hpp"
#include "engine/module.hpp"
#include "runtime/instances.hpp"

namespace synapsed {

struct LoadedModule {
  explicit LoadedModule(engine::Module compiled) : module(std::move(compiled)) {}

  ModuleInfo info;
  engine::Module module;
  std::map<std::string, FunctionType, std::less<>> functions;  ///< the exported ones
  bool imports_wasi = false;
  /// An error only without strict validation: the reason every execution will give.
  Result<Resolution> resolution =
      std::unexpected(Error(ErrorCode::kEngineFault, "the module is not linked"));
  PersistentInstance persistent;
};

/// What loading needs of its runtime.
struct LoadEnvironment {
  const RuntimeConfig& config;
  const engine::Engine& engine;
  const HostFunctions& host_functions;
};

struct LoadRequest {
  std::string_view name;
  std::span<const std::byte> wasm;
  ModuleMetadata metadata;
};

/// Errors: those of `WasmRuntime::load_module`, each with the module's name in its place.
[[nodiscard]] Result<std::unique_ptr<LoadedModule>> load(const LoadEnvironment& environment,
                                                         LoadRequest request);

}  // namespace synapsed
