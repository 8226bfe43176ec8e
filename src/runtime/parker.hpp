#pragma once

/// \file
/// A thread that waits with its execution. Thread rule: `park` is its own thread's.

#include <chrono>
#include <memory>

#include "base/sync.hpp"
#include "base/waker.hpp"

namespace synapsed {

class Parker : public Waker {
 public:
  /// The calling thread's, as a waker and as what it is.
  struct Handle {
    std::shared_ptr<Parker> parker;
    std::shared_ptr<Waker> waker;
  };
  [[nodiscard]] static const Handle& of_this_thread();

  void wake() override;
  /// Waits until it was woken since the last call, or `deadline` passes.
  void park(std::chrono::steady_clock::time_point deadline);

 private:
  Mutex mutex_;
  Condition woken_;
  bool is_woken_ = false;
};

}  // namespace synapsed
