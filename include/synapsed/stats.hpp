#pragma once

/// \file
/// What a runtime has done so far. Owned by the room `runtime`.
///
/// Thread rule: values; a snapshot is taken while executions go on, so its fields may be a few
/// executions apart from each other.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>

namespace synapsed {

struct RuntimeStats {
  std::uint64_t modules_loaded = 0;      ///< loaded now
  std::uint64_t functions_executed = 0;  ///< executions that ended, well or not
  std::uint64_t functions_failed = 0;    ///< of these, and of the typed calls of sessions
  std::map<ErrorCode, std::uint64_t> failures;  ///< by kind; kinds that never happened are absent
  std::chrono::nanoseconds execution_time{0};   ///< sum over all executions
  std::chrono::nanoseconds p50{0};  ///< median execution time, within 7 %
  std::chrono::nanoseconds p99{0};  ///< 99th percentile, within 7 %
  std::chrono::nanoseconds compile_time{0};     ///< sum over all loads
  std::uint64_t memory_bytes = 0;       ///< linear memory held now by all instances
  std::uint64_t peak_memory_bytes = 0;  ///< the most held by one execution
  std::uint64_t instances_reclaimed = 0;  ///< idle persistent instances given up
  std::uint64_t instances_restarted = 0;  ///< made after one failed; of the modules loaded now
  std::uint64_t session_calls = 0;  ///< typed calls of sessions that have ended
  std::uint64_t executions_in_flight = 0;  ///< asynchronous ones that have not settled

  /// Zero before the first execution.
  [[nodiscard]] std::chrono::nanoseconds average_execution_time() const {
    return functions_executed == 0
               ? std::chrono::nanoseconds{0}
               : execution_time / static_cast<std::int64_t>(functions_executed);
  }
};

/// What the gas of a module's executions went to, all of them together.
struct GasProfile {
  struct Row {
    std::uint32_t function = 0;
    std::string function_name;  ///< as in the module; empty when it has none
    std::string_view cost;      ///< a class of operators in the price table, or `entry`
    std::uint64_t gas = 0;      ///< not zero
  };
  std::vector<Row> rows;  ///< by function, then in the order of the price table

  /// What guests spent by computing; host calls are not part of it.
  [[nodiscard]] std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const Row& row : rows) sum += row.gas;
    return sum;
  }
};

}  // namespace synapsed
