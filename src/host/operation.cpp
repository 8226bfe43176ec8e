#include "host/operation.hpp"

#include <algorithm>
#include <utility>

#include <synapsed/host_binding.hpp>

namespace synapsed::host_detail {

// What callbacks hold is let go outside the lock: it may hold the operation itself.

bool Operation::settle(StopHandle stop, std::vector<RawValue> results) {
  std::shared_ptr<Waker> waker;
  std::function<void()> dropped;
  {
    const Lock<Mutex> lock(mutex_);
    if (state_ != State::kPending) return false;
    state_ = State::kSettled;
    outcome_.stop = std::move(stop);
    outcome_.results = std::move(results);
    waker = std::move(waker_);
    dropped = std::exchange(on_cancel_, nullptr);
  }
  waker->wake();
  return true;
}

void Operation::on_cancel(std::function<void()> callback) {
  {
    const Lock<Mutex> lock(mutex_);
    if (state_ == State::kSettled) return;
    if (state_ == State::kPending) {
      std::swap(on_cancel_, callback);
      return;
    }
  }
  callback();
}

bool Operation::is_cancelled() const {
  const Lock<Mutex> lock(mutex_);
  return state_ == State::kCancelled;
}

void Operation::write(std::uint32_t offset, std::span<const std::byte> bytes) {
  const Lock<Mutex> lock(mutex_);
  if (state_ != State::kPending) return;
  auto& writes = outcome_.writes;
  auto found = std::ranges::find(writes, offset, &Write::offset);
  if (found == writes.end()) found = writes.insert(found, {.offset = offset, .bytes = {}});
  found->bytes.assign(bytes.begin(), bytes.end());
}

bool Operation::is_settled() const {
  const Lock<Mutex> lock(mutex_);
  return state_ == State::kSettled;
}

void Operation::cancel() {
  std::function<void()> callback;
  std::shared_ptr<Waker> dropped;
  {
    const Lock<Mutex> lock(mutex_);
    if (state_ != State::kPending) return;
    state_ = State::kCancelled;
    callback = std::exchange(on_cancel_, nullptr);
    dropped = std::move(waker_);
  }
  if (callback) callback();
}

Operation::Outcome Operation::take() {
  const Lock<Mutex> lock(mutex_);
  return std::move(outcome_);
}

bool settle(Operation& operation, StopHandle stop, std::vector<RawValue> results) {
  return operation.settle(std::move(stop), std::move(results));
}

void on_cancel(Operation& operation, std::function<void()> callback) {
  operation.on_cancel(std::move(callback));
}

bool is_cancelled(const Operation& operation) { return operation.is_cancelled(); }

CompletionGuard::~CompletionGuard() {
  operation->settle(std::make_unique<Stop>(Error(
                        ErrorCode::kHostFunctionFailed,
                        "an asynchronous host function ended without completing its call")),
                    {});
}

}  // namespace synapsed::host_detail
