// A backend in memory. Each key has its values by the number of the write that made them, so that a
// snapshot is a number; what no snapshot can see any more is dropped with later writes.

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <utility>

#include "base/try.hpp"
#include "storage/backend.hpp"
#include "storage/layout.hpp"
#include "storage/writer_turn.hpp"

namespace synapsed::storage {
namespace {

using Sequence = std::uint64_t;
using Value = std::shared_ptr<const Bytes>;  // null: removed

struct ValueVersion {
  Sequence sequence;
  Value value;
};
/// Oldest first.
using Versions = std::vector<ValueVersion>;

class MemoryState {
 public:
  [[nodiscard]] Sequence open_snapshot() {
    const std::unique_lock lock(mutex_);
    snapshots_.insert(last_);
    return last_;
  }
  void close_snapshot(Sequence sequence) {
    const std::unique_lock lock(mutex_);
    snapshots_.erase(snapshots_.find(sequence));
  }

  [[nodiscard]] Value find(ByteSpan key, Sequence at) const {
    const std::shared_lock lock(mutex_);
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : value_at(found->second, at);
  }

  void apply(const std::vector<std::pair<Bytes, Value>>& changes) {
    const std::unique_lock lock(mutex_);
    ++last_;
    for (const auto& [key, value] : changes) {
      auto found = entries_.lower_bound(key);
      const bool is_new = found == entries_.end() || !is_equal(found->first, key);
      if (is_new && value == nullptr) continue;
      if (is_new) found = entries_.emplace_hint(found, key, Versions{});
      found->second.push_back({last_, value});
      if (value == nullptr || found->second.size() > 1) replaced_.emplace_back(last_, key);
    }
    drop_unseen();
  }

 private:
  friend class MemoryCursor;
  using Entries = std::map<Bytes, Versions, BytesLess>;

  [[nodiscard]] static Value value_at(const Versions& versions, Sequence at) {
    for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
      if (version->sequence <= at) return version->value;
    }
    return nullptr;
  }

  /// A replaced value is seen by snapshots from before its replacement.
  void drop_unseen() {
    const Sequence oldest = snapshots_.empty() ? last_ : *snapshots_.begin();
    while (!replaced_.empty() && replaced_.front().first <= oldest) {
      if (const auto found = entries_.find(replaced_.front().second); found != entries_.end()) {
        drop_unseen(found, oldest);
      }
      replaced_.pop_front();
    }
  }
  void drop_unseen(Entries::iterator entry, Sequence oldest) {
    Versions& versions = entry->second;
    auto newest_seen = versions.begin();
    for (auto version = versions.begin(); version != versions.end(); ++version) {
      if (version->sequence <= oldest) newest_seen = version;
    }
    versions.erase(versions.begin(), newest_seen);
    if (versions.size() == 1 && versions.front().value == nullptr &&
        versions.front().sequence <= oldest) {
      entries_.erase(entry);
    }
  }

  mutable std::shared_mutex mutex_;
  Entries entries_;                                  // guarded by mutex_, as what follows
  Sequence last_ = 0;
  std::multiset<Sequence> snapshots_;
  std::deque<std::pair<Sequence, Bytes>> replaced_;  // by what was written then
};

/// Stands on an entry that its snapshot sees, which therefore stays.
class MemoryCursor final : public BackendCursor {
 public:
  MemoryCursor(std::shared_ptr<MemoryState> state, Sequence at, KeyRange range, Direction direction)
      : state_(std::move(state)), at_(at), range_(std::move(range)), direction_(direction) {}

  Result<bool> next() override {
    if (is_over_) return false;
    const std::shared_lock lock(state_->mutex_);
    for (;;) {
      if (!move()) {
        is_over_ = true;
        return false;
      }
      value_ = MemoryState::value_at(entry_->second, at_);
      if (value_ != nullptr) return true;
    }
  }
  [[nodiscard]] ByteSpan key() const override { return entry_->first; }
  [[nodiscard]] ByteSpan value() const override { return *value_; }

 private:
  bool move() {
    return direction_ == Direction::kForward ? move_forward() : move_backward();
  }
  bool move_forward() {
    auto& entries = state_->entries_;
    entry_ = std::exchange(has_begun_, true) ? std::next(entry_) : entries.lower_bound(range_.begin);
    return entry_ != entries.end() && (!range_.end || BytesLess{}(entry_->first, *range_.end));
  }
  bool move_backward() {
    auto& entries = state_->entries_;
    if (!std::exchange(has_begun_, true)) {
      entry_ = range_.end ? entries.lower_bound(*range_.end) : entries.end();
    }
    if (entry_ == entries.begin()) return false;
    --entry_;
    return !BytesLess{}(entry_->first, range_.begin);
  }

