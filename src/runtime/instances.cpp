#include "runtime/instances.hpp"

namespace synapsed {

PersistentInstance::Lease::~Lease() {
  if (owner_ == nullptr) return;
  {
    const Lock<Mutex> lock(owner_->mutex_);
    owner_->held_ = false;
    owner_->last_used_ = std::chrono::steady_clock::now();
  }
  owner_->released_.notify_all();  // a waiter that is being cancelled would swallow a single one
}

Result<PersistentInstance::Lease> PersistentInstance::acquire(engine::Deadline deadline,
                                                              const CancelToken& token) {
  // A cancellation must wake the wait; taking the lock keeps it from slipping in before the wait.
  const std::uint64_t subscription = token.subscribe([this] {
    { const Lock<Mutex> lock(mutex_); }
    released_.notify_all();
  });
  bool in_time = true;
  bool acquired = false;
  {
    Lock<Mutex> lock(mutex_);
    const auto ready = [&] { return !held_ || token.is_cancelled(); };
    if (deadline == engine::kNoDeadline) {
      released_.wait(lock, ready);
    } else {
      in_time = released_.wait_until(lock, deadline, ready);
    }
    acquired = in_time && !token.is_cancelled();
    if (acquired) held_ = true;
  }
  token.unsubscribe(subscription);
  if (acquired) return Lease(*this);
  if (in_time) return std::unexpected(Error(ErrorCode::kCancelled, "the execution was cancelled"));
  return std::unexpected(Error(
      ErrorCode::kDeadline,
      "the execution reached its deadline waiting for the module's persistent instance"));
}

bool PersistentInstance::reclaim() {
  const Lock<Mutex> lock(mutex_);
  if (held_ || !instance_) return false;
  instance_.reset();
  return true;
}

std::optional<std::chrono::steady_clock::time_point> PersistentInstance::idle_since() const {
  const Lock<Mutex> lock(mutex_);
  if (held_ || !instance_) return std::nullopt;
  return last_used_;
}

}  // namespace synapsed
