#pragma once

/// \file
/// A thread that does one task after the other, started with the first. Thread rule: safe from any
/// thread.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace synapsed::storage {

class Worker {
 public:
  Worker() = default;
  /// After all tasks.
  ~Worker() {
    {
      const std::unique_lock lock(mutex_);
      is_ending_ = true;
    }
    posted_.notify_one();
    if (thread_.joinable()) thread_.join();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void post(std::function<void()> task) {
    const std::unique_lock lock(mutex_);
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    tasks_.push_back(std::move(task));
    posted_.notify_one();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      posted_.wait(lock, [&] { return is_ending_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      const auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<std::function<void()>> tasks_;  // guarded by mutex_, as what follows
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace synapsed::storage
