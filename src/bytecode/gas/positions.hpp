#pragma once

/// \file
/// From places in an instrumented module to places in the original. Thread rule: a value.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <synapsed/value.hpp>

namespace synapsed::bytecode {

/// A run of bytes in what was written: copied from `original` on, or injected beside the operator
/// there. Offsets from the beginning of the file.
struct Position {
  std::uint32_t written = 0;
  std::uint32_t original = 0;
  bool is_copied = true;
};

/// Kept as the bytes that are stored of it: nobody reads it but who looks for the place of a fault.
class PositionMap {
 public:
  PositionMap() = default;
  /// By rising `written`.
  explicit PositionMap(const std::vector<Position>& positions);

  /// Where the code at `offset` was; for what was injected, an operator beside it.
  [[nodiscard]] std::uint64_t original(std::uint64_t offset) const;

  /// For `from_bytes`.
  [[nodiscard]] const Bytes& bytes() const { return records_; }
  /// Nothing for bytes whose number cannot be that of a map. Others give some place for any offset.
  [[nodiscard]] static std::optional<PositionMap> from_bytes(Bytes bytes);

 private:
  [[nodiscard]] Position at(std::size_t index) const;

  Bytes records_;
};

}  // namespace synapsed::bytecode
