#pragma once

/// \file
/// What a transaction has written and not committed: the last change of each key, in order. Marks let
/// a part of it be undone. Thread rule: one thread at a time.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include <synapsed/storage.hpp>

#include "storage/layout.hpp"

namespace synapsed::storage {

/// Sets, removes, or adds to a counter.
struct BufferedChange {
  enum class Kind : std::uint8_t { kSet, kRemove, kAdd };
  Kind kind = Kind::kSet;
  Bytes value;             ///< set: with its kind, as it is stored
  std::int64_t delta = 0;  ///< added
};

class WriteBuffer {
 public:
  using Changes = std::map<Bytes, BufferedChange, BytesLess>;

  [[nodiscard]] const BufferedChange* find(ByteSpan key) const;
  /// Replaces what was there.
  void put(Bytes key, BufferedChange change);

  [[nodiscard]] const Changes& changes() const { return changes_; }
  [[nodiscard]] bool is_empty() const { return changes_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// What it would take to put a value of so many bytes.
  [[nodiscard]] static std::size_t cost(ByteSpan key, std::size_t value_bytes);

  /// From here on `undo_to` knows what was there.
  [[nodiscard]] std::size_t mark();
  /// Everything is as it was at the mark.
  void undo_to(std::size_t mark);
  /// The mark is not needed any more; the first marks are.
  void forget_mark();
  [[nodiscard]] Changes take();

 private:
  struct Undo {
    Bytes key;
    std::optional<BufferedChange> before;
  };
  static std::size_t cost(ByteSpan key, const BufferedChange& change);
  void restore(Undo undo);
  /// As the map's; at once when the key comes after all others, as it often does.
  [[nodiscard]] Changes::iterator lower_bound(ByteSpan key);

  Changes changes_;
  std::vector<Undo> undo_;  // kept while there are marks
  std::size_t marks_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace synapsed::storage
