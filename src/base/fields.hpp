#pragma once

/// \file
/// Numbers and bytes one after the other, numbers small end first: what most of our formats consist of.
///
/// Thread rule: values.

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <synapsed/value.hpp>

#include "base/bytes.hpp"

namespace synapsed {

class FieldWriter {
 public:
  template <std::integral T>
  void number(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      out_.push_back(static_cast<std::byte>(value >> (8 * i)));
    }
  }
  void raw(ByteSpan bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }

  [[nodiscard]] const Bytes& bytes() const { return out_; }
  [[nodiscard]] Bytes& bytes() { return out_; }

 private:
  Bytes out_;
};

/// Reads from the beginning on. What is not there is read as zero or nothing, and remembered.
class FieldReader {
 public:
  explicit FieldReader(ByteSpan bytes) : bytes_(bytes) {}

  template <std::integral T>
  T number() {
    const ByteSpan bytes = raw(sizeof(T));
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) {
      value = value << 8 | std::to_integer<std::uint64_t>(bytes[i - 1]);
    }
    return static_cast<T>(value);
  }
  ByteSpan raw(std::size_t size) {
    if (left() < size) {
      is_short_ = true;
      return {};
    }
    const ByteSpan found = bytes_.subspan(at_, size);
    at_ += size;
    return found;
  }
  /// `value` things of at least so many bytes each; none when there cannot be that many.
  std::uint64_t count(std::uint64_t value, std::size_t bytes_each) {
    if (value <= left() / bytes_each) return value;
    is_short_ = true;
    return 0;
  }

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }
  [[nodiscard]] bool is_short() const { return is_short_; }

 private:
  ByteSpan bytes_;
  std::size_t at_ = 0;
  bool is_short_ = false;
};

}  // namespace synapsed
