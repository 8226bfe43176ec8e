#include "storage/read_set.hpp"

#include <algorithm>
#include <utility>

namespace synapsed::storage {
namespace {

constexpr std::size_t kLengthBytes = 2;  // a backend's key is shorter than 64 KiB

}  // namespace

WrittenKeys::WrittenKeys(std::vector<ByteSpan> keys) : keys_(std::move(keys)) {
  std::ranges::sort(keys_, BytesLess{});
}

bool WrittenKeys::contains(ByteSpan key) const {
  return std::ranges::binary_search(keys_, key, BytesLess{});
}

bool WrittenKeys::has_any_of(ByteSpan begin, std::optional<ByteSpan> end, bool with_end) const {
  const auto found = std::ranges::lower_bound(keys_, begin, BytesLess{});
  if (found == keys_.end()) return false;
  return !end || BytesLess{}(*found, *end) || (with_end && is_equal(*found, *end));
}

void ReadSet::add_key(ByteSpan key) {
  const std::size_t at = keys_.size();
  keys_.resize(at + kLengthBytes + key.size());
  keys_[at] = static_cast<std::byte>(key.size() & 0xff);
  keys_[at + 1] = static_cast<std::byte>(key.size() >> 8);
  std::ranges::copy(key, keys_.begin() + static_cast<std::ptrdiff_t>(at + kLengthBytes));
}

std::size_t ReadSet::begin_range(const KeyRange& range, Direction direction) {
  range_bytes_ += sizeof(Range) + range.begin.size() + (range.end ? range.end->size() : 0);
  ranges_.push_back({.whole = range, .direction = direction, .last = {}});
  return ranges_.size() - 1;
}

void ReadSet::cover(std::size_t range, ByteSpan last) {
  ranges_[range].last.assign(last.begin(), last.end());
}

void ReadSet::cover_all(std::size_t range) { ranges_[range].is_whole = true; }

bool ReadSet::conflicts(const Range& range, const WrittenKeys& written) {
  const std::optional<ByteSpan> end =
      range.whole.end ? std::optional<ByteSpan>(*range.whole.end) : std::nullopt;
  if (range.is_whole) return written.has_any_of(range.whole.begin, end, false);
  if (range.last.empty()) return false;
  if (range.direction == Direction::kForward) {
    return written.has_any_of(range.whole.begin, range.last, true);
  }
  return written.has_any_of(range.last, end, false);
}

template <typename Visit>
void ReadSet::visit_keys(const Visit& visit) const {
  const ByteSpan all = keys_;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t length = std::to_integer<std::size_t>(all[at]) |
                               (std::to_integer<std::size_t>(all[at + 1]) << 8);
    if (!visit(all.subspan(at + kLengthBytes, length))) return;
    at += kLengthBytes + length;
  }
}

bool ReadSet::conflicts_with(const WrittenKeys& written) const {
  if (written.is_empty()) return false;
  for (const Range& range : ranges_) {
    if (conflicts(range, written)) return true;
  }
  bool is_written = false;
  visit_keys([&](ByteSpan key) {
    is_written = written.contains(key);
    return !is_written;
  });
  return is_written;
}

void ReadSet::compact() {
  std::vector<ByteSpan> keys;
  visit_keys([&](ByteSpan key) {
    keys.push_back(key);
    return true;
  });
  std::ranges::sort(keys, BytesLess{});
  const auto repeated = std::ranges::unique(keys, is_equal);
  keys.erase(repeated.begin(), repeated.end());
  ReadSet once;
  for (const ByteSpan key : keys) once.add_key(key);
  keys_ = std::move(once.keys_);
}

}  // namespace synapsed::storage
