#include <synapsed/cancel.hpp>

#include <atomic>
#include <map>

#include "base/sync.hpp"

namespace synapsed {

struct CancelToken::State {
  std::atomic<bool> is_cancelled{false};
  Mutex mutex;  // held while callbacks run, so that unsubscribe waits for them
  std::uint64_t next_id = 1;
  std::map<std::uint64_t, std::function<void()>> callbacks;
};

bool CancelToken::is_cancelled() const {
  return state_ && state_->is_cancelled.load(std::memory_order_acquire);
}

std::uint64_t CancelToken::subscribe(std::function<void()> callback) const {
  if (!state_) return 0;
  const Lock<Mutex> lock(state_->mutex);
  if (is_cancelled()) {
    callback();
    return 0;
  }
  const std::uint64_t id = state_->next_id++;
  state_->callbacks.emplace(id, std::move(callback));
  return id;
}

void CancelToken::unsubscribe(std::uint64_t id) const {
  if (!state_ || id == 0) return;
  const Lock<Mutex> lock(state_->mutex);
  state_->callbacks.erase(id);
}

CancelSource::CancelSource() : state_(std::make_shared<CancelToken::State>()) {}

void CancelSource::cancel() const {
  const Lock<Mutex> lock(state_->mutex);
  if (state_->is_cancelled.exchange(true, std::memory_order_acq_rel)) return;
  for (const auto& [id, callback] : state_->callbacks) callback();
}

}  // namespace synapsed
