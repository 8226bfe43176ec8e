#pragma once

/// \file
/// A module's imports, resolved with the host functions of the moment.
///
/// Thread rule: `ModuleLinks` is safe from any thread; `Links` is immutable.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>

#include <synapsed/config.hpp>
#include <synapsed/error.hpp>
#include <synapsed/host.hpp>
#include <synapsed/module.hpp>
#include <synapsed/types.hpp>

#include "base/sync.hpp"
#include "engine/linker.hpp"
#include "engine/module.hpp"
#include "host/watched_function.hpp"

namespace synapsed {

struct Links {
  /// A linker where missing imports become zeros at each instantiation.
  std::variant<engine::PreparedModule, engine::Linker> resolution;
  bool waits = false;  ///< some import is asynchronous: entered on fibers only
};

/// What links follow from.
struct LinkSources {
  const RuntimeConfig& config;
  const HostFunctions& host_functions;
  const engine::Module& module;
  const ModuleMetadata& metadata;
  const HostFunctions* context_clocks = nullptr;  ///< null: the host's
  const HostFunctions* context_random = nullptr;  ///< null: the host's
  std::span<const std::shared_ptr<HostCallCounters>> host_calls;  ///< by import; empty: not counted
  bool has_trace = false;  ///< calls are told to the traces of their executions
};

class ModuleLinks {
 public:
  /// Resolved again when a host function was defined since. Errors: `security.import_denied`,
  /// `call.import_mismatch`, `call.unsupported_type`, `host.engine`.
  [[nodiscard]] Result<std::shared_ptr<const Links>> current(const LinkSources& sources);

 private:
  Mutex mutex_;
  std::uint64_t generation_ = UINT64_MAX;  // of the host functions resolved with
  Result<std::shared_ptr<const Links>> links_ = nullptr;
};

[[nodiscard]] bool imports_wasi(const engine::Module& module);
/// `import 2 of 5`.
[[nodiscard]] std::string import_place(std::size_t index, std::size_t count);
/// `env.log`.
[[nodiscard]] std::string import_name(const ImportType& import);
/// `"env.log"`.
[[nodiscard]] std::string quoted(const ImportType& import);

}  // namespace synapsed
