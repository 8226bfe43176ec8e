#pragma once

/// \file
/// One writer at a time, of the threads of a process. Thread rule: `WriterTurn` is safe from any
/// thread; what it gives may be dropped on another than it was taken on.

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include <synapsed/error.hpp>

namespace synapsed::storage {

class WriterTurn {
 public:
  struct End {
    void operator()(WriterTurn* turn) const { turn->end(); }
  };
  /// The turn, until it is dropped.
  using Taken = std::unique_ptr<WriterTurn, End>;

  /// Error: `storage.busy` when others have it for so long.
  [[nodiscard]] Result<Taken> take(std::chrono::milliseconds timeout, const std::string& where) {
    std::unique_lock lock(mutex_);
    if (!ended_.wait_for(lock, timeout, [&] { return !is_taken_; })) {
      return std::unexpected(Error(ErrorCode::kStorageBusy, "another writer is at work").at(where));
    }
    is_taken_ = true;
    return Taken(this);
  }

 private:
  void end() {
    {
      const std::unique_lock lock(mutex_);
      is_taken_ = false;
    }
    ended_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable ended_;
  bool is_taken_ = false;  // guarded by mutex_
};

}  // namespace synapsed::storage
