#include "cli/run_report.hpp"

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

Json outcome_json(const RunOutcome& outcome) {
  return {
      {"values", values_json(outcome)},
      {"exit_code", outcome.guest_exit_code ? Json(*outcome.guest_exit_code) : Json()},
      {"error", outcome.error ? to_json(*outcome.error) : Json()},
      {"compile_ms", milliseconds(outcome.compile_time)},
      {"duration_ms", milliseconds(outcome.duration)},
      {"gas_used", outcome.gas_used ? Json(*outcome.gas_used) : Json()},
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
  err << table.text();
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
    print_json(streams.out, outcome_json(outcome), -1);
  } else if (outcome.error) {
    report(invocation, *outcome.error);
  } else {
    print_values(streams.out, outcome);
  }
  if (settings.stats) print_stats(streams.err, outcome);
  streams.out.flush();
  streams.err.flush();
  return outcome.exit_code();
}

}  // namespace synapsed::cli
