#pragma once

/// \file
/// Locks that are real where there are threads and nothing where there is one (wasm32-wasi).

#if defined(__wasi__) && !defined(_REENTRANT)
#define SYNAPSED_SINGLE_THREAD 1
#else
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#endif

#include <chrono>

namespace synapsed {

#ifdef SYNAPSED_SINGLE_THREAD

struct Mutex {
  void lock() {}
  void unlock() {}
  bool try_lock() { return true; }
  void lock_shared() {}
  void unlock_shared() {}
};
using SharedMutex = Mutex;
using RecursiveMutex = Mutex;

template <typename M>
class [[nodiscard]] Lock {
 public:
  explicit Lock(M&) {}
  ~Lock() {}
};
template <typename M>
using SharedLock = Lock<M>;

/// On one thread nobody else could make a condition true: waiting only asks whether it is.
class Condition {
 public:
  void notify_one() {}
  void notify_all() {}
  template <typename Predicate>
  void wait(Lock<Mutex>&, Predicate) {}
  template <typename Predicate>
  bool wait_until(Lock<Mutex>&, std::chrono::steady_clock::time_point, Predicate ready) {
    return ready();
  }
};

#else

using Mutex = std::mutex;
using SharedMutex = std::shared_mutex;
using RecursiveMutex = std::recursive_mutex;
template <typename M>
using Lock = std::unique_lock<M>;
template <typename M>
using SharedLock = std::shared_lock<M>;
using Condition = std::condition_variable;

#endif

}  // namespace synapsed
