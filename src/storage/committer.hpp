#pragma once

/// \file
/// Makes commits last, several at once: those that come while others are written wait for one fsync
/// together. On a backend that is not durable each is made by its own thread at once.
///
/// Every request is answered once. One that was answered with success lasts; one with an error was not
/// made, but for `storage.unavailable` with the words that it is not known.
///
/// Thread rule: safe from any thread.

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "storage/backend.hpp"
#include "storage/commit_group.hpp"

namespace synapsed::storage {

class Committer {
 public:
  /// `committed` is called after each group that changed something.
  Committer(Backend& backend, const StorageOptions& options, std::function<void()> committed);
  /// After everything that was submitted. Also from what a request's `done` holds, on the thread that
  /// called it: whoever was told may have given the storage up.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  void submit(CommitRequest request);

 private:
  using Group = std::vector<CommitRequest>;

  /// What waits. The thread holds it longer than the committer, if it is what ends that.
  struct Queue {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<CommitRequest> requests;
    bool is_ending = false;

    /// Everything, within reason; waits for something. Empty: it is over.
    [[nodiscard]] Group take();
  };

  /// Until it is over; then the committer may be gone.
  void commit_all(const std::shared_ptr<Queue>& queue);
  void commit(Group& group);
  /// One result for each.
  [[nodiscard]] std::vector<Result<void>> try_commit(const Group& group);
  Result<void> write(CommitGroup& commits, std::unique_ptr<BackendWriter> writer, Version last);
  [[nodiscard]] Result<void> look_whether_made(const HistoryEntry& entry, Error error);

  Backend& backend_;
  const StorageOptions& options_;
  const std::function<void()> committed_;

  std::mutex commit_mutex_;
  HistoryCache history_;  // guarded by commit_mutex_

  const std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
  std::thread thread_;  // none on a backend that is not durable
};

}  // namespace synapsed::storage
