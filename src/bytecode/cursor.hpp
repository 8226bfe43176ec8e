#pragma once

/// \file
/// The primitives of the binary format (core specification 5.2) at the speed of pointers.
///
/// A read past the end, or of something malformed, sets the fault and gives zero; so does every
/// read after it. Whoever reads several things asks once, at the end. Thread rule: a value.

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "bytecode/value_code.hpp"

namespace synapsed::bytecode {

class Cursor {
 public:
  enum class Fault : std::uint8_t {
    kNone,
    kTruncated,       ///< the bytes end
    kIntegerTooLong,  ///< a LEB128 with too many bytes or bits
    kUnknownType,     ///< no value type, heap type or block type is written so
    kTypeIndex,       ///< an index no module can have
  };

  explicit Cursor(ByteSpan bytes)
      : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()) {}

  [[nodiscard]] bool at_end() const { return at_ == end_; }
  [[nodiscard]] std::size_t position() const { return static_cast<std::size_t>(at_ - begin_); }
  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  [[nodiscard]] Fault fault() const { return fault_; }
  /// What was read since `position`.
  [[nodiscard]] ByteSpan since(std::size_t position) const { return {begin_ + position, at_}; }

  /// What has not been read.
  [[nodiscard]] ByteSpan rest() const { return {at_, end_}; }
  /// The next byte, without reading it; 0 at the end.
  [[nodiscard]] std::uint8_t peek() const {
    return at_ == end_ ? std::uint8_t{0} : std::to_integer<std::uint8_t>(*at_);
  }

  std::uint8_t byte() {
    if (at_ == end_) return fail(Fault::kTruncated);
    return std::to_integer<std::uint8_t>(*at_++);
  }
  std::uint32_t u32() {
    if (is_short()) return byte();
    if (left() >= 2 && at_[1] < std::byte{0x80}) {  // two bytes, as labels and indices often have
      at_ += 2;
      return std::to_integer<std::uint32_t>(at_[-2] & std::byte{0x7f}) |
             std::to_integer<std::uint32_t>(at_[-1]) << 7U;
    }
    return static_cast<std::uint32_t>(long_unsigned(32));
  }
  std::uint64_t u64() {
    if (is_short()) return byte();
    return long_unsigned(64);
  }
  /// A signed LEB128 of `bits` bits.
  std::int64_t signed_leb(unsigned bits);
  /// `count` bytes as they are; the smaller ones first.
  std::uint64_t fixed(unsigned count);

  ByteSpan bytes(std::uint64_t count) {
    if (count > left()) {
      fail(Fault::kTruncated);
      return {};
    }
    at_ += count;
    return {at_ - count, static_cast<std::size_t>(count)};
  }

  ValueCode value_type();
  /// A value type, or the packed `i8` and `i16`.
  ValueCode storage_type();
  /// The heap type after `code`, which is `kRef` or `kRefNull`.
  ValueCode heap_type(std::uint8_t code);

  std::uint8_t fail(Fault fault) {
    if (fault_ == Fault::kNone) fault_ = fault;
    end_ = at_;
    return 0;
  }

 private:
  /// True when a LEB128 of one byte comes next.
  [[nodiscard]] bool is_short() const { return at_ != end_ && *at_ < std::byte{0x80}; }
  std::uint64_t long_unsigned(unsigned bits);

  const std::byte* begin_;
  const std::byte* at_;
  const std::byte* end_;
  Fault fault_ = Fault::kNone;
};

}  // namespace synapsed::bytecode
