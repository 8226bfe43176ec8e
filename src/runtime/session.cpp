#include "runtime/session.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/try.hpp"
#include "host/values.hpp"
#include "runtime/exports.hpp"
#include "runtime/interrupt_on_cancel.hpp"
#include "runtime/metering.hpp"
#include "runtime/parker.hpp"
#include "runtime/running.hpp"

namespace synapsed {

namespace session_detail {

/// What a typed call looks up once.
struct Target {
  std::shared_ptr<Session::Impl> session;
  std::string name;
  const FunctionType& type;  // the module's own
  std::uint64_t instance_number;
  engine::Function function;
};

}  // namespace session_detail

namespace {

using session_detail::Target;
using Clock = std::chrono::steady_clock;

class Busy {
 public:
  explicit Busy(Session::Impl& session) : session_(session) { session_.is_busy = true; }
  ~Busy() { session_.is_busy = false; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  Session::Impl& session_;
};

Result<void> check_no_part(const ExecutionContext& context) {
  if (!context.gas_part()) return {};
  return std::unexpected(
      Error(ErrorCode::kInvalidConfig, "a session cannot be given a part of another's gas")
          .help("a part serves one execution: give it to each call by execute_function"));
}

/// Has what capabilities did for a call last.
Result<void> commit_and_wait(const std::shared_ptr<ExecutionStates>& states) {
  const auto& [parker, waker] = Parker::of_this_thread();
  const auto wait = std::make_shared<CommitWait>(waker);
  states->commit([wait, states](Result<void> result) { wait->done(std::move(result)); });
  auto result = wait->result();
  for (; !result; result = wait->result()) parker->park(engine::kNoDeadline);
  return *result;
}

/// The typed call of a guest that may wait: an execution like any other.
Result<void> call_waiting(const Target& target, std::span<RawValue> values) {
  std::vector<WasmValue> arguments;
  for (std::size_t i = 0; i < target.type.params.size(); ++i) {
    arguments.push_back(lift_value(target.type.params[i], values[i]));
  }
  const ExecutionResult result = TRY(target.session->run(target.name, arguments));
  if (result.exit_code) {
    return std::unexpected(target.session->stopped(engine::ProcessExit{*result.exit_code},
                                                   target.name));
  }
  for (std::size_t i = 0; i < result.values.size(); ++i) {
    values[i] = lower_value(target.type.results[i], result.values[i]).value();
  }
  return {};
}

}  // namespace

Session::Session(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Session::Impl::Impl(std::shared_ptr<RuntimeState> runtime_state,
                    std::shared_ptr<LoadedModule> loaded, ExecutionContext given, Holds holds)
    : state(std::move(runtime_state)),
      module(std::move(loaded)),
      context(std::move(given)),
      home(module->is_persistent() && holds == Holds::kModules ? &module->record->persistent : &own_home),
      scope(scope_of(*module, context, context.cancellation(), GasAccount(std::nullopt))) {
  own_home.restart_policy = RestartPolicy::never();
  if (const Trace* trace = context.trace()) scope.trace.emplace(*trace);
  scope.is_deterministic = state->config.security.enable_deterministic_execution;
}

Session::Impl::~Impl() { state->statistics.record_session_calls(typed_calls); }

Result<void> Session::Impl::open() {
  limits = TRY(execution_limits(state->config, context));
  TRY(check_no_part(context));
  const bool is_own = home == &own_home;
  TRY(Running::check(*module, is_own));
  scope.deadline = limits.deadline_from(Clock::now());
  const auto& [parker, waker] = Parker::of_this_thread();
  const CancelToken& token = context.cancellation();
  const std::uint64_t subscription = token.subscribe([wake = waker] { wake->wake(); });
  Result<bool> passed = false;
  while (passed && !*passed) {
    if (auto stopped = scope.stop_reason()) {
      passed = std::unexpected(std::move(*stopped));
      break;
    }
    Gate* gate = is_own && module->is_persistent() ? nullptr : module->record->gate.get();
    passed = admission.pass(*state, gate, context.tenant(), waker);
    if (passed && !*passed) parker->park(scope.deadline);
  }
  token.unsubscribe(subscription);
  if (!passed) return std::unexpected(std::move(passed).error().at(module->info.name));
  const ContextWasi answered = answered_by(context, module->context_wasi);
  waits = TRY(module->current_links(*state, answered, context.trace() != nullptr))->waits;
  TRY(run(std::nullopt, {}));
  return {};
}

Result<void> Session::Impl::check_idle() const {
  if (!is_busy) return {};
  return std::unexpected(Error(ErrorCode::kReentrant,
                               "a host function called back into the session that is calling it"));
}

Result<ExecutionResult> Session::Impl::run(std::optional<std::string_view> function,
                                           std::span<const WasmValue> arguments) {
  TRY(check_idle());
  const Busy busy(*this);
  return run_blocking({.state = *state,
                       .module = *module,
                       .function = function,
                       .arguments = arguments,
                       .context = context,
                       .cancellation = context.cancellation()},
                      home);
}

Result<Snapshot> Session::Impl::take_snapshot() {
  TRY(check_idle());
  TRY(check_has_layout(*module));
  if (!home->live) {
    return std::unexpected(Error(ErrorCode::kInstanceStopped, "the session's instance is gone")
                               .at(module->info.name));
  }
  auto taken = take_state(*state, *module, *home->live);
  if (taken) return taken;
  return std::unexpected(std::move(taken).error().at(module->info.name));
}

Result<void> Session::Impl::restore(const Snapshot& snapshot) {
  TRY(check_idle());
  const Busy busy(*this);
  ExecutionContext from = context;
  from.with_snapshot(snapshot);
  InstanceHome made;
  TRY(run_blocking({.state = *state,
                    .module = *module,
                    .function = std::nullopt,
                    .arguments = {},
                    .context = from,
                    .cancellation = context.cancellation()},
                   &made));
  home->live = std::move(made.live);
  home->made();
  home->succeeded(Clock::now());
  return {};
}

Error Session::Impl::stopped(engine::Stop stop, const std::string& function) {
  std::string where = call_place(*module, function);
  if (const auto* exit = std::get_if<engine::ProcessExit>(&stop)) {
    home->live.reset();
    return Error(ErrorCode::kInstanceStopped,
                 fmt::format("the guest ended itself with code {}", exit->code))
        .at(std::move(where));
  }
  home->failed(Clock::now());
  return std::get<Error>(std::move(stop)).at(std::move(where));
}

Result<ExecutionResult> Session::call(std::string_view function,
                                      std::span<const WasmValue> arguments) {
  return impl_->run(function, arguments);
}

Result<ExecutionResult> Session::call(std::string_view function,
                                      std::initializer_list<WasmValue> arguments) {
  return call(function, std::span(arguments.begin(), arguments.size()));
}

Result<Snapshot> Session::snapshot() { return impl_->take_snapshot(); }

Result<void> Session::restore(const Snapshot& snapshot) { return impl_->restore(snapshot); }

Result<Session> Session::fork() {
  ExecutionContext context = impl_->context;
  context.with_snapshot(TRY(impl_->take_snapshot()));
  return open_own_session(impl_->state, impl_->module, std::move(context));
}

Result<Session> open_own_session(std::shared_ptr<RuntimeState> state,
                                 std::shared_ptr<LoadedModule> module, ExecutionContext context) {
  auto session = std::make_shared<Session::Impl>(std::move(state), std::move(module),
                                                 std::move(context), Session::Impl::Holds::kOwn);
  TRY(session->open());
  return Session(std::move(session));
}

namespace session_detail {

Result<std::shared_ptr<const Target>> find(const std::shared_ptr<Session::Impl>& impl,
                                           std::string_view name, const FunctionType& type) {
  const ExportedFunction* exported = TRY(find_function(*impl->module, name));
  const FunctionType& actual = exported->type;
  if (actual != type) {
    return std::unexpected(Error(ErrorCode::kArgumentType,
                                 fmt::format("function \"{}\" has type {}, not {}", name,
                                             to_string(actual), to_string(type)))
                               .at(impl->module->info.name));
  }
  TRY(impl->home->admit());
  if (!impl->home->live) TRY(impl->run(std::nullopt, {}));
  const engine::Function function = TRY(find_in(*impl->home->live, *exported));
  return std::make_shared<const Target>(Target{.session = impl,
                                               .name = std::string(name),
                                               .type = actual,
                                               .instance_number = impl->home->number(),
                                               .function = function});
}

std::unique_ptr<Error> call(const Target& target, std::span<RawValue> values) {
  Session::Impl& session = *target.session;
  const auto refusal = [](const Result<void>& result) {
    return std::make_unique<Error>(result.error());
  };
  if (session.is_busy) return refusal(session.check_idle());
  if (!session.home->live || session.home->number() != target.instance_number) {
    return std::make_unique<Error>(
        Error(ErrorCode::kInstanceStopped, "the function's instance failed and is gone")
            .at(call_place(*session.module, target.name)));
  }
  if (session.waits) {
    const auto called = call_waiting(target, values);
    return called ? nullptr : refusal(called);
  }
  if (const auto room = engine::check_stack_room(session.module->module.engine()); !room) {
    return refusal(room);
  }
  const Running running(*session.module, nullptr);
  const Busy busy(session);
  ++session.typed_calls;
  engine::Store& store = session.home->live->store;
  session.scope.deadline = session.limits.deadline_from(
      session.limits.timeout.count() == 0 ? Clock::time_point{} : Clock::now());
  session.scope.gas = account_of(session.context);
  start_context_wasi(session.context, session.scope);
  std::optional<OpenSpan> span;
  if (session.scope.trace) span.emplace(*session.scope.trace);
  const auto tell_span = [&](std::optional<ErrorCode> failure) {
    if (!span) return;
    span->end({.module = session.scope.module,
               .function = target.name,
               .tenant = session.scope.tenant,
               .gas = session.scope.gas.used(),
               .failure = failure});
  };
  const std::uint64_t no_slice = 0;
  share_gas(*session.module, *session.home->live, session.scope.gas, no_slice);
  store.set_user(&session.scope);
  store.arm(session.scope.deadline);
  const InterruptOnCancel interrupt(session.scope.cancellation, store);
  auto outcome = store.call(target.function, values);
  store.disarm();
  const auto states = std::exchange(session.scope.states, nullptr);
  if (outcome && states) {
    if (auto committed = commit_and_wait(states); !committed) {
      outcome = std::unexpected(std::move(committed).error());
    }
  }
  if (outcome) {
    session.scope.gas.close();
    tell_span(std::nullopt);
    return nullptr;
  }
  engine::Stop stop =
      account_for(*session.module, &*session.home->live, session.scope.gas,
                  std::move(outcome).error());
  session.scope.gas.close();
  Error error = session.stopped(std::move(stop), target.name);
  tell_span(error.code());
  session.state->statistics.record_failure(error.code());
  return std::make_unique<Error>(std::move(error));
}

}  // namespace session_detail
}  // namespace synapsed
