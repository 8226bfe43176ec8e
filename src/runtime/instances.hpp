#pragma once

/// \file
/// Instances that outlive an execution.
///
/// Thread rule: one execution at a time, which the module's gate or the session's owner sees to.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/module.hpp>

#include "engine/store.hpp"
#include "runtime/wasi_policy.hpp"

namespace synapsed {

namespace snapshot {
class MemoryImage;
}  // namespace snapshot

/// A store with one instance of a module.
struct LiveInstance {
  engine::Store store;
  engine::Instance instance;
  ContextWasi context_wasi;  ///< what contexts answer here
  /// Exports looked up before, by the functions' numbers; no slots for an instance that is used
  /// once.
  std::vector<std::optional<engine::Function>> functions;
  std::optional<engine::Memory> memory;
  std::optional<engine::Counter> gas;  ///< of a module that counts it
  std::optional<engine::Function> refill;         ///< in this store, once it was needed
  std::optional<engine::Function> sliced_refill;  ///< likewise
  /// What its memories show where nobody wrote to them, by the order of the state's layout; null, or
  /// missing: what the module's show at first.
  std::vector<std::shared_ptr<const snapshot::MemoryImage>> mapped;
};

/// Where an instance is kept between executions, and what becomes of it after one failed.
class InstanceHome {
 public:
  using Time = std::chrono::steady_clock::time_point;

  std::optional<LiveInstance> live;
  RestartPolicy restart_policy;

  /// Whether an execution may have the instance, or a fresh one. Error: `call.instance_stopped`.
  [[nodiscard]] Result<void> admit() const;
  /// A fresh instance was made.
  void made();
  void succeeded(Time now);
  /// An execution failed: what it left behind is given up.
  void failed(Time now);
  [[nodiscard]] Time last_used() const { return last_used_; }
  /// Tells the instances made here apart.
  [[nodiscard]] std::uint64_t number() const { return number_; }

  /// Instances made after one had failed. Safe from any thread.
  [[nodiscard]] std::uint64_t restarts() const { return restarts_.load(); }

 private:
  bool has_failed_ = false;
  std::uint32_t failures_in_a_row_ = 0;
  std::uint64_t number_ = 0;
  Time last_used_;
  Time retry_at_;
  std::atomic<std::uint64_t> restarts_{0};
};

}  // namespace synapsed
