#pragma once

/// \file
/// Modules that serve from a directory while they are being written. Owned by the room `modules`.
///
///     ModuleWatcher watcher(system, registry, "build/modules", [](const ModuleWatcher::Change& change) {
///       if (change.error) std::puts(change.error->to_string().c_str());
///     });
///
/// Every file `*.wasm` or `*.wat` in the directory or one below it is a module: named by the `module.toml` beside it,
/// or by its file. It is started, and upgraded whenever it changes; what fails leaves the version before serving. Each
/// state of a file is a version of its own, `1.2.0-dev.7` for a manifest that says 1.2.0, so that a range does not take
/// one for a release: modules that depend on it ask for `>=1.2.0-dev`.
///
/// Thread rule: one thread at a time; changes are made and told on a thread of its own, one after the other.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <synapsed/error.hpp>
#include <synapsed/module_system.hpp>
#include <synapsed/registry.hpp>

namespace synapsed {

class ModuleWatcher {
 public:
  struct Change {
    std::string path;
    std::optional<RegisteredModule> module;  ///< what was added; none when that failed
    std::optional<Error> error;              ///< why it does not serve
  };

  /// `told` must not throw; it is called for each file that changed. A file is read when it was the same for one
  /// `interval`, so that none is read while it is written. System and registry outlive the watcher.
  ModuleWatcher(ModuleSystem& system, ModuleRegistry& registry, std::string directory,
                std::function<void(const Change&)> told,
                std::chrono::milliseconds interval = std::chrono::milliseconds{200});
  ModuleWatcher(ModuleWatcher&&) noexcept;
  ModuleWatcher& operator=(ModuleWatcher&&) noexcept;
  /// Stops watching; what serves goes on.
  ~ModuleWatcher();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace synapsed
