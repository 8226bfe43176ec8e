#include "cli/run_report.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "base/units.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/text.hpp"

namespace synapsed::cli {
namespace {

Json milliseconds(const std::optional<std::chrono::nanoseconds>& duration) {
  if (!duration) return nullptr;
  return static_cast<double>(duration->count()) / 1e6;
}

Json values_json(const RunOutcome& outcome) {
  if (!outcome.result_type) return to_json_array(outcome.values);
  Json values = Json::array();
  for (const WasmValue& value : outcome.values) {
    values.push_back(typed_json(*outcome.result_type, value));
  }
  return values;
}

Json prices_json(const std::optional<GasPrices>& prices) {
  if (!prices) return nullptr;
  return {{"version", prices->version()}, {"hash", short_hash(*prices)}};
}

Json host_calls_json(const std::vector<HostCallStats>& calls) {
  return to_json_array(calls, [](const HostCallStats& call) {
    return Json{{"module", call.module},
                {"function", call.function},
                {"calls", call.calls},
                {"failed", call.failed},
                {"time_ms", milliseconds(call.time)}};
  });
}

Json outcome_json(const RunOutcome& outcome) {
  return {
      {"values", values_json(outcome)},
      {"exit_code", outcome.guest_exit_code ? Json(*outcome.guest_exit_code) : Json()},
      {"error", outcome.error ? to_json(*outcome.error) : Json()},
      {"compile_ms", milliseconds(outcome.compile_time)},
      {"duration_ms", milliseconds(outcome.duration)},
      {"gas_used", outcome.gas_used ? Json(*outcome.gas_used) : Json()},
      {"gas_prices", prices_json(outcome.gas_prices)},
      {"peak_memory_bytes", outcome.peak_memory_bytes ? Json(*outcome.peak_memory_bytes) : Json()}};
}

void print_values(std::ostream& out, const RunOutcome& outcome) {
  const auto& type = outcome.result_type;
  for (const WasmValue& value : outcome.values) {
    out << (type ? to_text(*type, value) : value.to_text()) << '\n';
  }
}

void print_stats(std::ostream& err, const RunOutcome& outcome) {
  const auto time = [](const std::optional<std::chrono::nanoseconds>& duration) {
    return duration ? format_duration(*duration) : "-";
  };
  Table table;
  table.add_row({"compile", time(outcome.compile_time)});
  table.add_row({"run", time(outcome.duration)});
  table.add_row(
      {"peak memory", outcome.peak_memory_bytes ? format_bytes(*outcome.peak_memory_bytes) : "-"});
  if (outcome.gas_used) table.add_row({"gas", fmt::format("{}", *outcome.gas_used)});
  if (outcome.gas_prices) table.add_row({"gas prices", to_string(*outcome.gas_prices)});
  err << table.text();
  if (!outcome.host_calls || outcome.host_calls->empty()) return;
  Table calls;
  calls.add_row({"host function", "calls", "failed", "time"});
  for (const HostCallStats& call : *outcome.host_calls) {
    calls.add_row({fmt::format("{}.{}", call.module, call.function), fmt::format("{}", call.calls),
                   fmt::format("{}", call.failed), format_duration(call.time)});
  }
  err << calls.text();
}

/// The rows of a profile with one name, together, the dearest first; and what is in none.
template <typename Name>
std::string gas_table(std::string_view title, const RunOutcome& outcome, const Name& name_of) {
  std::map<std::string, std::uint64_t> sums;
  for (const GasProfile::Row& row : outcome.gas_profile->rows) sums[name_of(row)] += row.gas;
  const std::uint64_t used = outcome.gas_used.value_or(0);
  const std::uint64_t computed = outcome.gas_profile->total();
  if (used > computed) sums["(host calls, or what ended the call)"] += used - computed;
  std::vector<std::pair<std::string, std::uint64_t>> rows(sums.begin(), sums.end());
  std::ranges::stable_sort(rows, std::greater{}, [](const auto& row) { return row.second; });
  Table table;
  table.add_row({"gas", "share", std::string(title)});
  for (const auto& [name, gas] : rows) {
    const double share = 100.0 * static_cast<double>(gas) / static_cast<double>(used);
    table.add_row({fmt::format("{}", gas), fmt::format("{:.1f} %", share), printable(name)});
  }
  table.add_row({fmt::format("{}", used), "", "in total"});
  return table.text();
}

std::string label_of(const GasProfile::Row& row) {
  if (row.function_name.empty()) return fmt::format("function {}", row.function);
  return fmt::format("{} (function {})", row.function_name, row.function);
}

void print_gas_report(std::ostream& err, const RunOutcome& outcome) {
  err << gas_table("function", outcome, label_of) << '\n'
      << gas_table("operators", outcome,
                   [](const GasProfile::Row& row) { return std::string(row.cost); });
}

Json gas_json(const RunOutcome& outcome) {
  Json rows = Json::array();
  for (const GasProfile::Row& row : outcome.gas_profile->rows) {
    rows.push_back({{"function_index", row.function},
                    {"function", row.function_name.empty() ? Json() : Json(row.function_name)},
                    {"cost", row.cost},
                    {"gas", row.gas}});
  }
  return rows;
}

}  // namespace

void RunOutcome::set_usage(const ExecutionUsage& usage) {
  duration = std::chrono::nanoseconds{usage.duration_ns};
  peak_memory_bytes = usage.peak_memory_bytes;
}

int RunOutcome::exit_code() const {
  if (!error) return guest_exit_code.value_or(kSuccess);
  if (error->error_class() == ErrorClass::kInterrupted && signal != 0) {
    return exit_code_of_signal(signal);
  }
  return exit_code_of(error->error_class());
}

int report(const Invocation& invocation, const RunSettings& settings, const RunOutcome& outcome) {
  Streams& streams = invocation.streams();
  if (settings.json) {
    Json object = outcome_json(outcome);
    if (outcome.gas_profile) object["gas_report"] = gas_json(outcome);
    if (outcome.host_calls) object["host_calls"] = host_calls_json(*outcome.host_calls);
    if (settings.dry_run) {
      object["gas_needed"] = outcome.gas_needed ? Json(*outcome.gas_needed) : Json();
    }
    print_json(streams.out, object, -1);
  } else if (outcome.error) {
    report(invocation, *outcome.error);
  } else if (outcome.gas_needed) {
    streams.out << *outcome.gas_needed << '\n';
  } else {
    print_values(streams.out, outcome);
  }
  if (settings.stats) print_stats(streams.err, outcome);
  if (outcome.gas_profile && !settings.json) print_gas_report(streams.err, outcome);
  streams.out.flush();
  streams.err.flush();
  return outcome.exit_code();
}

}  // namespace synapsed::cli
