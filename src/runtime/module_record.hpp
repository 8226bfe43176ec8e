#pragma once

/// \file
/// What stays of a loaded module when its code is made again: the same module goes on.
///
/// Thread rule: safe from any thread, but for the persistent instance, which the gate guards.

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <synapsed/module.hpp>
#include <synapsed/stats.hpp>

#include "host/watched_function.hpp"
#include "runtime/gate.hpp"
#include "runtime/instances.hpp"
#include "runtime/statistics.hpp"

namespace synapsed {

struct ModuleRecord {
  using Time = InstanceHome::Time;

  std::unique_ptr<ModuleStatistics> statistics;
  std::vector<std::string> functions;  ///< those that are exported, by their numbers
  std::vector<std::shared_ptr<HostCallCounters>> host_calls;  ///< by import; empty: not counted
  std::shared_ptr<Gate> gate;  ///< null when everybody passes
  InstanceHome persistent;     ///< touched by who is inside the gate, when the policy says so
  std::atomic<Time> last_used{std::chrono::steady_clock::now()};  ///< when an execution last ended

  [[nodiscard]] ModuleStats stats(const ModuleInfo& info) const;
  /// When an execution last ended on the persistent instance; null when there is none or it is in
  /// use.
  [[nodiscard]] std::optional<Time> idle_since();
  /// Gives the persistent instance up unless it is in use. True when there was one.
  bool reclaim();
};

}  // namespace synapsed
