#pragma once

/// \file
/// What the owner of a module says about it, in a file `module.toml` beside it. Owned by the room
/// `modules`.
///
///     name = "shop/cart"
///     version = "1.2.0"
///     description = "Counts what is in a cart"
///     authors = ["Ann <ann@example.org>"]
///     tags = ["shop"]
///     entry_points = ["add", "total"]
///     instance_policy = "persistent"          # or "per-call"
///
///     [capabilities]                          # what it asks for, and why; granted by the host alone
///     "storage.write" = "keeps the cart"
///
///     [limits]                                # what it asks for
///     memory_bytes = 1_048_576
///     gas = 1_000_000
///     timeout_ms = 200
///
///     [dependencies]
///     "shop/prices" = "^2.1"
///     "shop/tax" = { version = "~1.4", linking = "linked" }
///
/// Thread rule: values.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/module.hpp>
#include <synapsed/semantic_version.hpp>

namespace synapsed {

/// How a module calls another.
enum class ModuleLinking : std::uint8_t {
  kSharedNothing,  ///< each call crosses by value: a memory and gas of its own
  kLinked,         ///< in one instance: direct calls, shared memory and gas (`ModuleRegistry::linked`)
};

struct ModuleDependency {
  std::string name;
  VersionRange range;
  ModuleLinking linking = ModuleLinking::kSharedNothing;

  [[nodiscard]] bool is_linked() const { return linking == ModuleLinking::kLinked; }
  bool operator==(const ModuleDependency&) const = default;
};

/// What a module would like to have; the host's own limits hold.
struct RequestedLimits {
  std::optional<std::uint64_t> memory_bytes;
  std::optional<std::uint64_t> gas;
  std::optional<std::chrono::milliseconds> timeout;
  bool operator==(const RequestedLimits&) const = default;
};

struct ModuleManifest {
  std::string name;  ///< 1..256 bytes: letters, digits and `-_.`, in parts between `/`
  SemanticVersion version;
  std::string description;
  std::vector<std::string> authors;
  std::vector<std::string> tags;
  std::vector<std::string> entry_points;
  InstancePolicy instance_policy = InstancePolicy::kPerCall;
  std::map<std::string, std::string> capabilities;  ///< with a reason each
  RequestedLimits limits;
  std::vector<ModuleDependency> dependencies;  ///< by name, each once
  std::string interface;                       ///< as an interface is written; may be empty

  /// `source` is what errors call the text. Error: `manifest.invalid` with every problem, each with line and
  /// column.
  [[nodiscard]] static Result<ModuleManifest> parse(std::string_view text, std::string_view source);
  /// Reads back the same.
  [[nodiscard]] std::string to_toml() const;
  /// What is wrong with one that was made otherwise; the errors of `parse`.
  [[nodiscard]] Result<void> validate() const;
  /// For `WasmRuntime::load_module`. Capabilities are not in it: they are granted by the host.
  [[nodiscard]] ModuleMetadata metadata() const;
  /// The dependencies that it calls by value; the others are linked into it.
  [[nodiscard]] std::vector<ModuleDependency> called() const;

  bool operator==(const ModuleManifest&) const = default;
};

/// Whether `name` can be that of a module in a registry.
[[nodiscard]] bool is_module_name(std::string_view name);

}  // namespace synapsed
