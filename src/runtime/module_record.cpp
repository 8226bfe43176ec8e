#include "runtime/module_record.hpp"

#include <algorithm>

namespace synapsed {

ModuleStats ModuleRecord::stats(const ModuleInfo& info) const {
  ModuleStats stats = statistics->snapshot();
  stats.name = info.name;
  stats.version = info.metadata.version;
  stats.restarts = persistent.restarts();
  stats.compile_time = info.compile_time;
  for (std::size_t number = 0; number < functions.size(); ++number) {
    FunctionStats function = statistics->function(number);
    if (function.calls == 0) continue;
    function.function = functions[number];
    stats.functions.push_back(std::move(function));
  }
  std::ranges::sort(stats.functions, {}, &FunctionStats::function);
  for (std::size_t i = 0; i < host_calls.size(); ++i) {
    const HostCallCounters& counters = *host_calls[i];
    const std::uint64_t calls = counters.calls.load(std::memory_order_relaxed);
    if (calls == 0) continue;
    stats.host_calls.push_back(
        {.module = info.imports[i].module,
         .function = info.imports[i].name,
         .calls = calls,
         .failed = counters.failed.load(std::memory_order_relaxed),
         .time = std::chrono::nanoseconds{
             static_cast<std::int64_t>(counters.ns.load(std::memory_order_relaxed))}});
  }
  return stats;
}

std::optional<ModuleRecord::Time> ModuleRecord::idle_since() {
  Gate::Place place;
  if (!gate->enter_if_idle(place) || !persistent.live) return std::nullopt;
  return persistent.last_used();
}

bool ModuleRecord::reclaim() {
  Gate::Place place;
  if (!gate->enter_if_idle(place) || !persistent.live) return false;
  persistent.live.reset();
  return true;
}

}  // namespace synapsed
