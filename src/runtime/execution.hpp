#pragma once

/// \file
/// One execution, from asking to settling the account.
///
/// An execution goes on in `advance` until it has ended, waits, or gives its thread to others. It
/// is entered directly when its guest cannot wait, and on a fiber otherwise.
///
/// Thread rule: one thread at a time, which may be another at each `advance`.

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <synapsed/cancel.hpp>
#include <synapsed/context.hpp>
#include <synapsed/runtime.hpp>

#include "base/sync.hpp"
#include "base/waker.hpp"
#include "engine/fiber_call.hpp"
#include "engine/profiler.hpp"
#include "engine/store.hpp"
#include "host/execution_scope.hpp"
#include "host/lowered_call.hpp"
#include "runtime/admission.hpp"
#include "runtime/instances.hpp"
#include "runtime/interrupt_on_cancel.hpp"
#include "runtime/load.hpp"
#include "runtime/state.hpp"

namespace synapsed {

/// What is asked. All of it outlives the execution.
struct ExecutionRequest {
  RuntimeState& state;
  LoadedModule& module;
  std::optional<std::string_view> function;  ///< none: the instance is made, and that is all
  std::span<const WasmValue> arguments;
  const ExecutionContext& context;
  const CancelToken& cancellation;
  bool is_dry_run = false;  ///< nothing it does is kept (see `WasmRuntime::dry_run`)
  /// From when its time counts; none: from now.
  std::optional<std::chrono::steady_clock::time_point> started;
};

/// Whether an execution that ended so, after `attempts` others, is run again.
[[nodiscard]] bool is_run_again(const ExecutionRequest& request,
                                const Result<ExecutionResult>& result, std::uint32_t attempts);

/// The account of one call under `context`, which gets its part.
[[nodiscard]] GasAccount account_of(const ExecutionContext& context);

/// Whether who may be asked for more gas would be. Error: `config.invalid`.
[[nodiscard]] Result<void> check_gas_source(const LoadedModule& module,
                                            const ExecutionContext& context);

/// Sets the time and the random numbers that guests get from `context`.
void start_context_wasi(const ExecutionContext& context, ExecutionScope& scope);

/// What host functions get to know of an execution; it views its arguments. Deadline and waker are not
/// set.
[[nodiscard]] ExecutionScope scope_of(const LoadedModule& module, const ExecutionContext& context,
                                      const CancelToken& cancellation, GasAccount gas);

/// Who drives the execution.
struct ExecutionDriver {
  const std::shared_ptr<Waker>& waker;  ///< has somebody call `advance` again
  /// The guest gives its thread back after this long, on a fiber. Zero: it does not.
  std::chrono::nanoseconds time_slice{0};
  /// Likewise when it has spent so much gas.
  std::uint64_t gas_slice = 0;
};

/// Tells the thread that runs an execution that what it did lasts, or why not.
class CommitWait {
 public:
  explicit CommitWait(std::shared_ptr<Waker> waker) : waker_(std::move(waker)) {}
  void done(Result<void> result);
  [[nodiscard]] std::optional<Result<void>> result() const;

 private:
  const std::shared_ptr<Waker> waker_;
  mutable Mutex mutex_;
  std::optional<Result<void>> result_;
};

class Execution {
 public:
  enum class Progress : std::uint8_t {
    kEnded,    ///< `take_result` has the result
    kWaiting,  ///< until the waker is woken, or the deadline passes
    kYielded,  ///< to others; it could go on
  };

  /// With `home`, an execution on an instance that its caller holds: it passes no gate.
  Execution(const ExecutionRequest& request, ExecutionDriver driver, InstanceHome* home = nullptr);
  ~Execution();
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  Progress advance();
  [[nodiscard]] std::chrono::steady_clock::time_point started() const { return started_; }
  /// Once, when it has ended. Every execution is counted in the statistics exactly once, whatever
  /// its end.
  [[nodiscard]] Result<ExecutionResult> take_result();

  /// What is being made to last is waited for, whatever the time.
  [[nodiscard]] engine::Deadline deadline() const {
    return step_ == Step::kCommit ? engine::kNoDeadline : scope_.deadline;
  }

 private:
  enum class Step : std::uint8_t {
    kStart, kQueue, kInstantiate, kInstantiated, kStarted, kAllocate, kAllocated, kCall, kCalled,
    kReleased, kCommit, kEnded
  };
  using Outcome = engine::CallResult<void>;

  Progress go_on();
  Outcome take_step();
  Outcome start();
  Outcome queue();
  Outcome enter();
  [[nodiscard]] bool uses_persistent_instance() const;
  Result<void> find_links();
  [[nodiscard]] Result<void> check_unanswered() const;
  [[nodiscard]] Result<void> check_profile() const;
  Result<void> open_store();
  [[nodiscard]] engine::StoreLimits store_limits() const;
  [[nodiscard]] Result<void> set_wasi();
  Outcome instantiate();
  Outcome instantiated();
  Outcome restore(const Snapshot& snapshot);
  [[nodiscard]] bool gave_way();
  Outcome allocate();
  Outcome allocated();
  [[nodiscard]] engine::MemoryView memory();
  Outcome call();
  Outcome called();
  Outcome call_guest(const ExportedFunction& function, std::span<RawValue> values, Step next);
  std::optional<Outcome> resume_guest();
  void arm();
  void finish(Outcome outcome);
  void commit();
  void end(Outcome outcome);
  void tell_span(const ExecutionUsage& usage, std::optional<ErrorCode> failure);
  void finish_profile();
  void leave_home(const Outcome& outcome, std::chrono::steady_clock::time_point now);
  Result<ExecutionResult> settle(Outcome outcome);

  const ExecutionRequest request_;
  const ExecutionDriver driver_;
  const std::chrono::steady_clock::time_point started_;
  Step step_ = Step::kStart;
  bool waits_ = false;  // cannot go on before it is woken

  ExecutionScope scope_;
  std::optional<OpenSpan> span_;  // of a context with a trace
  std::uint64_t memory_bytes_max_ = 0;
  const ExportedFunction* function_ = nullptr;
  LoweredCall lowered_;
  std::vector<std::uint32_t> addresses_;  // of the first blocks
  std::vector<WasmValue> values_;         // lifted
  ContextWasi context_wasi_;
  std::shared_ptr<const Links> links_;
  bool on_fiber_ = false;

  Admission admission_;
  std::optional<engine::Profiler> profiler_;  // outlives the store it is set on
  std::optional<InstanceHome> own_home_;  // of an instance for this execution alone
  InstanceHome* home_;                    // where the instance is kept; null before it is known
  std::optional<engine::Store> fresh_;    // a store that has no instance yet
  engine::Store* store_ = nullptr;
  engine::Instance instance_;
  std::optional<engine::FiberCall> guest_;  // while the guest is inside, on a fiber
  std::optional<InterruptOnCancel> interrupt_;  // while the guest may run
  bool entered_ = false;

  std::array<RawValue, 4> block_{};  // arguments of the allocator or the post-return function

  std::shared_ptr<CommitWait> commit_;  // while it waits for that
  Outcome ending_;                      // how the guest ended, meanwhile
  std::uint64_t wake_subscription_ = 0;
  std::optional<Result<ExecutionResult>> result_;
};

/// Runs an execution on the calling thread, which waits with it.
[[nodiscard]] Result<ExecutionResult> run_blocking(const ExecutionRequest& request,
                                                   InstanceHome* home = nullptr);

}  // namespace synapsed
