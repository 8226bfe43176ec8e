#pragma once

/// \file
/// A guest's linear memory, every access checked.
///
/// Thread rule: a value, valid until its guest runs again: memory that grows may move. Shared
/// memories have no view.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include <synapsed/error.hpp>

namespace synapsed::engine {

class MemoryView {
 public:
  explicit MemoryView(std::span<std::byte> bytes) : bytes_(bytes) {}

  [[nodiscard]] std::uint64_t size() const { return bytes_.size(); }

  /// `length` bytes from `offset`. Error: `call.out_of_bounds`. A length of zero is in bounds up
  /// to and at the end.
  [[nodiscard]] Result<std::span<std::byte>> slice(std::uint64_t offset,
                                                   std::uint64_t length) const;

  /// A little-endian number, as the guest stores it.
  template <typename T>
    requires std::is_arithmetic_v<T>
  [[nodiscard]] Result<T> read(std::uint64_t offset) const {
    const auto bytes = slice(offset, sizeof(T));
    if (!bytes) return std::unexpected(bytes.error());
    T value;
    std::memcpy(&value, bytes->data(), sizeof(T));
    return value;
  }

  template <typename T>
    requires std::is_arithmetic_v<T>
  Result<void> write(std::uint64_t offset, T value) const {
    const auto bytes = slice(offset, sizeof(T));
    if (!bytes) return std::unexpected(bytes.error());
    std::memcpy(bytes->data(), &value, sizeof(T));
    return {};
  }

 private:
  std::span<std::byte> bytes_;
};

}  // namespace synapsed::engine
