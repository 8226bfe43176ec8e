#include "runtime/gate.hpp"

#include <algorithm>

namespace synapsed {

bool Gate::Place::is_inside() const {
  if (gate_ == nullptr) return false;
  const Lock<Mutex> lock(gate_->mutex_);
  return state_ == State::kInside;
}

void Gate::Place::leave() {
  if (gate_ == nullptr) return;
  std::shared_ptr<Waker> next;
  {
    const Lock<Mutex> lock(gate_->mutex_);
    if (state_ == State::kQueued) {
      gate_->queue_.erase(position_);
    } else if (state_ == State::kInside && gate_->queue_.empty()) {
      --gate_->inside_;
    } else if (state_ == State::kInside) {
      Place& follower = *gate_->queue_.front();
      gate_->queue_.pop_front();
      follower.state_ = State::kInside;
      next = std::move(follower.waker_);
    }
    state_ = State::kNone;
  }
  gate_ = nullptr;
  if (next) next->wake();
}

bool Gate::enter(Place& place, const std::shared_ptr<Waker>& waker) {
  const Lock<Mutex> lock(mutex_);
  if (inside_ < inside_max_) {
    ++inside_;
    place.state_ = Place::State::kInside;
  } else if (queue_.size() < queue_max_) {
    place.state_ = Place::State::kQueued;
    place.waker_ = waker;
    place.position_ = queue_.insert(queue_.end(), &place);
  } else {
    return false;
  }
  place.gate_ = this;
  return true;
}

bool Gate::enter_if_idle(Place& place) {
  const Lock<Mutex> lock(mutex_);
  if (inside_ != 0) return false;
  ++inside_;
  place.state_ = Place::State::kInside;
  place.gate_ = this;
  return true;
}

std::shared_ptr<Gate> Gates::find(const std::string& name) {
  if (inside_max_ == 0) return nullptr;
  const Lock<Mutex> lock(mutex_);
  if (gates_.size() >= prune_at_) {
    std::erase_if(gates_, [](const auto& entry) { return entry.second.use_count() == 1; });
    prune_at_ = std::max<std::size_t>(64, gates_.size() * 2);
  }
  auto& gate = gates_[name];
  if (!gate) gate = std::make_shared<Gate>(inside_max_, queue_max_);
  return gate;
}

}  // namespace synapsed
