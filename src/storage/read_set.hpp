#pragma once

/// \file
/// What a transaction has read, and whether somebody wrote it since. Thread rule: a value.

#include <cstddef>
#include <optional>
#include <vector>

#include <synapsed/storage.hpp>

#include "storage/layout.hpp"

namespace synapsed::storage {

/// Keys that commits wrote, in order, none twice.
class WrittenKeys {
 public:
  explicit WrittenKeys(std::vector<ByteSpan> keys);  ///< viewed; in any order
  [[nodiscard]] bool contains(ByteSpan key) const;
  /// Of those from `begin` on, before `end`, or with it; none: to the last.
  [[nodiscard]] bool has_any_of(ByteSpan begin, std::optional<ByteSpan> end, bool with_end) const;
  [[nodiscard]] bool is_empty() const { return keys_.empty(); }

 private:
  std::vector<ByteSpan> keys_;
};

class ReadSet {
 public:
  void add_key(ByteSpan key);
  /// Nothing of the range yet; `cover` says how far it was read.
  [[nodiscard]] std::size_t begin_range(const KeyRange& range, Direction direction);
  /// Up to this key, and with it.
  void cover(std::size_t range, ByteSpan last);
  void cover_all(std::size_t range);
  [[nodiscard]] bool is_empty() const { return keys_.empty() && ranges_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return keys_.size() + range_bytes_; }
  [[nodiscard]] bool conflicts_with(const WrittenKeys& written) const;
  /// Forgets what is there twice.
  void compact();

 private:
  struct Range {
    KeyRange whole;
    Direction direction;
    bool is_whole = false;
    Bytes last;  ///< that was read; empty: none
  };
  static bool conflicts(const Range& range, const WrittenKeys& written);
  template <typename Visit>
  void visit_keys(const Visit& visit) const;

  Bytes keys_;  ///< one after the other, each after its length
  std::vector<Range> ranges_;
  std::size_t range_bytes_ = 0;
};

}  // namespace synapsed::storage
