#pragma once

/// \file
/// Counts what a runtime does. Thread rule: safe from any thread.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <synapsed/stats.hpp>

#include "runtime/histogram.hpp"

namespace synapsed {

class Statistics {
 public:
  void record_execution(const ExecutionUsage& usage, std::optional<ErrorCode> failure);
  /// Of a call that is counted elsewhere.
  void record_failure(ErrorCode code);
  void record_compilation(std::chrono::nanoseconds duration);
  void record_reclaimed(std::uint64_t instances);
  void record_optimised();
  void record_code_released();
  void record_session_calls(std::uint64_t calls);

  /// All fields but `modules_loaded` and `memory_bytes`, which others know.
  [[nodiscard]] RuntimeStats snapshot() const;

 private:
  using Counter = std::atomic<std::uint64_t>;

  Counter executed_{0};
  Counter execution_ns_{0};
  Counter gas_{0};
  Counter compile_ns_{0};
  Counter peak_memory_bytes_{0};
  Counter reclaimed_{0};
  Counter optimised_{0};
  Counter code_released_{0};
  Counter session_calls_{0};
  std::array<Counter, 256> failures_{};  // by error code
  Histogram durations_;
};

/// Counts what one module does, and each of its functions.
class ModuleStatistics {
 public:
  explicit ModuleStatistics(std::size_t functions) : functions_(functions) {}

  /// `function` is its number; none: no function was called, an instance was made.
  void record_execution(std::optional<std::size_t> function, const ExecutionUsage& usage,
                        std::optional<ErrorCode> failure);

  /// All but what the module knows itself.
  [[nodiscard]] ModuleStats snapshot() const;
  /// Without its name; one that was never called has no calls.
  [[nodiscard]] FunctionStats function(std::size_t number) const;

 private:
  struct Row {
    std::atomic<std::uint64_t> calls{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> ns{0};
    std::atomic<std::uint64_t> gas{0};
  };

  Statistics all_;
  std::vector<Row> functions_;
};

}  // namespace synapsed
