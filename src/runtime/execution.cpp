#include "runtime/execution.hpp"

#include <utility>

#include "base/try.hpp"
#include "host/canonical_abi.hpp"
#include "host/values.hpp"
#include "runtime/exports.hpp"
#include "runtime/limits.hpp"
#include "runtime/metering.hpp"
#include "runtime/parker.hpp"
#include "runtime/running.hpp"

namespace synapsed {
namespace {

constexpr std::chrono::microseconds kProfileIntervalMin{100};
constexpr std::chrono::seconds kProfileIntervalMax{1};

using Clock = std::chrono::steady_clock;

Result<void> check_grants(const RuntimeConfig& config, const ExecutionContext& context,
                          bool is_dry_run) {
  for (const WasiDirectory& directory : context.wasi().directories) {
    if (config.security.disable_unsafe_host_functions) {
      return std::unexpected(
          Error(ErrorCode::kPathDenied,
                "directories cannot be granted: security.disable_unsafe_host_functions is on")
              .at(directory.host_path));
    }
    if (is_dry_run && directory.access == DirectoryAccess::kReadWrite) {
      return std::unexpected(
          Error(ErrorCode::kPathDenied, "what a dry run writes to a directory would last")
              .at(directory.host_path)
              .help("grant it read-only"));
    }
  }
  return {};
}

Error other_wasi() {
  return Error(ErrorCode::kInvalidConfig,
               "the instance was made with other clocks or random numbers: the host's, where this "
               "execution has its context's, or the other way round")
      .help("give all executions on a persistent instance a time and a random seed, or none");
}

bool is_dry_run(const ExecutionRequest& request) {
  const auto& part = request.context.gas_part();
  return request.is_dry_run || (part && part->state().is_dry_run);
}

Error no_allocator(const LoadedModule& module) {
  return Error(ErrorCode::kArgumentType, "strings and bytes cannot be passed to this module")
      .at(module.info.name)
      .help("it must export its memory as \"memory\" and an allocator \"cabi_realloc\" of type "
            "(i32, i32, i32, i32) -> i32");
}

/// By returning, or by exiting with 0.
bool has_succeeded(const engine::CallResult<void>& outcome) {
  if (outcome) return true;
  const auto* exit = std::get_if<engine::ProcessExit>(&outcome.error());
  return exit != nullptr && exit->code == 0;
}

Result<LoweredCall> lower(const LoadedModule& module, const ExportedFunction& function,
                          std::span<const WasmValue> arguments) {
  if (function.interface != nullptr) {
    return lower_call(*function.interface, function.abi, arguments);
  }
  auto lowered = TRY(lower_arguments(function.name, function.type, arguments));
  if (!lowered.blocks.empty() && module.allocator == nullptr) {
    return std::unexpected(no_allocator(module));
  }
  return lowered;
}

}  // namespace

ExecutionScope scope_of(const LoadedModule& module, const ExecutionContext& context,
                        const CancelToken& cancellation, GasAccount gas) {
  return {.module = module.info.name,
          .tenant = context.tenant(),
          .capabilities = &module.info.metadata.capabilities,
          .deadline = engine::kNoDeadline,
          .cancellation = cancellation,
          .log = &context.log(),
          .trace = {},
          .waker = nullptr,
          .gas = std::move(gas),
          .time = std::nullopt,
          .random = nullptr,
          .parent_states = context.parent() ? context.parent()->states() : nullptr,
          .states = nullptr};
}

Result<void> check_gas_source(const LoadedModule& module, const ExecutionContext& context) {
  const bool stops = module.metered && module.metered->gas && !module.metered->refill;
  if (!context.gas_source() || !stops) return {};
  return std::unexpected(
      Error(ErrorCode::kInvalidConfig, "a guest that runs out of gas stops without asking for more")
          .help("set metering.on_exhausted to yield, or give the execution no gas source"));
}

GasAccount account_of(const ExecutionContext& context) {
  const auto& part = context.gas_part();
  GasAccount account =
      part ? GasAccount(context.gas_limit(), *part) : GasAccount(context.gas_limit());
  account.set_source(&context.gas_source());
  return account;
}

void start_context_wasi(const ExecutionContext& context, ExecutionScope& scope) {
  if (const auto time = context.time()) {
    scope.time = static_cast<GuestTime>(time->time_since_epoch().count());
  }
  if (const auto& seed = context.random_seed()) scope.random = std::make_unique<RandomStream>(*seed);
}

Execution::Execution(const ExecutionRequest& request, ExecutionDriver driver, InstanceHome* home)
    : request_(request),
      driver_(std::move(driver)),
      started_(request.started.value_or(Clock::now())),
      scope_(scope_of(request.module, request.context, request.cancellation,
                      account_of(request.context))),
      home_(home) {
  scope_.waker = &driver_.waker;
  if (const Trace* trace = request.context.trace()) {
    span_.emplace(scope_.trace.emplace(*trace));
  }
  start_context_wasi(request.context, scope_);
  scope_.is_dry_run = is_dry_run(request);
  scope_.is_deterministic = request.state.config.security.enable_deterministic_execution;
  if (scope_.is_dry_run) {
    scope_.log = nullptr;
    scope_.gas.set_source(nullptr);
  }
}

Execution::~Execution() {
  if (step_ != Step::kEnded) {
    end(std::unexpected(Error(ErrorCode::kCancelled, "the execution was abandoned")));
  }
}

Execution::Progress Execution::advance() {
  if (step_ == Step::kStart) {
    const bool has_own_instance = home_ != nullptr || !uses_persistent_instance();
    if (auto inside = Running::check(request_.module, has_own_instance); !inside) {
      end(std::unexpected(std::move(inside).error()));
      return Progress::kEnded;
    }
  }
  const Running running(request_.module, &on_fiber_);
  const Progress progress = go_on();
  if (progress == Progress::kWaiting && wake_subscription_ == 0) {
    wake_subscription_ =
        request_.cancellation.subscribe([waker = driver_.waker] { waker->wake(); });
  }
  return progress;
}

Execution::Progress Execution::go_on() {
  while (step_ != Step::kEnded) {
    waits_ = false;
    Outcome outcome;
    if (guest_) {
      auto ended = resume_guest();
      if (!ended) {
        return gave_way() ? Progress::kYielded : Progress::kWaiting;
      }
      outcome = std::move(*ended);
    } else {
      outcome = take_step();
    }
    if (!outcome) finish(std::move(outcome));
    if (waits_) return Progress::kWaiting;
  }
  return Progress::kEnded;
}

/// Whether the guest stopped because its slice is over, and not because it waits.
bool Execution::gave_way() {
  return std::exchange(scope_.has_used_slice, false) || store_->used_its_slice();
}

Execution::Outcome Execution::take_step() {
  switch (step_) {
    case Step::kStart: return start();
    case Step::kQueue: return queue();
    case Step::kInstantiate: return instantiate();
    case Step::kInstantiated: return instantiated();
    case Step::kStarted: step_ = Step::kAllocate; return {};
    case Step::kAllocate: return allocate();
    case Step::kAllocated: return allocated();
    case Step::kCall: return call();
    case Step::kCalled: return called();
    case Step::kReleased: finish({}); return {};
    case Step::kCommit: commit(); return {};
    case Step::kEnded: break;
  }
  std::unreachable();
}

Execution::Outcome Execution::start() {
  LoadedModule& module = request_.module;
  const ExecutionLimits limits =
      TRY(execution_limits(request_.state.config, request_.context));
  memory_bytes_max_ = limits.memory_bytes_max;
  scope_.deadline = limits.deadline_from(started_);
  TRY(find_links());
  on_fiber_ =
      links_->waits || driver_.time_slice.count() != 0 || driver_.gas_slice != 0;
  if (request_.function) {
    function_ = TRY(find_function(module, *request_.function));
    lowered_ = TRY(lower(module, *function_, request_.arguments));
  }
  TRY(check_gas_source(module, request_.context));
  TRY(check_profile());
  TRY(check_grants(request_.state.config, request_.context, scope_.is_dry_run));
  if (home_ != nullptr) return enter();
  step_ = Step::kQueue;
  return {};
}

Result<void> Execution::check_profile() const {
  const auto& profile = request_.context.guest_profile();
  if (!profile) return {};
  if (profile->interval() < kProfileIntervalMin || profile->interval() > kProfileIntervalMax) {
    return std::unexpected(
        Error(ErrorCode::kInvalidLimit, "a guest is sampled every 100 us to 1 s").at("the guest profile"));
  }
  if (request_.state.config.compilation.interruption == Interruption::kEpochs) return {};
  return std::unexpected(
      Error(ErrorCode::kInvalidConfig, "guests that signals stop cannot be sampled")
          .at("the guest profile")
          .help("set compilation.interruption to epochs"));
}

Result<void> Execution::find_links() {
  LoadedModule& module = request_.module;
  context_wasi_ = answered_by(request_.context, module.context_wasi);
  if (context_wasi_ != module.context_wasi) TRY(check_unanswered());
  const bool has_trace = request_.context.trace() != nullptr;
  links_ = TRY(module.current_links(request_.state, context_wasi_, has_trace));
  return {};
}

/// What the module imports that its context could answer, and this one does not.
Result<void> Execution::check_unanswered() const {
  const LoadedModule& module = request_.module;
  auto allowed = check_wasi_imports(request_.state.config, module.module, context_wasi_);
  if (allowed) return {};
  const std::string place = module.info.name + ", " + allowed.error().where();
  return std::unexpected(std::move(allowed).error().at(place));
}

Execution::Outcome Execution::queue() {
  // A persistent instance is its module's gate.
  const bool is_gated = uses_persistent_instance() || !request_.module.is_persistent();
  waits_ = !TRY(admission_.pass(request_.state, is_gated ? request_.module.record->gate.get() : nullptr,
                                request_.context.tenant(), driver_.waker));
  if (!waits_) return enter();
  if (auto stopped = scope_.stop_reason()) return std::unexpected(std::move(*stopped));
  return {};
}

bool Execution::uses_persistent_instance() const {
  return request_.module.is_persistent() && !scope_.is_dry_run;
}

/// Finds the instance this execution uses, or the store for a new one.
Execution::Outcome Execution::enter() {
  if (home_ == nullptr) {
    home_ = uses_persistent_instance() ? &request_.module.record->persistent : &own_home_.emplace();
  }
  TRY(home_->admit());
  TRY(open_store());
  if (!on_fiber_) TRY(engine::check_stack_room(request_.module.module.engine()));
  if (auto stopped = scope_.stop_reason()) return std::unexpected(std::move(*stopped));
  entered_ = true;
  store_->set_user(&scope_);
  if (const auto& profile = request_.context.guest_profile()) {
    profiler_.emplace(request_.module.module, request_.module.info.name, profile->interval());
    store_->set_profiler(&*profiler_);
  }
  arm();
  interrupt_.emplace(request_.cancellation, *store_);
  if (home_->live) {
    share_gas(request_.module, *home_->live, scope_.gas, driver_.gas_slice);
  }
  step_ = home_->live ? Step::kAllocate : Step::kInstantiate;
  return {};
}

Result<void> Execution::open_store() {
  if (home_->live) {
    if (home_->live->context_wasi != context_wasi_) return std::unexpected(other_wasi());
    store_ = &home_->live->store;
    instance_ = home_->live->instance;
    store_->set_memory_limit(memory_bytes_max_);
    store_->reset_peak();
  } else {
    RuntimeState& state = request_.state;
    fresh_ = TRY(engine::Store::create(request_.module.module.engine(), store_limits(), &state.pool));
    store_ = &*fresh_;
  }
  return set_wasi();
}

engine::StoreLimits Execution::store_limits() const {
  engine::StoreLimits limits{
      .memory_bytes_max = memory_bytes_max_,
      .table_elements_max = request_.state.config.limits.table_elements_max};
  const auto& metered = request_.module.metered;
  if (metered && metered->refill) {  // the runtime's own table
    ++limits.tables_max;
    ++limits.table_elements_max;
  }
  return limits;
}

/// A grant that cannot be given is an error even when the module would never have used it.
Result<void> Execution::set_wasi() {
  const WasiConfig& wasi = request_.context.wasi();
  if (!request_.module.imports_wasi && wasi.directories.empty()) return {};
  if (!scope_.is_dry_run) return store_->set_wasi(wasi);
  WasiConfig silent = wasi;
  silent.standard_output = WasiNothing{};
  silent.standard_error = WasiNothing{};
  return store_->set_wasi(silent);
}

Execution::Outcome Execution::instantiate() {
  step_ = Step::kInstantiated;
  const auto* prepared = std::get_if<engine::PreparedModule>(&links_->resolution);
  const auto* zeros = std::get_if<engine::Linker>(&links_->resolution);
  const engine::Module& module = request_.module.module;
  if (!on_fiber_) {
    instance_ = TRY(prepared != nullptr ? prepared->instantiate(*store_)
                                        : zeros->instantiate_with_zeros(*store_, module));
  } else if (prepared != nullptr) {
    guest_ = prepared->start_instantiate(*store_, instance_);
  } else {
    guest_ = TRY(zeros->start_instantiate_with_zeros(*store_, module, instance_));
  }
  return {};
}

Execution::Outcome Execution::instantiated() {
  home_->live.emplace(std::move(*fresh_), instance_, context_wasi_);
  const bool is_kept = !own_home_.has_value();
  if (is_kept) home_->live->functions.resize(request_.module.function_numbers());
  fresh_.reset();
  store_ = &home_->live->store;
  home_->made();
  share_gas(request_.module, *home_->live, scope_.gas, driver_.gas_slice);
  if (const auto& snapshot = request_.context.snapshot()) return restore(*snapshot);
  const auto& start = request_.module.start;
  if (start) return call_guest(*start, {}, Step::kStarted);
  step_ = Step::kAllocate;
  return {};
}

Execution::Outcome Execution::restore(const Snapshot& snapshot) {
  LoadedModule& module = request_.module;
  const bool drops = TRY(put_state(request_.state, module, *home_->live, snapshot));
  if (drops) return call_guest(*module.drop, {}, Step::kStarted);
  step_ = Step::kAllocate;
  return {};
}

/// Has the guest's allocator make the next block that strings and bytes are copied to. The guest
/// runs for each, so memory is looked at only after the last.
Execution::Outcome Execution::allocate() {
  if (addresses_.size() == lowered_.blocks.size()) {
    step_ = Step::kCall;
    if (!lowered_.blocks.empty()) TRY(place_blocks(lowered_, addresses_, memory()));
    return {};
  }
  const Block& block = lowered_.blocks[addresses_.size()];
  block_ = {RawValue(0), RawValue(0), RawValue(static_cast<std::int32_t>(block.alignment)),
            RawValue(static_cast<std::int32_t>(block.size()))};
  return call_guest(*request_.module.allocator, block_, Step::kAllocated);
}

Execution::Outcome Execution::allocated() {
  addresses_.push_back(static_cast<std::uint32_t>(block_[0].i32));
  step_ = Step::kAllocate;
  return {};
}

engine::MemoryView Execution::memory() {
  std::optional<engine::Memory>& memory = home_->live->memory;
  if (!memory) memory = store_->memory(instance_, kMemory);
  return memory ? store_->view(*memory) : engine::MemoryView({});
}

Execution::Outcome Execution::call() {
  if (!request_.function) {
    finish({});
    return {};
  }
  return call_guest(*function_, lowered_.values, Step::kCalled);
}

/// Lifts the results; then the guest may free what it returned.
Execution::Outcome Execution::called() {
  const auto& [type, number, index, interface, abi, post_return, name] = *function_;
  values_ = interface == nullptr
                ? lift_results(type, lowered_.values)
                : TRY(lift_result(*interface, abi, lowered_.values, memory()));
  if (post_return == nullptr) {
    finish({});
    return {};
  }
  if (!type.results.empty()) block_[0] = lowered_.values.front();
  return call_guest(*post_return, block_, Step::kReleased);
}

Execution::Outcome Execution::call_guest(const ExportedFunction& function,
                                         std::span<RawValue> values, Step next) {
  step_ = next;
  const engine::Function target = TRY(find_in(*home_->live, function));
  if (!on_fiber_) return store_->call(target, values);
  guest_ = store_->start_call(target, function.type, values);
  return {};
}

/// How the guest ended; null when it has not.
std::optional<Execution::Outcome> Execution::resume_guest() {
  arm();
  if (guest_->resume()) {
    Outcome outcome = guest_->take();
    guest_.reset();
    return outcome;
  }
  store_->disarm();
  return std::nullopt;
}

void Execution::arm() {
  const bool sliced = driver_.time_slice.count() != 0;
  store_->arm(scope_.deadline, sliced ? Clock::now() + driver_.time_slice : engine::kNoDeadline);
  // A cancellation between the subscription and this would be lost.
  if (request_.cancellation.is_cancelled()) store_->interrupt().cancel();
}

/// The guest has ended. What capabilities did for it lasts if it succeeded.
void Execution::finish(Outcome outcome) {
  if (!scope_.states || scope_.is_dry_run || !has_succeeded(outcome)) {
    end(std::move(outcome));
    return;
  }
  step_ = Step::kCommit;
  ending_ = std::move(outcome);
  commit_ = std::make_shared<CommitWait>(driver_.waker);
  const auto& states = scope_.states;
  states->commit([wait = commit_, states](Result<void> result) { wait->done(std::move(result)); });
  commit();
}

void Execution::commit() {
  const auto result = commit_->result();
  waits_ = !result;
  if (!result) return;
  end(*result ? std::move(ending_) : std::unexpected(result->error()));
}

void Execution::end(Outcome outcome) {
  step_ = Step::kEnded;
  scope_.states.reset();
  waits_ = false;
  ExecutionUsage usage;
  if (!outcome) {
    LiveInstance* live = home_ != nullptr && home_->live ? &*home_->live : nullptr;
    outcome = std::unexpected(
        account_for(request_.module, live, scope_.gas, std::move(outcome).error()));
  }
  scope_.gas.close();
  usage.gas = scope_.gas.used();
  usage.peak_gas = scope_.gas.peak();
  if (entered_) {
    guest_.reset();
    if (request_.module.gas_counters && home_->live) {
      request_.module.gas_counters->collect(*store_, instance_);
    }
    store_->disarm();
    store_->set_user(nullptr);
    finish_profile();
    usage.peak_memory_bytes = store_->peak_memory_bytes();
  }
  result_ = settle(outcome);
  interrupt_.reset();
  request_.cancellation.unsubscribe(wake_subscription_);
  const Clock::time_point now = Clock::now();
  if (entered_) leave_home(outcome, now);
  admission_.leave();

  usage.duration_ns = static_cast<std::uint64_t>((now - started_).count());
  auto& result = *result_;
  const auto failure = result ? std::nullopt : std::optional(result.error().code());
  tell_span(usage, failure);
  request_.state.statistics.record_execution(usage, failure);
  request_.module.record->last_used.store(now, std::memory_order_relaxed);
  request_.module.record->statistics->record_execution(
      function_ == nullptr ? std::nullopt : std::optional(function_->number), usage, failure);
  if (result) {
    result->usage = usage;
  } else {
    result = std::unexpected(std::move(result).error().with_usage(usage));
  }
}

void Execution::tell_span(const ExecutionUsage& usage, std::optional<ErrorCode> failure) {
  if (!span_) return;
  span_->end({.module = scope_.module,
              .function = request_.function.value_or(std::string_view()),
              .tenant = scope_.tenant,
              .gas = usage.gas,
              .failure = failure});
}

void Execution::finish_profile() {
  if (!profiler_) return;
  store_->set_profiler(nullptr);
  // What the engine cannot write is no reason to lose the execution's result.
  request_.context.guest_profile()->set_json(profiler_->finish().value_or(std::string()));
  profiler_.reset();
}

/// What a stopped guest left behind is not trusted.
void Execution::leave_home(const Outcome& outcome, Clock::time_point now) {
  if (outcome) {
    home_->succeeded(now);
  } else if (std::holds_alternative<Error>(outcome.error())) {
    home_->failed(now);
  } else {
    home_->live.reset();
  }
  fresh_.reset();
  own_home_.reset();
}

Result<ExecutionResult> Execution::settle(Outcome outcome) {
  if (outcome) {
    return ExecutionResult{.values = std::move(values_), .exit_code = {}};
  }
  if (const auto* exit = std::get_if<engine::ProcessExit>(&outcome.error())) {
    return ExecutionResult{.values = {}, .exit_code = exit->code};
  }
  Error error = std::get<Error>(std::move(outcome).error());
  if (!error.where().empty()) return std::unexpected(std::move(error));
  return std::unexpected(std::move(error).at(
      request_.function ? call_place(request_.module, *request_.function)
                        : request_.module.info.name));
}

Result<ExecutionResult> Execution::take_result() { return std::move(*result_); }

void CommitWait::done(Result<void> result) {
  {
    const Lock<Mutex> lock(mutex_);
    result_ = std::move(result);
  }
  waker_->wake();
}

std::optional<Result<void>> CommitWait::result() const {
  const Lock<Mutex> lock(mutex_);
  return result_;
}

bool is_run_again(const ExecutionRequest& request, const Result<ExecutionResult>& result,
                  std::uint32_t attempts) {
  return !result && result.error().code() == ErrorCode::kStorageConflict &&
         attempts < request.context.conflict_retries() && !request.context.parent() &&
         !request.context.gas_part() && !request.module.is_persistent();
}

Result<ExecutionResult> run_blocking(const ExecutionRequest& request, InstanceHome* home) {
  const auto& [parker, waker] = Parker::of_this_thread();
  ExecutionRequest attempt = request;
  for (std::uint32_t attempts = 0;; ++attempts) {
    Execution execution(attempt, {.waker = waker}, home);
    while (execution.advance() != Execution::Progress::kEnded) parker->park(execution.deadline());
    auto result = execution.take_result();
    if (home != nullptr || !is_run_again(request, result, attempts)) return result;
    attempt.started = execution.started();
  }
}

}  // namespace synapsed
