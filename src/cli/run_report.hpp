#pragma once

/// \file
/// What came out of `synapsed run`, and how it is told.

#include <chrono>
#include <optional>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/gas.hpp>
#include <synapsed/interface.hpp>
#include <synapsed/stats.hpp>
#include <synapsed/value.hpp>

#include "cli/command.hpp"
#include "cli/run_settings.hpp"

namespace synapsed::cli {

struct RunOutcome {
  std::vector<WasmValue> values;
  /// Of the one value, when the module's interface says it.
  std::optional<InterfaceType> result_type;
  std::optional<int> guest_exit_code;
  std::optional<Error> error;
  std::optional<std::chrono::nanoseconds> compile_time;
  std::optional<std::chrono::nanoseconds> duration;
  std::optional<std::uint64_t> peak_memory_bytes;
  std::optional<std::uint64_t> gas_used;  ///< of a guest that counts it
  std::optional<std::uint64_t> gas_needed;  ///< what a dry run found out
  std::optional<GasPrices> gas_prices;    ///< what that was counted by
  std::optional<GasProfile> gas_profile;  ///< when a report was asked for
  std::optional<std::vector<HostCallStats>> host_calls;  ///< with `--stats`
  int signal = 0;  ///< what interrupted the run, if anything

  void set_usage(const ExecutionUsage& usage);
  [[nodiscard]] int exit_code() const;
};

/// Prints values, statistics, errors or the JSON object, and flushes. Returns the exit code.
int report(const Invocation& invocation, const RunSettings& settings, const RunOutcome& outcome);

}  // namespace synapsed::cli
