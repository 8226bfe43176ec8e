#include "storage/history_cache.hpp"

#include <utility>

#include "base/try.hpp"

namespace synapsed::storage {
namespace {

constexpr std::size_t kBytesMax = std::size_t{16} << 20;
constexpr Version kCatchUpMost = 1000;  // more is read when it is needed

}  // namespace

void HistoryCache::push_back(HistoryEntry entry) {
  last_ = entry.version;
  bytes_ += entry.record.bytes();
  entries_.push_back(std::move(entry));
}

void HistoryCache::trim() {
  while (bytes_ > kBytesMax) {
    bytes_ -= entries_.front().record.bytes();
    entries_.pop_front();
  }
}

Result<void> HistoryCache::catch_up(BackendReader& reader, Version last) {
  trim();
  if (last == last_) return {};
  auto missing = last > last_ && last - last_ <= kCatchUpMost
                     ? TRY(read_history(reader, last_, last))
                     : std::nullopt;
  if (!missing) {
    entries_.clear();
    bytes_ = 0;
    last_ = last;
    return {};
  }
  for (HistoryEntry& entry : *missing) push_back(std::move(entry));
  return {};
}

void HistoryCache::append(HistoryEntry entry) { push_back(std::move(entry)); }

Result<std::optional<std::vector<ByteSpan>>> HistoryCache::written_after(BackendReader& reader,
                                                                        Version version) {
  const Version first = entries_.empty() ? last_ + 1 : entries_.front().version;
  if (version + 1 < first) {
    auto older = TRY(read_history(reader, version, first - 1));
    if (!older) return std::optional<std::vector<ByteSpan>>();
    for (auto entry = older->rbegin(); entry != older->rend(); ++entry) {
      bytes_ += entry->record.bytes();
      entries_.push_front(std::move(*entry));
    }
  }
  std::vector<ByteSpan> keys;
  for (auto entry = entries_.rbegin(); entry != entries_.rend() && entry->version > version; ++entry) {
    for (const ChangedKey& change : entry->record.changes) keys.emplace_back(change.key);
  }
  return keys;
}

}  // namespace synapsed::storage
