#pragma once

/// \file
/// Gives up on a run that does not come back.
///
/// The engine interrupts a guest that computes. It cannot interrupt one that is inside a host call
/// (reading standard input, sleeping), so a run that is still not over some time after it should
/// have been is reported from another thread, and the process left.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace synapsed::cli {

/// Thread rule: safe from any thread; the destructor runs on the thread that constructed it.
class Watchdog {
 public:
  using Clock = std::chrono::steady_clock;

  /// `give_up` runs at most once, on the watchdog's thread, `grace` after the earliest end that
  /// was expected; it is expected to leave the process.
  Watchdog(std::chrono::nanoseconds grace, std::function<void()> give_up);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  void expect_end_at(Clock::time_point when);

  /// The run is over: from now on `give_up` does not start. False when it has; it is then over too.
  [[nodiscard]] bool stand_down();

 private:
  void watch();

  const std::chrono::nanoseconds grace_;
  const std::function<void()> give_up_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Clock::time_point> expected_end_;
  bool over_ = false;
  bool giving_up_ = false;
  bool gave_up_ = false;
  std::thread thread_;
};

}  // namespace synapsed::cli
