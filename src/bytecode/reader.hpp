#pragma once

/// \file
/// A cursor over bytes of a binary module that knows where it is (core specification 5.2).
///
/// Every read is checked; an error names the offset in the file. Thread rule: a value.

#include <cstdint>
#include <string_view>

#include <synapsed/error.hpp>

#include "base/bytes.hpp"

namespace synapsed::bytecode {

class Reader {
 public:
  /// `base` is the offset of `bytes` in the file.
  explicit Reader(ByteSpan bytes, std::uint64_t base = 0) : bytes_(bytes), base_(base) {}

  [[nodiscard]] bool at_end() const { return position_ == bytes_.size(); }
  [[nodiscard]] std::uint64_t offset() const { return base_ + position_; }

  Result<std::uint8_t> byte();
  Result<std::uint32_t> u32() { return unsigned_leb<std::uint32_t>(); }
  Result<std::uint64_t> u64() { return unsigned_leb<std::uint64_t>(); }
  /// A signed LEB128 of at most `bits` bits, whose value nobody needs.
  Result<void> skip_signed(unsigned bits);
  /// A view of the next `count` bytes.
  Result<ByteSpan> bytes(std::uint64_t count);
  /// A vector of bytes that is a name; UTF-8 is the engine's to check.
  Result<std::string_view> name();

  [[nodiscard]] Error truncated() const;
  [[nodiscard]] Error malformed(std::string_view what) const;

 private:
  template <typename Unsigned>
  Result<Unsigned> unsigned_leb();

  ByteSpan bytes_;
  std::uint64_t base_;
  std::size_t position_ = 0;
};

}  // namespace synapsed::bytecode
