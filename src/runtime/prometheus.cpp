// Statistics as text for Prometheus (exposition format 0.0.4).

#include <chrono>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <synapsed/stats.hpp>

namespace synapsed {
namespace {

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

/// A label's value: backslashes, quotes and ends of lines are escaped.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char character : text) {
    if (character == '\n') {
      out += "\\n";
      continue;
    }
    if (character == '\\' || character == '"') out += '\\';
    out += character;
  }
  return out;
}

class Page {
 public:
  /// What follows are samples of this metric.
  void metric(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    put("# HELP synapsed_{} {}\n# TYPE synapsed_{} {}\n", name, help, name, type);
  }
  template <typename T>
  void sample(const T& value, const Labels& labels = {}, std::string_view suffix = {}) {
    put("synapsed_{}{}", name_, suffix);
    const char* before = "{";
    for (const auto& [label, text] : labels) {
      put("{}{}=\"{}\"", before, label, escaped(text));
      before = ",";
    }
    put("{} {}\n", labels.empty() ? "" : "}", value);
  }
  template <typename T>
  void only(std::string_view name, std::string_view type, std::string_view help, const T& value) {
    metric(name, type, help);
    sample(value);
  }
  void histogram(const std::vector<LatencyBucket>& latencies, std::chrono::nanoseconds sum,
                 std::uint64_t count, Labels labels = {}) {
    for (const auto& [at_most, executions] : latencies) {
      const std::string bound = fmt::format("{}", seconds(at_most));
      labels.emplace_back("le", bound);
      sample(executions, labels, "_bucket");
      labels.pop_back();
    }
    labels.emplace_back("le", "+Inf");
    sample(count, labels, "_bucket");
    labels.pop_back();
    sample(seconds(sum), labels, "_sum");
    sample(count, labels, "_count");
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  template <typename... Parts>
  void put(fmt::format_string<Parts...> format, Parts&&... parts) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Parts>(parts)...);
  }

  std::string_view name_;
  std::string text_;
};

void put_runtime(Page& page, const RuntimeStats& stats) {
  page.only("modules_loaded", "gauge", "Modules that are loaded.", stats.modules_loaded);
  page.metric("execution_duration_seconds", "histogram", "Wall time of executions.");
  page.histogram(stats.latencies, stats.execution_time, stats.functions_executed);
  page.metric("execution_failures_total", "counter", "Executions that failed, by error.");
  for (const auto& [code, count] : stats.failures) page.sample(count, {{"error", to_string(code)}});
  page.only("gas_total", "counter", "Gas that executions spent.", stats.gas);
  page.only("compile_seconds_total", "counter", "Time to compile or map modules.",
            seconds(stats.compile_time));
  page.only("memory_bytes", "gauge", "Linear memory that instances hold.", stats.memory_bytes);
  page.only("peak_memory_bytes", "gauge", "The most that one execution held.",
            stats.peak_memory_bytes);
  page.only("executions_in_flight", "gauge", "Asynchronous executions that have not settled.",
            stats.executions_in_flight);
  page.only("session_calls_total", "counter", "Typed calls of sessions.", stats.session_calls);
  page.only("code_bytes", "gauge", "Address space that compiled code takes.", stats.code_bytes);
  page.only("code_released_total", "counter", "Modules whose code was given up for memory.",
            stats.code_released);
  page.only("modules_optimised_total", "counter", "Modules that were compiled again, to run faster.",
            stats.modules_optimised);
  page.only("instances_reclaimed_total", "counter", "Idle persistent instances given up.",
            stats.instances_reclaimed);
}

void put_code_cache(Page& page, const CodeCacheStats& stats) {
  page.metric("code_loads_total", "counter", "Loads of modules, by where their code came from.");
  page.sample(stats.compiled, {{"from", "compiler"}});
  page.sample(stats.shared, {{"from", "another_module"}});
  page.sample(stats.hits, {{"from", "cache"}});
  page.only("code_cache_refused_total", "counter", "Entries that were damaged or not authentic.",
            stats.refused);
  page.only("code_cache_evicted_total", "counter", "Entries removed to make room.", stats.evicted);
  page.only("code_cache_write_failures_total", "counter", "Entries that could not be written.",
            stats.not_written);
}

