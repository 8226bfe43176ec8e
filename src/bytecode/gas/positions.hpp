#pragma once

/// \file
/// From places in an instrumented module to places in the original. Thread rule: a value.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include <synapsed/value.hpp>

#include "base/bytes.hpp"

namespace synapsed::bytecode {

/// A run of bytes in what was written: copied from `original` on, or injected beside the operator
/// there. Offsets from the beginning of the file.
struct Position {
  std::uint32_t written = 0;
  std::uint32_t original = 0;
  bool is_copied = true;
};

class PositionMap {
 public:
  PositionMap() = default;
  /// By rising `written`.
  explicit PositionMap(std::vector<Position> positions) : positions_(std::move(positions)) {
    positions_.shrink_to_fit();  // it lives as long as the module
  }

  /// Where the code at `offset` was; for what was injected, an operator beside it.
  [[nodiscard]] std::uint64_t original(std::uint64_t offset) const {
    const auto after = std::ranges::upper_bound(positions_, offset, {}, &Position::written);
    if (after == positions_.begin()) return offset;
    const Position& run = *std::prev(after);
    return run.original + (run.is_copied ? offset - run.written : 0);
  }

  /// Appends the map, for `decode`.
  void encode(Bytes& out) const;
  /// Nothing for bytes that are no map.
  [[nodiscard]] static std::optional<PositionMap> decode(ByteSpan bytes);

 private:
  std::vector<Position> positions_;
};

}  // namespace synapsed::bytecode
