#pragma once

/// \file
/// Writes the few operators that a pass injects. Thread rule: a resource of one thread.

#include <cstdint>

#include <synapsed/value.hpp>

#include "base/bytes.hpp"
#include "bytecode/operators.hpp"

namespace synapsed::bytecode {

class CodeWriter {
 public:
  explicit CodeWriter(Bytes& out) : out_(out) {}

  [[nodiscard]] std::size_t size() const { return out_.size(); }

  void byte(std::uint8_t value) { out_.push_back(std::byte{value}); }
  void raw(ByteSpan bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void u32(std::uint64_t value) {
    while (value >= 0x80) {
      byte(static_cast<std::uint8_t>(value | 0x80));
      value >>= 7;
    }
    byte(static_cast<std::uint8_t>(value));
  }
  /// Over five bytes that are there, as a LEB128 with padding.
  void patch_u32(std::size_t at, std::size_t value) {
    for (std::size_t i = 0; i < 5; ++i) {
      out_[at + i] = static_cast<std::byte>((value >> (7 * i) & 0x7f) | (i == 4 ? 0 : 0x80));
    }
  }
  void s64(std::int64_t value) {
    while (value < -64 || value > 63) {
      byte(static_cast<std::uint8_t>((value & 0x7f) | 0x80));
      value >>= 7;
    }
    byte(static_cast<std::uint8_t>(value & 0x7f));
  }

  /// An operator without immediates; only those of one byte.
  void op(Op op) { byte(static_cast<std::uint8_t>(info(op).code)); }
  void op(Op which, std::uint32_t index) {
    op(which);
    u32(index);
  }
  void i64_const(std::int64_t value) {
    op(Op::kI64Const);
    s64(value);
  }
  /// `if` without parameters and results.
  void begin_if() {
    op(Op::kIf);
    byte(kEmptyType);
  }
  /// `block` without parameters and results.
  void begin_block() {
    op(Op::kBlock);
    byte(kEmptyType);
  }
  /// Where the stack's top is not zero, what the global counts is used up: it is negative, and the
  /// guest stops.
  void exhaust_if(std::uint32_t global) {
    begin_if();
    i64_const(-1);
    op(Op::kGlobalSet, global);
    op(Op::kUnreachable);
    op(Op::kEnd);
  }

 private:
  static constexpr std::uint8_t kEmptyType = 0x40;

  Bytes& out_;
};

}  // namespace synapsed::bytecode
