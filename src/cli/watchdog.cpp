#include "cli/watchdog.hpp"

#include <algorithm>
#include <utility>

namespace synapsed::cli {

Watchdog::Watchdog(std::chrono::nanoseconds grace, std::function<void()> give_up)
    : grace_(grace), give_up_(std::move(give_up)), thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
  static_cast<void>(stand_down());
  thread_.join();
}

void Watchdog::expect_end_at(Clock::time_point when) {
  {
    const std::lock_guard lock(mutex_);
    expected_end_ = expected_end_ ? std::min(*expected_end_, when) : when;
  }
  changed_.notify_all();
}

bool Watchdog::stand_down() {
  std::unique_lock lock(mutex_);
  over_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !giving_up_ || gave_up_; });
  return !giving_up_;
}

void Watchdog::watch() {
  std::unique_lock lock(mutex_);
  while (!over_) {
    if (!expected_end_) {
      changed_.wait(lock);
    } else if (Clock::now() < *expected_end_ + grace_) {
      changed_.wait_until(lock, *expected_end_ + grace_);
    } else {
      break;
    }
  }
  if (over_) return;
  giving_up_ = true;
  lock.unlock();
  give_up_();
  lock.lock();
  gave_up_ = true;
  changed_.notify_all();
}

}  // namespace synapsed::cli