  const std::shared_ptr<MemoryState> state_;
  const Sequence at_;
  const KeyRange range_;
  const Direction direction_;
  MemoryState::Entries::iterator entry_;
  Value value_;
  bool has_begun_ = false;
  bool is_over_ = false;
};

/// What snapshots and writers read.
class MemoryView {
 public:
  explicit MemoryView(std::shared_ptr<MemoryState> state)
      : state_(std::move(state)), at_(state_->open_snapshot()) {}
  ~MemoryView() { state_->close_snapshot(at_); }
  MemoryView(const MemoryView&) = delete;
  MemoryView& operator=(const MemoryView&) = delete;

  [[nodiscard]] std::optional<ByteSpan> get(ByteSpan key) {
    value_ = state_->find(key, at_);
    return value_ == nullptr ? std::nullopt : std::optional<ByteSpan>(*value_);
  }
  [[nodiscard]] std::unique_ptr<BackendCursor> scan(const KeyRange& range, Direction direction) const {
    return std::make_unique<MemoryCursor>(state_, at_, range, direction);
  }
  [[nodiscard]] const std::shared_ptr<MemoryState>& state() const { return state_; }

 private:
  const std::shared_ptr<MemoryState> state_;
  const Sequence at_;
  Value value_;  // what was returned last
};

class MemorySnapshot final : public BackendSnapshot {
 public:
  explicit MemorySnapshot(std::shared_ptr<MemoryState> state) : view_(std::move(state)) {}
  Result<std::optional<ByteSpan>> get(ByteSpan key) override { return view_.get(key); }
  Result<std::unique_ptr<BackendCursor>> scan(const KeyRange& range, Direction direction) override {
    return view_.scan(range, direction);
  }

 private:
  MemoryView view_;
};

class MemoryWriter final : public BackendWriter {
 public:
  MemoryWriter(std::shared_ptr<MemoryState> state, WriterTurn::Taken turn)
      : turn_(std::move(turn)), view_(std::move(state)) {}

  Result<std::optional<ByteSpan>> get(ByteSpan key) override { return view_.get(key); }
  Result<std::unique_ptr<BackendCursor>> scan(const KeyRange& range, Direction direction) override {
    return view_.scan(range, direction);
  }
  Result<std::vector<std::optional<Bytes>>> get_all(std::span<const ByteSpan> keys) override {
    std::vector<std::optional<Bytes>> values;
    values.reserve(keys.size());
    for (const ByteSpan key : keys) {
      const auto value = view_.get(key);
      values.push_back(value ? std::optional(copy_of(*value)) : std::nullopt);
    }
    return values;
  }
  Result<std::vector<std::optional<std::uint64_t>>> lengths(
      std::span<const ByteSpan> keys) override {
    std::vector<std::optional<std::uint64_t>> lengths;
    lengths.reserve(keys.size());
    for (const ByteSpan key : keys) {
      const auto value = view_.get(key);
      lengths.push_back(value ? std::optional<std::uint64_t>(value->size()) : std::nullopt);
    }
    return lengths;
  }
  Result<void> apply(std::span<const BackendChange> changes) override {
    for (const auto& [key, value] : changes) {
      changes_.emplace_back(copy_of(key),
                            value ? std::make_shared<const Bytes>(copy_of(*value)) : nullptr);
    }
    return {};
  }
  Result<void> commit() override {
    view_.state()->apply(changes_);
    return {};
  }

 private:
  const WriterTurn::Taken turn_;
  MemoryView view_;
  std::vector<std::pair<Bytes, Value>> changes_;
};

class Memory final : public Backend {
 public:
  explicit Memory(const StorageOptions& options)
      : busy_timeout_(options.busy_timeout), state_(std::make_shared<MemoryState>()) {}

  Result<std::unique_ptr<BackendSnapshot>> snapshot() override {
    return std::make_unique<MemorySnapshot>(state_);
  }
  Result<std::unique_ptr<BackendWriter>> write() override {
    auto turn = TRY(turn_.take(busy_timeout_, where()));
    return std::make_unique<MemoryWriter>(state_, std::move(turn));
  }
  Result<void> check() override { return {}; }
  [[nodiscard]] bool is_durable() const override { return false; }
  [[nodiscard]] std::string where() const override { return "memory:"; }

 private:
  const std::chrono::milliseconds busy_timeout_;
  const std::shared_ptr<MemoryState> state_;
  WriterTurn turn_;
};

}  // namespace

std::unique_ptr<Backend> open_memory(const StorageOptions& options) {
  return std::make_unique<Memory>(options);
}

}  // namespace synapsed::storage
