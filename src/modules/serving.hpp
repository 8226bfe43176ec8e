#pragma once

/// \file
/// One name of a module system: which versions calls go to, and who is on them.
///
/// Thread rule: safe from any thread. `change_mutex` is held by who changes what serves.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include <synapsed/module_system.hpp>

namespace synapsed::modules {

/// A loaded version; unloaded with the last call on it. Guarded by its `Serving`, but for what never changes.
struct Version {
  Version(WasmRuntime& owner, RegisteredModule registered, ModuleId loaded,
          const ModuleManifest& manifest)
      : runtime(owner),
        module(std::move(registered)),
        id(loaded),
        policy(manifest.instance_policy),
        dependencies(manifest.called()) {
    seen.version = module.version;
    seen.id = id;
  }
  ~Version() { static_cast<void>(runtime.unload_module(id)); }  // nobody else knows the id
  Version(const Version&) = delete;
  Version& operator=(const Version&) = delete;

  WasmRuntime& runtime;
  const RegisteredModule module;
  const ModuleId id;
  const InstancePolicy policy;
  const std::vector<ModuleDependency> dependencies;  ///< that it calls by value
  ServingVersion seen;  ///< what it did
};

class Serving {
 public:
  /// A call on a version; counted when it ends.
  class Call {
   public:
    Call(Serving& serving, std::shared_ptr<Version> version);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    [[nodiscard]] ModuleId id() const { return version_->id; }
    void fail() { has_failed_ = true; }

   private:
    Serving& serving_;
    const std::shared_ptr<Version> version_;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    bool has_failed_ = false;
  };

  /// What is called without a lock, on the thread of the call that made it so.
  struct Listener {
    std::function<void(const Version&)> retired;  ///< nothing runs any more on what served
    std::function<void(const Version&, const Error&)> canary_ended;  ///< it exceeded its limits
  };
  Serving(std::string name, Listener listener)
      : name_(std::move(name)), listener_(std::move(listener)) {}

  std::mutex change_mutex;

  [[nodiscard]] const std::string& name() const { return name_; }

  /// A place on the version that serves, or on the canary; waits while calls are paused. Null: nothing serves.
  [[nodiscard]] std::shared_ptr<Version> enter();

  [[nodiscard]] std::shared_ptr<Version> stable() const;
  [[nodiscard]] std::shared_ptr<Version> canary() const;
  [[nodiscard]] std::shared_ptr<Version> kept() const;  ///< what served before; null: none
  void set_state(Version& version, ModuleState state);

  /// New calls wait until `resume`.
  void pause();
  void resume();
  /// The version serves no more.
  void release(Version& version);
  /// Waits until nothing runs on the version; false: it still does.
  [[nodiscard]] bool drain(const Version& version, std::chrono::nanoseconds timeout);

  /// `next` serves, and what served is kept for a rollback; no more when `next` was kept itself.
  void serve(std::shared_ptr<Version> next, std::size_t versions_kept);
  void set_canary(std::shared_ptr<Version> version, double share, const CanaryLimits& limits);
  void end_canary();  ///< the caller has a reference to it
  /// Nothing serves any more, and nothing is kept.
  void clear();

  [[nodiscard]] std::optional<ModuleStatus> status() const;

 private:
  friend class Call;
  void leave(Version& version, std::chrono::nanoseconds time, bool has_failed);

  [[nodiscard]] static bool retire_if_idle(Version& version);
  /// Why the canary must end, if it must. Under mutex_.
  [[nodiscard]] std::optional<Error> judge_canary() const;

  const std::string name_;
  const Listener listener_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<Version> stable_;             // all under mutex_
  std::shared_ptr<Version> canary_;
  std::deque<std::shared_ptr<Version>> kept_;   // the last one first
  CanaryLimits canary_limits_;
  ServingVersion before_canary_;  // what the stable version had done when the two met
  double canary_share_ = 0;
  double canary_due_ = 0;  // grows by the share with each call; from 1 on it is the canary's turn
  bool is_paused_ = false;
};

/// Calls of a name wait while it lives.
class Pause {
 public:
  explicit Pause(Serving& serving) : serving_(serving) { serving.pause(); }
  ~Pause() { serving_.resume(); }
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;

  [[nodiscard]] std::chrono::nanoseconds lasted() const {
    return std::chrono::steady_clock::now() - began_;
  }

 private:
  Serving& serving_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace synapsed::modules
