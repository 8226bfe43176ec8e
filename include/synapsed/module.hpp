#pragma once

/// \file
/// A loaded module, seen from outside. Owned by the room `runtime`.
///
/// Thread rule: values.

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <synapsed/interface.hpp>
#include <synapsed/types.hpp>

namespace synapsed {

class HostFunctions;

/// Names one loaded module of one runtime; never reused.
struct ModuleId {
  std::uint64_t value = 0;
  auto operator<=>(const ModuleId&) const = default;
};

/// Who holds an instance of the module.
enum class InstancePolicy : std::uint8_t {
  kPerCall,     ///< each execution gets fresh memory; executions run at once
  kPersistent,  ///< one instance keeps its state; executions on it run one at a time
};

[[nodiscard]] std::string_view to_string(InstancePolicy policy);

/// What becomes of a persistent instance after an execution on it failed. Its state is never
/// trusted: a restart is a fresh instance.
struct RestartPolicy {
  enum class Kind : std::uint8_t {
    kNever,    ///< later executions fail with `call.instance_stopped`
    kAlways,   ///< the next execution gets a fresh instance
    kBackoff,  ///< the same, but not before a pause that doubles with each failure in a row
  };
  Kind kind = Kind::kAlways;
  std::chrono::nanoseconds first_pause{0};  ///< after the first failure
  std::chrono::nanoseconds pause_max{0};

  [[nodiscard]] static RestartPolicy never() { return {.kind = Kind::kNever}; }
  [[nodiscard]] static RestartPolicy always() { return {}; }
  [[nodiscard]] static RestartPolicy backoff(std::chrono::nanoseconds first_pause,
                                             std::chrono::nanoseconds pause_max) {
    return {.kind = Kind::kBackoff, .first_pause = first_pause, .pause_max = pause_max};
  }
};

/// What its owner says about a module.
///
///     ModuleMetadata{"1.0.0"}.with_capability("smart-contract").with_tag("defi")
struct ModuleMetadata {
  explicit ModuleMetadata(std::string semantic_version = "0.0.0")
      : version(std::move(semantic_version)) {}

  ModuleMetadata& with_capability(std::string capability);
  ModuleMetadata& with_tag(std::string tag);
  ModuleMetadata& with_description(std::string text);
  ModuleMetadata& with_author(std::string author);
  ModuleMetadata& with_instance_policy(InstancePolicy policy);
  ModuleMetadata& with_restart_policy(RestartPolicy policy);
  /// Host functions for this module alone; they come before the runtime's of the same name.
  ModuleMetadata& with_host_functions(std::shared_ptr<const HostFunctions> functions);

  std::string version;  ///< semantic version, for example `1.0.0-rc.1`
  std::vector<std::string> capabilities;  ///< what the module is granted
  std::vector<std::string> tags;
  std::string description;
  std::vector<std::string> authors;
  InstancePolicy instance_policy = InstancePolicy::kPerCall;
  RestartPolicy restart_policy;
  std::shared_ptr<const HostFunctions> host_functions;  ///< may be null
};

struct ModuleInfo {
  ModuleId id;
  std::string name;
  ModuleMetadata metadata;
  std::vector<ImportType> imports;
  std::vector<ExportType> exports;
  std::optional<Interface> interface;             ///< what it says of its functions, if any
  std::uint64_t size_bytes = 0;                   ///< of the binary
  std::string sha256;                             ///< of the binary, 64 hex digits
  std::chrono::system_clock::time_point loaded_at;
  std::chrono::nanoseconds compile_time{0};
  /// It executes the baseline compiler's code, until the optimising one's is ready (`compilation.tiered`).
  bool awaits_optimised_code = false;
  std::uint64_t restarts = 0;  ///< persistent instances made after a failed one
};

}  // namespace synapsed

template <>
struct std::hash<synapsed::ModuleId> {
  std::size_t operator()(const synapsed::ModuleId& id) const noexcept {
    return std::hash<std::uint64_t>{}(id.value);
  }
};
