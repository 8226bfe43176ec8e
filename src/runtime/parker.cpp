#include "runtime/parker.hpp"

#include <utility>

namespace synapsed {

const Parker::Handle& Parker::of_this_thread() {
  thread_local const Handle handle = [] {
    auto parker = std::make_shared<Parker>();
    return Handle{.parker = parker, .waker = parker};
  }();
  return handle;
}

void Parker::wake() {
  {
    const Lock<Mutex> lock(mutex_);
    is_woken_ = true;
  }
  woken_.notify_one();
}

void Parker::park(std::chrono::steady_clock::time_point deadline) {
  Lock<Mutex> lock(mutex_);
  const auto woken = [this] { return std::exchange(is_woken_, false); };
  if (deadline == std::chrono::steady_clock::time_point::max()) {
    woken_.wait(lock, woken);
  } else {
    woken_.wait_until(lock, deadline, woken);
  }
}

}  // namespace synapsed
