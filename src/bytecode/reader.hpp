#pragma once

/// \file
/// A cursor over bytes of a binary module that knows where it is (core specification 5.2).
///
/// Every read is checked; an error names the offset in the file. Thread rule: a value.

#include <cstdint>
#include <string_view>

#include <synapsed/error.hpp>

#include "base/bytes.hpp"
#include "bytecode/cursor.hpp"

namespace synapsed::bytecode {

class Reader {
 public:
  /// `base` is the offset of `bytes` in the file.
  explicit Reader(ByteSpan bytes, std::uint64_t base = 0) : cursor_(bytes), base_(base) {}

  [[nodiscard]] bool at_end() const { return cursor_.at_end(); }
  [[nodiscard]] std::uint64_t offset() const { return base_ + cursor_.position(); }
  [[nodiscard]] std::size_t position() const { return cursor_.position(); }
  [[nodiscard]] std::size_t left() const { return cursor_.left(); }
  [[nodiscard]] std::uint8_t peek() const { return cursor_.peek(); }
  /// What was read since `position`.
  [[nodiscard]] ByteSpan since(std::size_t position) const { return cursor_.since(position); }

  Result<std::uint8_t> byte() { return checked(cursor_.byte()); }
  Result<std::uint32_t> u32() { return checked(cursor_.u32()); }
  Result<std::uint64_t> u64() { return checked(cursor_.u64()); }
  /// A view of the next `count` bytes.
  Result<ByteSpan> bytes(std::uint64_t count) { return checked(cursor_.bytes(count)); }
  /// A vector of bytes that is a name; UTF-8 is the engine's to check.
  Result<std::string_view> name();
  Result<ValueCode> value_type() { return checked(cursor_.value_type()); }
  Result<ValueCode> storage_type() { return checked(cursor_.storage_type()); }
  /// A constant expression up to and with its `end`.
  Result<ByteSpan> constant_expression();

  [[nodiscard]] Error malformed(std::string_view what) const;

 private:
  template <typename Value>
  Result<Value> checked(Value value) const {
    if (cursor_.fault() != Cursor::Fault::kNone) return std::unexpected(fault());
    return value;
  }
  [[nodiscard]] Error fault() const;

  Cursor cursor_;
  std::uint64_t base_;
};

}  // namespace synapsed::bytecode
