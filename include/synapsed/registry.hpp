#pragma once

/// \file
/// Modules by name and version, kept in memory or in a directory. Owned by the room `modules`.
///
///     auto registry = ModuleRegistry::open("registry").value();
///     registry.add(wasm, ModuleManifest::parse(toml, "module.toml").value()).value();
///     const auto found = registry.find("shop/cart@^1.2").value();
///     runtime.load_module(found.name, registry.read(found).value(), metadata);
///
/// A directory may be used by any number of processes at once. Every change is whole or did not happen,
/// whenever a process ends; once a function returned, its change lasts. The format is
/// docs/formats/registry.md.
///
/// Thread rule: safe from any number of threads at once.

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/manifest.hpp>
#include <synapsed/snapshot.hpp>
#include <synapsed/value.hpp>

namespace synapsed {

/// One version of a module.
struct RegisteredModule {
  std::string name;
  SemanticVersion version;
  std::string sha256;       ///< of the bytes, 64 hex digits
  std::uint64_t bytes = 0;
  std::string manifest_sha256;  ///< of the manifest's text
  std::chrono::sys_time<std::chrono::milliseconds> added_at;
  std::vector<std::string> tags;
  std::vector<std::string> capabilities;  ///< that it asks for
  bool is_active = false;                 ///< serves its name: see `activate`

  /// `NAME@VERSION`: what `ModuleRegistry::find` finds this one by.
  [[nodiscard]] std::string reference() const;
};

/// Which of them; everything that is given must hold.
struct RegistryFilter {
  std::string name;
  VersionRange range;
  bool with_prereleases = true;  ///< also those that the range does not name
  std::string tag;
  std::string capability;
};

/// A state that was saved under a name.
struct RegisteredSnapshot {
  std::string name;
  std::string module_sha256;
  std::string sha256;  ///< of its bytes
  std::uint64_t bytes = 0;
  std::chrono::sys_time<std::chrono::milliseconds> added_at;
};

struct RegistryReport {
  struct Problem {
    std::string what;
    std::string where;
  };
  std::uint64_t modules = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t blobs = 0;         ///< files
  std::uint64_t bytes = 0;         ///< of them
  std::uint64_t unreferenced = 0;  ///< blobs that nothing names; `collect` removes them
  std::vector<Problem> problems;
};

struct RegistryCollected {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

class ModuleRegistry {
 public:
  [[nodiscard]] static ModuleRegistry in_memory();
  /// Makes the directory if there is none. Errors: `host.io`, `registry.corrupt`, `registry.version` for an
  /// index of a newer program.
  [[nodiscard]] static Result<ModuleRegistry> open(const std::string& directory);
  ModuleRegistry(ModuleRegistry&&) noexcept;
  ModuleRegistry& operator=(ModuleRegistry&&) noexcept;
  ~ModuleRegistry();

  /// The same bytes with the same manifest again change nothing. Errors: `registry.exists` for other bytes
  /// or another manifest under this name and version, `manifest.invalid`, `load.invalid_module` for bytes
  /// that are no module, `host.io`.
  Result<RegisteredModule> add(std::span<const std::byte> wasm, const ModuleManifest& manifest);

  /// `NAME@1.2.3`: that version; `NAME` or `NAME@RANGE`: the newest that will do, for a bare name the active one
  /// if there is one;
  /// `sha256:DIGITS`: the module with these bytes, at least 8 digits. Errors: `registry.not_found`, which says
  /// what there is; `manifest.invalid` for a range that is none; and those of `open`, as everywhere below.
  [[nodiscard]] Result<RegisteredModule> find(std::string_view reference) const;
  /// By name, the newest first.
  [[nodiscard]] Result<std::vector<RegisteredModule>> list(const RegistryFilter& filter = {}) const;
  /// Errors: `registry.not_found`, `registry.corrupt` when they are not the bytes that were added.
  [[nodiscard]] Result<Bytes> read(const RegisteredModule& module) const;
  [[nodiscard]] Result<ModuleManifest> manifest(const RegisteredModule& module) const;
  /// The same bytes, or a module made of them and of those that its manifest links into it (`ModuleLinking::kLinked`), in
  /// the versions that `resolve` chooses. What is linked in has no grants of its own, so it may import nothing but what
  /// is linked into it in turn; each once. Errors: those of `read` and `resolve`; `call.unknown_export`,
  /// `call.import_mismatch`, `call.unsupported_type`, `load.invalid_metadata`, `load.invalid_module`.
  [[nodiscard]] Result<Bytes> linked(const RegisteredModule& module) const;
  /// The module and everything it depends on, each after what it needs, with the newest versions that all
  /// who need them agree on as far as they were chosen. Errors: `registry.not_found` with what was tried,
  /// `registry.cycle` with the way.
  [[nodiscard]] Result<std::vector<RegisteredModule>> resolve(std::string_view reference) const;
  /// Errors: `registry.not_found`, `registry.in_use` for the active version.
  Result<void> remove(std::string_view name, const SemanticVersion& version);

  /// From now on that version serves its name; those before are remembered, the last 16. Error:
  /// `registry.not_found`.
  Result<RegisteredModule> activate(std::string_view reference);
  /// The version that served before serves again. Error: `registry.not_found` when there is none.
  Result<RegisteredModule> rollback(std::string_view name);

  /// Replaces what has that name, which is like a module's. Errors: `manifest.invalid` for such a name,
  /// `snapshot.*`.
  Result<RegisteredSnapshot> save_snapshot(std::string_view name, const Snapshot& snapshot);
  /// Errors: `registry.not_found`, `registry.corrupt`, those of `Snapshot::from_bytes`.
  [[nodiscard]] Result<Snapshot> load_snapshot(std::string_view name,
                                               const SnapshotLimits& limits = {}) const;
  [[nodiscard]] Result<std::vector<RegisteredSnapshot>> list_snapshots() const;
  Result<void> remove_snapshot(std::string_view name);

  /// Reads everything. What is wrong is in the report.
  [[nodiscard]] Result<RegistryReport> verify() const;
  /// Removes blobs that nothing names, and what processes left that ended in the middle.
  Result<RegistryCollected> collect();

  struct Impl;
  explicit ModuleRegistry(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace synapsed
