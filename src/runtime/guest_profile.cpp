#include <synapsed/guest_profile.hpp>

#include <utility>

#include "base/sync.hpp"

namespace synapsed {

struct GuestProfile::State {
  std::chrono::nanoseconds interval;
  Mutex mutex;
  std::string json;  // under mutex
};

GuestProfile::GuestProfile(std::chrono::nanoseconds interval)
    : state_(std::make_shared<State>()) {
  state_->interval = interval;
}

std::string GuestProfile::json() const {
  const Lock<Mutex> lock(state_->mutex);
  return state_->json;
}

std::chrono::nanoseconds GuestProfile::interval() const { return state_->interval; }

void GuestProfile::set_json(std::string json) const {
  const Lock<Mutex> lock(state_->mutex);
  state_->json = std::move(json);
}

}  // namespace synapsed
