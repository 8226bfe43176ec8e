#include "runtime/async_execution.hpp"

#include <utility>

namespace synapsed {

AsyncExecution::AsyncExecution(Parts parts)
    : parts_(std::move(parts)),
      token_(CancelToken::any(parts_.context.cancellation(), cancel_.token())) {}

void AsyncExecution::start() {
  const auto self = shared_from_this();
  self_ = self;
  begin(request());
  parts_.state->in_flight.add(self);
  post();
}

ExecutionRequest AsyncExecution::request() const {
  return {.state = *parts_.state,
          .module = *parts_.module,
          .function = parts_.function,
          .arguments = parts_.arguments,
          .context = parts_.context,
          .cancellation = token_};
}

void AsyncExecution::begin(const ExecutionRequest& request) {
  execution_.emplace(request, ExecutionDriver{.waker = self_,
                                              .time_slice = parts_.state->config.async.time_slice,
                                              .gas_slice = parts_.state->config.async.gas_slice});
}

void AsyncExecution::cancel() { cancel_.cancel(); }

void AsyncExecution::wake() {
  State seen = progress_.load();
  for (;;) {
    State next = seen;
    if (seen == State::kIdle) next = State::kPosted;
    if (seen == State::kRunning) next = State::kNotified;
    if (next == seen) return;  // it will look, or has settled
    if (progress_.compare_exchange_weak(seen, next)) break;
  }
  if (seen == State::kIdle) post();
}

void AsyncExecution::post() {
  parts_.executor->post([self = shared_from_this()] { self->run(); });
}

void AsyncExecution::run() {
  for (;;) {
    progress_.store(State::kRunning);
    switch (execution_->advance()) {
      case Execution::Progress::kEnded: settle(); return;
      case Execution::Progress::kYielded:
        progress_.store(State::kPosted);
        post();
        return;
      case Execution::Progress::kWaiting: break;
    }
    wait_for_deadline();
    State expected = State::kRunning;
    if (progress_.compare_exchange_strong(expected, State::kIdle)) return;
  }
}

/// Nobody but the executor's timer tells an execution that waits that its time is up.
void AsyncExecution::wait_for_deadline() {
  if (cancel_timer_ || execution_->deadline() == engine::kNoDeadline) return;
  cancel_timer_ = parts_.executor->post_at(execution_->deadline(), [weak = weak_from_this()] {
    if (const auto execution = weak.lock()) execution->wake();
  });
}

void AsyncExecution::settle() {
  const auto self = shared_from_this();
  auto result = execution_->take_result();
  ExecutionRequest again = request();
  if (is_run_again(again, result, attempts_)) {
    ++attempts_;
    again.started = execution_->started();
    begin(again);
    progress_.store(State::kPosted);
    post();
    return;
  }
  progress_.store(State::kSettled);
  if (cancel_timer_) std::exchange(cancel_timer_, nullptr)();
  execution_.reset();
  self_.reset();
  parts_.state->in_flight.remove(self);
  std::exchange(parts_.completion, nullptr)(std::move(result));
}

}  // namespace synapsed
