#pragma once

/// \file
/// Counts what a runtime does. Thread rule: safe from any thread.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

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
  void record_session_calls(std::uint64_t calls);

  /// All fields but `modules_loaded` and `memory_bytes`, which others know.
  [[nodiscard]] RuntimeStats snapshot() const;

 private:
  using Counter = std::atomic<std::uint64_t>;

  Counter executed_{0};
  Counter execution_ns_{0};
  Counter compile_ns_{0};
  Counter peak_memory_bytes_{0};
  Counter reclaimed_{0};
  Counter session_calls_{0};
  std::array<Counter, 256> failures_{};  // by error code
  Histogram durations_;
};

}  // namespace synapsed
