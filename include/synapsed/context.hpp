#pragma once

/// \file
/// What one execution may use. Owned by the room `runtime`.
///
/// Nothing is granted unless it is asked for: an empty context gives a guest no arguments, no
/// environment, no directory, an empty standard input and no place to write to.
///
/// Thread rule: values; an `OutputBuffer` may be shared between threads.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <synapsed/cancel.hpp>
#include <synapsed/host_context.hpp>
#include <synapsed/guest_profile.hpp>
#include <synapsed/log.hpp>
#include <synapsed/snapshot.hpp>
#include <synapsed/trace.hpp>
#include <synapsed/value.hpp>
#include <synapsed/wasi.hpp>

namespace synapsed {

///     auto context = ExecutionContext{}
///         .with_timeout(std::chrono::seconds{2})
///         .with_memory_limit(16 << 20)
///         .with_directory({.host_path = "data", .guest_path = "/data"});
class ExecutionContext {
 public:
  /// Wall time from asking to settling: queueing, the guest, its host calls and their waiting.
  /// Zero: no limit. With sandboxing
  /// the runtime's own limit stays a ceiling. A negative duration is refused by the execution
  /// (`config.invalid_limit`).
  ExecutionContext& with_timeout(std::chrono::nanoseconds timeout);
  /// Linear memory, all memories together, in bytes. With sandboxing the runtime's own limit stays
  /// a ceiling.
  ExecutionContext& with_memory_limit(std::uint64_t bytes);
  ExecutionContext& with_cancellation(CancelToken token);

  /// On whose behalf the guest runs; host functions see it, and admission counts by it.
  ExecutionContext& with_tenant(std::string tenant);
  /// What the execution may spend, by the prices of the host functions it calls. None: counted only.
  ExecutionContext& with_gas_limit(std::uint64_t gas);
  /// What the execution may spend is a part of another's gas: see `GasPart`. It serves one
  /// execution; others have nothing, and sessions are refused. A gas limit holds besides.
  ExecutionContext& with_gas(GasPart part);
  /// Who is asked for more when the gas limit, or the part, is used up; the call then costs what it
  /// would have cost with a higher limit. Not asked without a limit, nor by a dry run. A metered
  /// guest asks with `GasExhaustion::kYield` only (otherwise `config.invalid`), and each call of a
  /// session starts with the limit again.
  ExecutionContext& with_gas_source(GasSource source);
  /// The execution is part of another: see `CallContext::as_parent`.
  ExecutionContext& with_parent(ParentExecution parent);
  /// An execution whose writes to storage conflict with another's (`storage.conflict`) is run again, at
  /// most so often, with all of its gas and the rest of its time; the statistics count each. Default: 0.
  /// Those on a persistent instance or in a session are not run again, nor those that are part of
  /// another or spend a part of its gas: what they did before the conflict would be done twice.
  ExecutionContext& with_conflict_retries(std::uint32_t times);
  /// An instance that is made for the execution starts from this state, and its start function does not
  /// run. A persistent instance that is there goes on as it is. Errors of the execution:
  /// `snapshot.disabled`, `snapshot.other_module`, `snapshot.corrupt`, `limit.*`.
  ExecutionContext& with_snapshot(Snapshot snapshot);
  /// The guest is sampled while it runs. Needs `Interruption::kEpochs` (`config.invalid`). Not in sessions, where
  /// nothing becomes of it.
  ExecutionContext& with_guest_profile(GuestProfile profile);
  /// Where the guest's log lines go. None: nowhere.
  ExecutionContext& with_log(LogSink sink);
  /// Who is told when the execution, or a host call of it, ends. Each call of a session is an execution. Host calls
  /// are told where the instance was made for a context with a trace; WASI's own functions never are.
  ExecutionContext& with_trace(Trace trace);

  /// WASI: every clock tells this time, not before 1970 (`config.invalid_limit`). It stands still;
  /// a guest that sleeps moves it on and does not wait. Each execution starts from here again.
  ExecutionContext& with_time(std::chrono::sys_time<std::chrono::nanoseconds> time);
  /// WASI: random numbers are the stream that these bytes decide (docs/reference/wasi.md), from its
  /// beginning for each execution.
  ExecutionContext& with_random_seed(std::array<std::byte, 32> seed);
  /// WASI: `argv`, the program's name first.
  ExecutionContext& with_arguments(std::vector<std::string> arguments);
  ExecutionContext& with_env(std::string name, std::string value);
  ExecutionContext& with_directory(WasiDirectory directory);
  ExecutionContext& with_stdin(WasiInput input);
  ExecutionContext& with_stdout(WasiOutput output);
  ExecutionContext& with_stderr(WasiOutput output);

  [[nodiscard]] std::optional<std::chrono::nanoseconds> timeout() const { return timeout_; }
  [[nodiscard]] std::optional<std::uint64_t> memory_limit() const { return memory_limit_; }
  [[nodiscard]] const CancelToken& cancellation() const { return cancellation_; }
  [[nodiscard]] const std::string& tenant() const { return tenant_; }
  [[nodiscard]] std::optional<std::uint64_t> gas_limit() const { return gas_limit_; }
  [[nodiscard]] const std::optional<GasPart>& gas_part() const { return gas_part_; }
  [[nodiscard]] const GasSource& gas_source() const { return gas_source_; }
  [[nodiscard]] const std::optional<ParentExecution>& parent() const { return parent_; }
  [[nodiscard]] std::uint32_t conflict_retries() const { return conflict_retries_; }
  [[nodiscard]] const std::optional<Snapshot>& snapshot() const { return snapshot_; }
  [[nodiscard]] const std::optional<GuestProfile>& guest_profile() const { return guest_profile_; }
  [[nodiscard]] const LogSink& log() const { return log_; }
  /// Null when there is none, or nobody is to be told.
  [[nodiscard]] const Trace* trace() const { return trace_.get(); }
  [[nodiscard]] const WasiConfig& wasi() const { return wasi_; }
  [[nodiscard]] std::optional<std::chrono::sys_time<std::chrono::nanoseconds>> time() const {
    return time_;
  }
  [[nodiscard]] const std::optional<std::array<std::byte, 32>>& random_seed() const {
    return random_seed_;
  }

 private:
  std::optional<std::chrono::nanoseconds> timeout_;
  std::optional<std::uint64_t> memory_limit_;
  CancelToken cancellation_;
  std::string tenant_;
  std::optional<std::uint64_t> gas_limit_;
  std::optional<GasPart> gas_part_;
  GasSource gas_source_;
  std::optional<ParentExecution> parent_;
  std::uint32_t conflict_retries_ = 0;
  std::optional<Snapshot> snapshot_;
  std::optional<GuestProfile> guest_profile_;
  LogSink log_;
  std::shared_ptr<const Trace> trace_;
  WasiConfig wasi_;
  std::optional<std::chrono::sys_time<std::chrono::nanoseconds>> time_;
  std::optional<std::array<std::byte, 32>> random_seed_;
};

}  // namespace synapsed
