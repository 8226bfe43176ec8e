#pragma once

/// \file
/// Tells subscribers of commits, those of this process at once and those of others by looking. Its
/// thread runs while there are subscribers.
///
/// Thread rule: safe from any thread; callbacks run on its thread, one at a time.

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "storage/backend.hpp"

namespace synapsed::storage {

class ChangeFeed {
 public:
  explicit ChangeFeed(Backend& backend) : backend_(backend) {}
  ~ChangeFeed();
  ChangeFeed(const ChangeFeed&) = delete;
  ChangeFeed& operator=(const ChangeFeed&) = delete;

  struct Subscriber {
    SubscribeOptions options;
    ChangeCallback callback;
    Version last = 0;  ///< that it was told of
    bool is_over = false;
  };
  [[nodiscard]] Result<std::shared_ptr<Subscriber>> add(SubscribeOptions options,
                                                        ChangeCallback callback);
  /// Then its callback is not running, unless this is called by it, and never will.
  void remove(const std::shared_ptr<Subscriber>& subscriber);
  /// Something was committed.
  void notify();

 private:
  void run();
  /// Without the lock, but for the subscriber's own fields.
  void tell(Subscriber& subscriber);
  [[nodiscard]] Result<std::vector<std::vector<Change>>> news(Subscriber& subscriber);

  Backend& backend_;
  std::mutex mutex_;
  std::condition_variable notified_;
  std::condition_variable told_;
  std::list<std::shared_ptr<Subscriber>> subscribers_;  // guarded by mutex_, as what follows
  std::shared_ptr<Subscriber> being_told_;
  bool has_news_ = false;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace synapsed::storage