/// One metric, a sample for each module.
template <typename Value>
void put_each(Page& page, const std::vector<ModuleStats>& modules, std::string_view name,
              std::string_view type, std::string_view help, const Value& value) {
  page.metric(name, type, help);
  for (const ModuleStats& module : modules) {
    page.sample(value(module), {{"module", module.name}, {"version", module.version}});
  }
}

void put_labels(const FunctionStats& function, Labels& labels) {
  labels.emplace_back("function", function.function);
}
void put_labels(const HostCallStats& call, Labels& labels) {
  labels.emplace_back("import", call.module);
  labels.emplace_back("function", call.function);
}

/// One counter, a sample for each part of each module.
template <typename Part, typename Value>
void put_each_part(Page& page, const std::vector<ModuleStats>& modules,
                   std::vector<Part> ModuleStats::* parts, std::string_view name,
                   std::string_view help, const Value& value) {
  page.metric(name, "counter", help);
  for (const ModuleStats& module : modules) {
    for (const Part& part : module.*parts) {
      Labels labels{{"module", module.name}, {"version", module.version}};
      put_labels(part, labels);
      page.sample(value(part), labels);
    }
  }
}

void put_modules(Page& page, const std::vector<ModuleStats>& modules) {
  page.metric("module_duration_seconds", "histogram", "Wall time of a module's executions.");
  for (const ModuleStats& module : modules) {
    page.histogram(module.latencies, module.time, module.calls,
                   {{"module", module.name}, {"version", module.version}});
  }
  page.metric("module_failures_total", "counter", "A module's executions that failed, by error.");
  for (const ModuleStats& module : modules) {
    for (const auto& [code, count] : module.failures) {
      page.sample(count, {{"module", module.name},
                          {"version", module.version},
                          {"error", to_string(code)}});
    }
  }
  put_each(page, modules, "module_gas_total", "counter", "Gas that a module's executions spent.",
           [](const ModuleStats& module) { return module.gas; });
  put_each(page, modules, "module_peak_memory_bytes", "gauge", "The most that one execution held.",
           [](const ModuleStats& module) { return module.peak_memory_bytes; });
  put_each(page, modules, "module_restarts_total", "counter", "Persistent instances made after a failure.",
           [](const ModuleStats& module) { return module.restarts; });
  const auto functions = [&](std::string_view name, std::string_view help, const auto& value) {
    put_each_part(page, modules, &ModuleStats::functions, name, help, value);
  };
  functions("function_calls_total", "Calls of a function.",
            [](const FunctionStats& function) { return function.calls; });
  functions("function_failures_total", "Calls of a function that failed.",
            [](const FunctionStats& function) { return function.failed; });
  functions("function_seconds_total", "Wall time of a function's calls.",
            [](const FunctionStats& function) { return seconds(function.time); });
  functions("function_gas_total", "Gas that a function's calls spent.",
            [](const FunctionStats& function) { return function.gas; });
  const auto host_calls = [&](std::string_view name, std::string_view help, const auto& value) {
    put_each_part(page, modules, &ModuleStats::host_calls, name, help, value);
  };
  host_calls("host_calls_total", "Calls of a host function.",
             [](const HostCallStats& call) { return call.calls; });
  host_calls("host_call_failures_total", "Calls that ended the guest.",
             [](const HostCallStats& call) { return call.failed; });
  host_calls("host_call_seconds_total", "Wall time of a host function's calls.",
             [](const HostCallStats& call) { return seconds(call.time); });
}

}  // namespace

std::string to_prometheus(const RuntimeStats& runtime, const std::vector<ModuleStats>& modules) {
  Page page;
  put_runtime(page, runtime);
  put_code_cache(page, runtime.code_cache);
  put_modules(page, modules);
  return page.take();
}

}  // namespace synapsed
