#include "runtime/admission.hpp"

#include <string_view>

#include <fmt/format.h>

namespace synapsed {

Result<bool> Admission::pass(RuntimeState& state, Gate* module_gate,
                             const std::string& tenant, const std::shared_ptr<Waker>& waker) {
  constexpr std::array<std::string_view, 3> kNames{"tenant", "module", "runtime"};
  for (; passed_ < places_.size(); ++passed_) {
    Gate::Place& place = places_[passed_];
    if (!queued_) {
      if (passed_ == 0) tenant_gate_ = state.tenant_gates.find(tenant);
      const std::array gates{tenant_gate_.get(), module_gate, state.gate.get()};
      Gate* const gate = gates[passed_];
      if (gate == nullptr) continue;
      if (!gate->enter(place, waker)) {
        return std::unexpected(
            Error(ErrorCode::kQueueFull,
                  fmt::format("{} executions of this {} wait already",
                              state.config.admission.queue_max, kNames[passed_]))
                .help("try again later, or raise admission.queue_max"));
      }
    }
    queued_ = !place.is_inside();
    if (queued_) return false;
  }
  return true;
}

void Admission::leave() {
  for (auto place = places_.rbegin(); place != places_.rend(); ++place) place->leave();
}

}  // namespace synapsed
