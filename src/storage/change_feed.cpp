#include "storage/change_feed.hpp"

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "storage/history.hpp"
#include "storage/layout.hpp"

namespace synapsed::storage {
namespace {

constexpr Version kCommitsAtOnce = 256;

std::vector<Change> changes_of(const HistoryEntry& entry, ByteSpan prefix,
                               const SpaceName& space) {
  std::vector<Change> changes;
  for (const auto& [key, is_removed] : entry.record.changes) {
    if (!begins_with(key, prefix)) continue;
    changes.push_back({.version = entry.version,
                       .space = space,
                       .key = copy_of(read_entry_key(key)->key),
                       .is_removed = is_removed});
  }
  return changes;
}

}  // namespace

ChangeFeed::~ChangeFeed() {
  {
    const std::unique_lock lock(mutex_);
    is_ending_ = true;
  }
  notified_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Result<std::shared_ptr<ChangeFeed::Subscriber>> ChangeFeed::add(SubscribeOptions options,
                                                                ChangeCallback callback) {
  TRY(check_name(options.space));
  auto subscriber = std::make_shared<Subscriber>();
  if (options.after) {
    subscriber->last = *options.after;
  } else {
    const auto snapshot = TRY(backend_.snapshot());
    subscriber->last = TRY(read_version(*snapshot));
  }
  subscriber->options = std::move(options);
  subscriber->callback = std::move(callback);
  const std::unique_lock lock(mutex_);
  subscribers_.push_back(subscriber);
  has_news_ = true;
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  notified_.notify_one();
  return subscriber;
}

void ChangeFeed::remove(const std::shared_ptr<Subscriber>& subscriber) {
  std::unique_lock lock(mutex_);
  subscriber->is_over = true;
  subscribers_.remove(subscriber);
  if (std::this_thread::get_id() == thread_.get_id()) return;
  told_.wait(lock, [&] { return being_told_ != subscriber; });
}

void ChangeFeed::notify() {
  const std::unique_lock lock(mutex_);
  has_news_ = true;
  notified_.notify_one();
}

void ChangeFeed::run() {
  std::unique_lock lock(mutex_);
  while (!is_ending_) {
    if (subscribers_.empty()) {
      notified_.wait(lock, [&] { return is_ending_ || !subscribers_.empty(); });
    } else {
      const auto soonest = std::ranges::min(subscribers_, {}, [](const auto& subscriber) {
                             return subscriber->options.poll;
                           })->options.poll;
      notified_.wait_for(lock, soonest, [&] { return is_ending_ || has_news_; });
    }
    has_news_ = false;
    const auto subscribers = subscribers_;
    for (const auto& subscriber : subscribers) {
      if (is_ending_ || subscriber->is_over) continue;
      being_told_ = subscriber;
      lock.unlock();
      tell(*subscriber);
      lock.lock();
      being_told_ = nullptr;
      told_.notify_all();
    }
  }
}

void ChangeFeed::tell(Subscriber& subscriber) {
  const auto is_over = [&] {
    const std::unique_lock lock(mutex_);
    return subscriber.is_over;
  };
  auto found = news(subscriber);
  if (!found) {
    {
      const std::unique_lock lock(mutex_);
      subscriber.is_over = true;
      std::erase_if(subscribers_, [&](const auto& other) { return other.get() == &subscriber; });
    }
    return subscriber.callback(std::unexpected(std::move(found).error()));
  }
  for (auto& changes : *found) {
    if (is_over()) return;
    subscriber.callback(std::move(changes));
  }
}

/// By commit; those that change nothing of its are left out.
Result<std::vector<std::vector<Change>>> ChangeFeed::news(Subscriber& subscriber) {
  std::vector<std::vector<Change>> news;
  const auto snapshot = TRY(backend_.snapshot());
  const Version newest = TRY(read_version(*snapshot));
  const SpaceName& space = subscriber.options.space;
  const Bytes prefix = join(space_prefix(KeyClass::kEntry, space), subscriber.options.prefix);
  while (subscriber.last < newest && news.size() < kCommitsAtOnce) {
    const Version last = std::min(newest, subscriber.last + kCommitsAtOnce);
    const auto entries = TRY(read_history(*snapshot, subscriber.last, last));
    if (!entries) {
      return std::unexpected(Error(ErrorCode::kStorageConflict,
                                   "commits that the subscription did not see are not remembered")
                                 .help("read the keys anew, then subscribe; or raise the storage's "
                                       "history_commits_max"));
    }
    for (const HistoryEntry& entry : *entries) {
      auto changes = changes_of(entry, prefix, space);
      if (!changes.empty()) news.push_back(std::move(changes));
    }
    subscriber.last = last;
  }
  return news;
}

}  // namespace synapsed::storage
