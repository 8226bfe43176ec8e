#include "storage/write_buffer.hpp"

#include <utility>

namespace synapsed::storage {
namespace {

constexpr std::size_t kChangeBytes = 96;  // of a node of the map, about

}  // namespace

std::size_t WriteBuffer::cost(ByteSpan key, std::size_t value_bytes) {
  return kChangeBytes + key.size() + value_bytes;
}
std::size_t WriteBuffer::cost(ByteSpan key, const BufferedChange& change) {
  return cost(key, change.value.size());
}

WriteBuffer::Changes::iterator WriteBuffer::lower_bound(ByteSpan key) {
  const bool is_last = changes_.empty() || BytesLess{}(changes_.rbegin()->first, key);
  return is_last ? changes_.end() : changes_.lower_bound(key);
}

const BufferedChange* WriteBuffer::find(ByteSpan key) const {
  if (changes_.empty() || BytesLess{}(changes_.rbegin()->first, key)) return nullptr;
  const auto found = changes_.find(key);
  return found == changes_.end() ? nullptr : &found->second;
}

void WriteBuffer::put(Bytes key, BufferedChange change) {
  bytes_ += cost(key, change);
  const auto place = lower_bound(key);
  const bool is_new = place == changes_.end() || !is_equal(place->first, key);
  if (!is_new) bytes_ -= cost(key, place->second);
  if (marks_ != 0) {
    undo_.push_back({key, is_new ? std::nullopt
                                          : std::optional(std::move(place->second))});
  }
  if (is_new) {
    changes_.emplace_hint(place, std::move(key), std::move(change));
  } else {
    place->second = std::move(change);
  }
}

std::size_t WriteBuffer::mark() {
  ++marks_;
  return undo_.size();
}

void WriteBuffer::undo_to(std::size_t mark) {
  while (undo_.size() > mark) {
    restore(std::move(undo_.back()));
    undo_.pop_back();
  }
}

void WriteBuffer::restore(Undo undo) {
  const auto place = changes_.find(undo.key);
  bytes_ -= cost(undo.key, place->second);
  if (!undo.before) {
    changes_.erase(place);
    return;
  }
  bytes_ += cost(undo.key, *undo.before);
  place->second = std::move(*undo.before);
}

void WriteBuffer::forget_mark() {
  if (--marks_ == 0) undo_.clear();
}

WriteBuffer::Changes WriteBuffer::take() {
  bytes_ = 0;
  undo_.clear();
  return std::exchange(changes_, {});
}

}  // namespace synapsed::storage
