#include "runtime/instances.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/units.hpp"

namespace synapsed {
namespace {

std::chrono::nanoseconds pause_after(const RestartPolicy& policy, std::uint32_t failures) {
  std::chrono::nanoseconds pause = policy.first_pause;
  for (std::uint32_t i = 1; i < failures && pause < policy.pause_max; ++i) {
    pause = pause > policy.pause_max / 2 ? policy.pause_max : pause * 2;
  }
  return std::min(pause, policy.pause_max);
}

}  // namespace

Result<void> InstanceHome::admit() const {
  if (live || !has_failed_) return {};
  if (restart_policy.kind == RestartPolicy::Kind::kNever) {
    return std::unexpected(
        Error(ErrorCode::kInstanceStopped, "the module's instance failed and is not restarted")
            .help("open a new session, or load the module again with another restart policy"));
  }
  const Time now = std::chrono::steady_clock::now();
  if (restart_policy.kind == RestartPolicy::Kind::kBackoff && now < retry_at_) {
    return std::unexpected(
        Error(ErrorCode::kInstanceStopped,
              fmt::format("the module's instance failed {} time{} in a row, and restarts in {}",
                          failures_in_a_row_, failures_in_a_row_ == 1 ? "" : "s",
                          format_duration(retry_at_ - now))));
  }
  return {};
}

void InstanceHome::made() {
  ++number_;
  if (has_failed_) restarts_.fetch_add(1);
  has_failed_ = false;
}

void InstanceHome::succeeded(Time now) {
  failures_in_a_row_ = 0;
  last_used_ = now;
}

void InstanceHome::failed(Time now) {
  live.reset();
  has_failed_ = true;
  ++failures_in_a_row_;
  retry_at_ = now + pause_after(restart_policy, failures_in_a_row_);
}

}  // namespace synapsed
