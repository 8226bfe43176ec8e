#include <synapsed/cancel.hpp>

#include <atomic>
#include <map>
#include <utility>
#include <vector>

#include "base/sync.hpp"

namespace synapsed {

struct CancelToken::State {
  std::atomic<bool> is_cancelled{false};
  // Held while callbacks run, so that unsubscribe waits for them. Recursive: a callback may let the
  // last holder of a joined token go, which then unsubscribes.
  RecursiveMutex mutex;
  std::uint64_t next_id = 1;
  std::map<std::uint64_t, std::function<void()>> callbacks;
  std::vector<std::pair<CancelToken, std::uint64_t>> upstream;  // that cancel this one
  std::vector<std::shared_ptr<void>> kept;

  ~State() {
    for (const auto& [token, id] : upstream) token.unsubscribe(id);
  }
};

CancelToken CancelToken::any(const CancelToken& first, const CancelToken& second) {
  if (!first.can_be_cancelled()) return second;
  if (!second.can_be_cancelled()) return first;
  const CancelSource joined;
  for (const CancelToken& token : {first, second}) {
    const std::uint64_t id = token.subscribe(joined.weak_cancel());
    joined.state_->upstream.emplace_back(token, id);
  }
  return joined.token();
}

// Sequentially consistent: who stores "I run" and then asks here is either told, or seen running
// by who cancels.
bool CancelToken::is_cancelled() const {
  return state_ && state_->is_cancelled.load();
}

std::uint64_t CancelToken::subscribe(std::function<void()> callback) const {
  if (!state_) return 0;
  const Lock<RecursiveMutex> lock(state_->mutex);
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
  const Lock<RecursiveMutex> lock(state_->mutex);
  state_->callbacks.erase(id);
}

CancelSource::CancelSource() : state_(std::make_shared<CancelToken::State>()) {}

std::function<void()> CancelSource::weak_cancel() const {
  return [weak = std::weak_ptr(state_)] {
    if (auto state = weak.lock()) CancelSource(std::move(state)).cancel();
  };
}

void CancelSource::keep(std::shared_ptr<void> owned) const {
  const Lock<RecursiveMutex> lock(state_->mutex);
  state_->kept.push_back(std::move(owned));
}

void CancelSource::cancel() const {
  const Lock<RecursiveMutex> lock(state_->mutex);
  if (state_->is_cancelled.exchange(true)) return;
  while (!state_->callbacks.empty()) {
    const auto first = state_->callbacks.extract(state_->callbacks.begin());
    first.mapped()();
  }
}

}  // namespace synapsed
