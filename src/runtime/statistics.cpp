#include "runtime/statistics.hpp"

namespace synapsed {
namespace {

std::chrono::nanoseconds ns(std::uint64_t count) {
  return std::chrono::nanoseconds{static_cast<std::int64_t>(count)};
}

// Of `RuntimeStats::latencies`.
constexpr std::uint64_t kShortestNs = 1'000;
constexpr std::uint64_t kLongestNs = 10'000'000'000;

}  // namespace

void Statistics::record_execution(const ExecutionUsage& usage, std::optional<ErrorCode> failure) {
  executed_.fetch_add(1, std::memory_order_relaxed);
  execution_ns_.fetch_add(usage.duration_ns, std::memory_order_relaxed);
  gas_.fetch_add(usage.gas, std::memory_order_relaxed);
  durations_.record(usage.duration_ns);
  if (failure) record_failure(*failure);
  std::uint64_t peak = peak_memory_bytes_.load(std::memory_order_relaxed);
  while (peak < usage.peak_memory_bytes &&
         !peak_memory_bytes_.compare_exchange_weak(peak, usage.peak_memory_bytes,
                                                   std::memory_order_relaxed)) {
  }
}

void Statistics::record_failure(ErrorCode code) {
  failures_.at(static_cast<std::size_t>(code)).fetch_add(1, std::memory_order_relaxed);
}

void Statistics::record_compilation(std::chrono::nanoseconds duration) {
  compile_ns_.fetch_add(static_cast<std::uint64_t>(duration.count()), std::memory_order_relaxed);
}

void Statistics::record_reclaimed(std::uint64_t instances) {
  reclaimed_.fetch_add(instances, std::memory_order_relaxed);
}

void Statistics::record_optimised() { optimised_.fetch_add(1, std::memory_order_relaxed); }

void Statistics::record_code_released() {
  code_released_.fetch_add(1, std::memory_order_relaxed);
}

void Statistics::record_session_calls(std::uint64_t calls) {
  session_calls_.fetch_add(calls, std::memory_order_relaxed);
}

RuntimeStats Statistics::snapshot() const {
  RuntimeStats stats;
  stats.functions_executed = executed_.load(std::memory_order_relaxed);
  for (const ErrorCode code : all_error_codes()) {
    const auto index = static_cast<std::size_t>(code);
    const std::uint64_t count = failures_.at(index).load(std::memory_order_relaxed);
    if (count == 0) continue;
    stats.failures[code] = count;
    stats.functions_failed += count;
  }
  stats.execution_time = ns(execution_ns_.load(std::memory_order_relaxed));
  stats.p50 = ns(durations_.quantile(0.50));
  stats.p99 = ns(durations_.quantile(0.99));
  for (std::uint64_t bound = kShortestNs; bound <= kLongestNs; bound *= 10) {
    stats.latencies.push_back({.at_most = ns(bound), .executions = durations_.count_up_to(bound)});
  }
  stats.gas = gas_.load(std::memory_order_relaxed);
  stats.compile_time = ns(compile_ns_.load(std::memory_order_relaxed));
  stats.peak_memory_bytes = peak_memory_bytes_.load(std::memory_order_relaxed);
  stats.instances_reclaimed = reclaimed_.load(std::memory_order_relaxed);
  stats.modules_optimised = optimised_.load(std::memory_order_relaxed);
  stats.code_released = code_released_.load(std::memory_order_relaxed);
  stats.session_calls = session_calls_.load(std::memory_order_relaxed);
  return stats;
}

void ModuleStatistics::record_execution(std::optional<std::size_t> function,
                                        const ExecutionUsage& usage,
                                        std::optional<ErrorCode> failure) {
  all_.record_execution(usage, failure);
  if (!function) return;
  Row& row = functions_.at(*function);
  row.calls.fetch_add(1, std::memory_order_relaxed);
  if (failure) row.failed.fetch_add(1, std::memory_order_relaxed);
  row.ns.fetch_add(usage.duration_ns, std::memory_order_relaxed);
  row.gas.fetch_add(usage.gas, std::memory_order_relaxed);
}

ModuleStats ModuleStatistics::snapshot() const {
  RuntimeStats all = all_.snapshot();
  return {.name = {},
          .version = {},
          .calls = all.functions_executed,
          .failed = all.functions_failed,
          .failures = std::move(all.failures),
          .time = all.execution_time,
          .p50 = all.p50,
          .p99 = all.p99,
          .latencies = std::move(all.latencies),
          .gas = all.gas,
          .peak_memory_bytes = all.peak_memory_bytes,
          .functions = {},
          .host_calls = {}};
}

FunctionStats ModuleStatistics::function(std::size_t number) const {
  const Row& row = functions_.at(number);
  return {.function = {},
          .calls = row.calls.load(std::memory_order_relaxed),
          .failed = row.failed.load(std::memory_order_relaxed),
          .time = ns(row.ns.load(std::memory_order_relaxed)),
          .gas = row.gas.load(std::memory_order_relaxed)};
}

}  // namespace synapsed
