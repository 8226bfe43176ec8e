#pragma once

/// \file
/// A loaded module, seen from outside. Owned by the room `runtime`.
///
/// Thread rule: values.

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <synapsed/interface.hpp>
#include <synapsed/types.hpp>

namespace synapsed {

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

  std::string version;  ///< semantic version, for example `1.0.0-rc.1`
  std::vector<std::string> capabilities;
  std::vector<std::string> tags;
  std::string description;
  std::vector<std::string> authors;
  InstancePolicy instance_policy = InstancePolicy::kPerCall;
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
};

}  // namespace synapsed

template <>
struct std::hash<synapsed::ModuleId> {
  std::size_t operator()(const synapsed::ModuleId& id) const noexcept {
    return std::hash<std::uint64_t>{}(id.value);
  }
};
