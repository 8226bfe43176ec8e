#include "storage/committer.hpp"

#include <chrono>
#include <utility>

#include "base/try.hpp"

namespace synapsed::storage {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kGroupMost = 256;
constexpr std::size_t kGroupChangesMost = 100'000;
constexpr std::chrono::milliseconds kLookAgain{50};

}  // namespace

Committer::Committer(Backend& backend, const StorageOptions& options,
                     std::function<void()> committed)
    : backend_(backend), options_(options), committed_(std::move(committed)) {
  if (!backend.is_durable()) return;
  thread_ = std::thread([this, queue = queue_] { commit_all(queue); });
}

Committer::~Committer() {
  if (!thread_.joinable()) return;
  {
    const std::unique_lock lock(queue_->mutex);
    queue_->is_ending = true;
  }
  queue_->changed.notify_one();
  if (thread_.get_id() != std::this_thread::get_id()) {
    thread_.join();
    return;
  }
  commit_all(queue_);
  thread_.detach();  // it has nothing left to do
}

void Committer::submit(CommitRequest request) {
  if (!thread_.joinable()) {
    Group group;
    group.push_back(std::move(request));
    commit(group);
    return;
  }
  {
    const std::unique_lock lock(queue_->mutex);
    queue_->requests.push_back(std::move(request));
  }
  queue_->changed.notify_one();
}

void Committer::commit_all(const std::shared_ptr<Queue>& queue) {
  for (;;) {
    Group group = queue->take();
    if (group.empty()) return;
    commit(group);
    group.clear();  // which may end this
  }
}

Committer::Group Committer::Queue::take() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return is_ending || !requests.empty(); });
  Group group;
  std::size_t changes = 0;
  while (!requests.empty() && group.size() < kGroupMost && changes < kGroupChangesMost) {
    changes += requests.front().changes.size();
    group.push_back(std::move(requests.front()));
    requests.pop_front();
  }
  return group;
}

void Committer::commit(Group& group) {
  std::vector<Result<void>> results;
  {
    const std::unique_lock lock(commit_mutex_);
    results = try_commit(group);
  }
  bool is_changed = false;
  for (std::size_t i = 0; i < group.size(); ++i) {
    is_changed = is_changed || results[i].has_value();
    group[i].done(std::move(results[i]));
  }
  if (is_changed) committed_();
}

std::vector<Result<void>> Committer::try_commit(const Group& group) {
  const auto all = [&](const Error& error) {
    return std::vector<Result<void>>(group.size(), std::unexpected(error));
  };
  auto writer = backend_.write();
  if (!writer) return all(writer.error());
  const auto last = read_version(**writer);
  if (!last) return all(last.error());
  if (const auto caught_up = history_.catch_up(**writer, *last); !caught_up) {
    return all(caught_up.error());
  }

  CommitGroup commits(**writer, history_, options_);
  std::vector<const CommitRequest*> requests;
  for (const CommitRequest& request : group) requests.push_back(&request);
  if (const auto prepared = commits.prepare(requests); !prepared) return all(prepared.error());
  std::vector<Result<void>> results;
  for (const CommitRequest& request : group) results.push_back(commits.take(request));
  if (commits.is_empty()) return results;

  if (const auto written = write(commits, std::move(*writer), *last); !written) {
    for (Result<void>& result : results) {
      if (result) result = std::unexpected(written.error());
    }
  }
  return results;
}

Result<void> Committer::write(CommitGroup& commits, std::unique_ptr<BackendWriter> writer,
                              Version last) {
  HistoryEntry entry = TRY(commits.write(last));
  auto made = writer->commit();
  writer.reset();
  if (!made) made = look_whether_made(entry, std::move(made).error());
  if (made) history_.append(std::move(entry));
  return made;
}

/// A commit that ended with an error may have been made all the same: its token in the history tells.
/// Who may write knows that it is not still under way.
Result<void> Committer::look_whether_made(const HistoryEntry& entry, Error error) {
  const Clock::time_point end = Clock::now() + options_.busy_timeout;
  for (;;) {
    const auto looked = [&]() -> Result<bool> {
      const auto writer = TRY(backend_.write());
      const auto record = TRY(writer->get(history_key(entry.version)));
      if (!record) {
        if (TRY(read_version(*writer)) < entry.version) return false;
        return std::unexpected(
            Error(ErrorCode::kStorageUnavailable, "the history of that time is forgotten"));
      }
      const HistoryRecord found = TRY(decode_history(*record));
      return found.token == entry.record.token;
    }();
    if (looked && *looked) return {};
    if (looked) return std::unexpected(std::move(error));
    if (Clock::now() >= end) {
      return std::unexpected(
          Error(ErrorCode::kStorageUnavailable,
                "it is not known whether the commit was made: " + looked.error().message())
              .at(backend_.where())
              .help("when the storage can be reached again, read what was written"));
    }
    std::this_thread::sleep_for(kLookAgain);
  }
}

}  // namespace synapsed::storage
