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

/// Compiled code that was found instead of made.
struct CodeCacheStats {
  std::uint64_t compiled = 0;  ///< loads that compiled
  std::uint64_t shared = 0;    ///< loads of bytes that another loaded module had
  std::uint64_t hits = 0;      ///< loads that mapped code from the directory
  std::uint64_t misses = 0;
  std::uint64_t refused = 0;  ///< of these: entries that were damaged, foreign or not authentic
  std::uint64_t written = 0;
  std::uint64_t not_written = 0;  ///< the directory took no more
  std::uint64_t evicted = 0;
};

/// How many executions took at most so long.
struct LatencyBucket {
  std::chrono::nanoseconds at_most{0};
  std::uint64_t executions = 0;  ///< with those of the buckets before
};

struct RuntimeStats {
  std::uint64_t modules_loaded = 0;      ///< loaded now
  std::uint64_t functions_executed = 0;  ///< executions that ended, well or not
  std::uint64_t functions_failed = 0;    ///< of these, and of the typed calls of sessions
  std::map<ErrorCode, std::uint64_t> failures;  ///< by kind; kinds that never happened are absent
  std::chrono::nanoseconds execution_time{0};   ///< sum over all executions
  std::chrono::nanoseconds p50{0};  ///< median execution time, within 7 %
  std::chrono::nanoseconds p99{0};  ///< 99th percentile, within 7 %
  std::vector<LatencyBucket> latencies;  ///< from 1 us to 10 s, each ten times the one before
  std::uint64_t gas = 0;                 ///< that executions spent
  std::chrono::nanoseconds compile_time{0};     ///< sum over all loads
  CodeCacheStats code_cache;
  std::uint64_t memory_bytes = 0;       ///< linear memory held now by all instances
  std::uint64_t peak_memory_bytes = 0;  ///< the most held by one execution
  std::uint64_t instances_reclaimed = 0;  ///< idle persistent instances given up
  std::uint64_t code_bytes = 0;  ///< of address space that compiled code takes now
  std::uint64_t code_released = 0;      ///< modules whose code was given up while memory was short
  std::uint64_t modules_optimised = 0;  ///< that began with the baseline compiler's code (`compilation.tiered`)
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

/// One exported function of a module.
struct FunctionStats {
  std::string function;
  std::uint64_t calls = 0;  ///< that ended
  std::uint64_t failed = 0;
  std::chrono::nanoseconds time{0};
  std::uint64_t gas = 0;
};

/// One import of a module that is a host function.
struct HostCallStats {
  std::string module;  ///< as it is imported
  std::string function;
  std::uint64_t calls = 0;   ///< that ended
  std::uint64_t failed = 0;  ///< that ended the guest with an error; what a guest can handle is none
  std::chrono::nanoseconds time{0};  ///< with what it waited for
};

/// What one loaded module has done. Typed calls of sessions are in none of it but `host_calls`.
struct ModuleStats {
  std::string name;
  std::string version;
  std::uint64_t calls = 0;  ///< executions that ended
  std::uint64_t failed = 0;
  std::map<ErrorCode, std::uint64_t> failures;
  std::chrono::nanoseconds time{0};
  std::chrono::nanoseconds p50{0};
  std::chrono::nanoseconds p99{0};
  std::vector<LatencyBucket> latencies;  ///< as `RuntimeStats::latencies`
  std::uint64_t gas = 0;
  std::uint64_t peak_memory_bytes = 0;
  std::uint64_t restarts = 0;            ///< of a persistent instance, after it failed
  std::chrono::nanoseconds compile_time{0};
  std::vector<FunctionStats> functions;  ///< those that were called, by name
  /// Those that were called, in the order of the imports. None unless `MonitoringConfig::host_calls`; WASI's are
  /// not among them, but for clocks and random numbers that come from contexts.
  std::vector<HostCallStats> host_calls;
};

/// In Prometheus' text format 0.0.4: counters end in `_total`, times are seconds.
[[nodiscard]] std::string to_prometheus(const RuntimeStats& runtime,
                                        const std::vector<ModuleStats>& modules);

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
