#pragma once

/// \file
/// Modules by name, of which one version serves: started, upgraded and rolled back while they are called. Owned
/// by the room `modules`.
///
///     ModuleSystem system(runtime, registry);
///     system.start("shop/cart").value();
///     system.call("shop/cart", "add", {1}).value();
///     system.upgrade("shop/cart@^1.3").value();     // calls go on meanwhile
///     system.rollback("shop/cart").value();
///
/// docs/guide/upgrades.md says what happens to calls and to state.
///
/// Thread rule: every member function is safe to call from any number of threads at once; changes of one name
/// happen one after the other. Runtime and registry outlive the system, and the system its calls.

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/context.hpp>
#include <synapsed/error.hpp>
#include <synapsed/manifest.hpp>
#include <synapsed/registry.hpp>
#include <synapsed/result.hpp>
#include <synapsed/runtime.hpp>
#include <synapsed/semantic_version.hpp>

namespace synapsed {

/// Where a version is between its bytes and its end.
enum class ModuleState : std::uint8_t {
  kLoaded,     ///< its bytes and its manifest were read
  kValidated,  ///< it is a module that the policy allows
  kCompiled,   ///< its code and its imports are there
  kReady,      ///< it serves, alone or as a canary
  kDraining,   ///< new calls go to another version; some still run
  kRetired,    ///< nothing runs on it any more
  kFailed,     ///< a step before it could serve failed; the version before serves on
};

/// `loaded`, `validated`, …
[[nodiscard]] std::string_view to_string(ModuleState state);

struct ModuleEvent {
  std::string name;
  SemanticVersion version;
  ModuleState state = ModuleState::kLoaded;
  std::optional<Error> error;  ///< why it failed, or ended itself as a canary
  std::chrono::system_clock::time_point at;
};

/// Called in order for each name, on the thread that makes the change. It may look, but not start, upgrade or
/// stop. Must not throw.
using ModuleObserver = std::function<void(const ModuleEvent&)>;

struct ModuleSystemOptions {
  /// How long an upgrade waits for calls that run on the version before.
  std::chrono::nanoseconds drain_timeout = std::chrono::seconds{30};
  /// Versions that stay loaded behind the one that serves, for `rollback`. At least 1.
  std::size_t versions_kept = 1;
  /// Called without arguments before a version serves, when it exports that; `false` and 0 mean that it must not.
  std::string health_function = "health";
  /// Limits and grants of `health`, `state` and `migrate`.
  ExecutionContext housekeeping;
  /// What modules are granted, by name (`ModuleMetadata::with_capability`); what a manifest asks for alone gives
  /// nothing.
  std::function<std::vector<std::string>(const ModuleManifest&)> grants;
};

struct UpgradeReport {
  std::optional<SemanticVersion> from;  ///< none: nothing served before
  SemanticVersion to;
  bool state_moved = false;                ///< of a persistent module
  bool drained = true;                     ///< no call runs on the version before any more
  std::chrono::nanoseconds paused{0};      ///< how long calls waited, for the state to move
};

/// One version as calls see it.
struct ServingVersion {
  SemanticVersion version;
  ModuleId id;
  ModuleState state = ModuleState::kLoaded;
  std::uint64_t calls = 0;   ///< that ended
  std::uint64_t failed = 0;  ///< of these
  std::uint64_t running = 0;
  std::chrono::nanoseconds time{0};  ///< of the calls that ended, together

  [[nodiscard]] double failure_rate() const {
    return calls == 0 ? 0 : static_cast<double>(failed) / static_cast<double>(calls);
  }
  [[nodiscard]] std::chrono::nanoseconds average_time() const {
    return calls == 0 ? std::chrono::nanoseconds{0} : time / static_cast<std::int64_t>(calls);
  }
};

/// When a canary ends itself: its calls since it started beside those of the version that serves, since then too.
struct CanaryLimits {
  std::uint64_t calls_min = 100;  ///< that must have ended on each of the two before they are compared; at least 1
  double more_failures_max = 1;   ///< how far its failure rate may lie above the other's, 0..1; 1: never ends it
  /// How many times the other's average time its own may be, from 1 on; none: never ends it.
  std::optional<double> slowdown_max;
};

struct ModuleStatus {
  std::string name;
  ServingVersion serving;
  std::optional<ServingVersion> canary;
  double canary_share = 0;            ///< of the calls, 0..1
  std::vector<ServingVersion> kept;   ///< what `rollback` returns to, the last one first
};

class ModuleSystem {
 public:
  ModuleSystem(WasmRuntime& runtime, ModuleRegistry& registry, ModuleSystemOptions options = {});
  ModuleSystem(ModuleSystem&&) noexcept;
  ModuleSystem& operator=(ModuleSystem&&) noexcept;
  /// Unloads what it loaded.
  ~ModuleSystem();

  /// Has the version that `ModuleRegistry::find` finds serve, and says so in the registry. Nothing happens when
  /// that version serves already. Errors: those of `upgrade`.
  Result<UpgradeReport> start(std::string_view reference);

  /// Calls go to the new version from the moment it can take them; those that run end on the version before. Of a
  /// bare name the newest version is taken. State of a persistent module moves; calls wait meanwhile. On an error
  /// the version before serves on with all its state, in the registry, too. Errors: `registry.*`,
  /// `manifest.invalid`, those of `WasmRuntime::load_module`; `upgrade.unhealthy`; `upgrade.no_migration` for a
  /// persistent module with state that cannot be moved; `upgrade.not_drained` when it cannot be moved in time;
  /// what `state` and `migrate` ended with.
  Result<UpgradeReport> upgrade(std::string_view reference);
  /// Back to the version before, as an upgrade to it. Errors: those of `upgrade`; `upgrade.nothing_kept`.
  Result<UpgradeReport> rollback(std::string_view name);
  /// Unloads all versions of the name, when what runs has ended or the time to drain is over; the registry keeps
  /// what serves. Error: `call.unknown_module`.
  Result<void> stop(std::string_view name);

  /// Gives `share` (0..1) of the calls to that version, beside the one that serves. Beyond the limits it gets no
  /// more calls, and observers are told with `upgrade.unhealthy`. Errors: those of `upgrade`; `config.invalid` for
  /// a share or limits that are none, and for persistent modules, whose state is in one place.
  Result<void> start_canary(std::string_view reference, double share, const CanaryLimits& limits = {});
  /// The canary serves all calls. Errors: those of `upgrade`; `upgrade.nothing_kept` when there is none.
  Result<UpgradeReport> promote_canary(std::string_view name);
  /// Error: `upgrade.nothing_kept` when there is none.
  Result<void> stop_canary(std::string_view name);

  /// As `WasmRuntime::execute_function`, on the version that serves. Error besides those: `call.unknown_module`
  /// for a name that was not started.
  Result<ExecutionResult> call(std::string_view name, std::string_view function,
                               std::span<const WasmValue> arguments,
                               const ExecutionContext& context = {});
  Result<ExecutionResult> call(std::string_view name, std::string_view function,
                               std::initializer_list<WasmValue> arguments,
                               const ExecutionContext& context = {});

  [[nodiscard]] std::vector<ModuleStatus> list() const;  ///< by name
  /// Error: `call.unknown_module`.
  [[nodiscard]] Result<ModuleStatus> status(std::string_view name) const;

  /// Of all names, from now on. Returns the id that `unsubscribe` takes.
  std::uint64_t subscribe(ModuleObserver observer);
  void unsubscribe(std::uint64_t id);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace synapsed
