#pragma once

/// \file
/// Byte strings that formats are made of, numbers large end first.
///
/// Thread rule: a guest has one thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace synapsed::guest {

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// Appends bytes, or a number as `size` of them.
inline void put(std::vector<std::byte>& bytes, std::span<const std::byte> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}
inline void put(std::vector<std::byte>& bytes, std::uint64_t number, std::size_t size) {
  for (std::size_t i = size; i > 0; --i) {
    bytes.push_back(static_cast<std::byte>(number >> (8 * (i - 1))));
  }
}

/// Takes bytes apart from their beginning; nothing where they end too early.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  std::optional<std::span<const std::byte>> take(std::uint64_t size) {
    if (size > rest_.size()) return std::nullopt;
    const auto taken = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  /// Of at most 8 bytes.
  std::optional<std::uint64_t> number(std::size_t size) {
    const auto bytes = take(size);
    if (!bytes) return std::nullopt;
    std::uint64_t value = 0;
    for (const std::byte byte : *bytes) value = value << 8 | static_cast<std::uint64_t>(byte);
    return value;
  }
  /// As many bytes as a number before them says, of `size` bytes itself.
  std::optional<std::span<const std::byte>> sized(std::size_t size) {
    const auto length = number(size);
    return length ? take(*length) : std::nullopt;
  }
  std::span<const std::byte> rest() const { return rest_; }

 private:
  std::span<const std::byte> rest_;
};

}  // namespace synapsed::guest
