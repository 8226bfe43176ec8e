#pragma once

/// \file
/// A value type as a module writes it (core specification 5.3.1 to 5.3.5).
///
/// Invariant: two are equal when they are written alike; `funcref` and `(ref null func)` are the
/// same type and two writings. Four bytes, so that a module's types stay small in memory.
/// Thread rule: a value.

#include <cstdint>

namespace synapsed::bytecode {

class ValueCode {
 public:
  static constexpr std::uint8_t kI32 = 0x7f;
  static constexpr std::uint8_t kI64 = 0x7e;
  static constexpr std::uint8_t kF32 = 0x7d;
  static constexpr std::uint8_t kF64 = 0x7c;
  static constexpr std::uint8_t kV128 = 0x7b;
  static constexpr std::uint8_t kI8 = 0x78;   ///< fields of structures and arrays only
  static constexpr std::uint8_t kI16 = 0x77;  ///< fields of structures and arrays only
  static constexpr std::uint8_t kFuncRef = 0x70;
  static constexpr std::uint8_t kExternRef = 0x6f;
  static constexpr std::uint8_t kExnRef = 0x69;
  static constexpr std::uint8_t kRef = 0x64;      ///< the heap type follows
  static constexpr std::uint8_t kRefNull = 0x63;  ///< the heap type follows

  /// The engine has at most a million types; an index beyond this cannot be valid.
  static constexpr std::uint32_t kTypeIndexMax = 0xfffeff;

  constexpr ValueCode() = default;
  /// A number, a vector, a packed type, or the short form of a nullable reference.
  constexpr explicit ValueCode(std::uint8_t code) : bits_(code) {}

  /// A reference to an abstract heap type; `code` is `kRef` or `kRefNull`, `heap` 0x69 to 0x74.
  static constexpr ValueCode abstract(std::uint8_t code, std::uint8_t heap) {
    return from_bits((kAbstract | heap) << 8U | code);
  }
  /// A reference to a type of the module; `type` is at most `kTypeIndexMax`.
  static constexpr ValueCode concrete(std::uint8_t code, std::uint32_t type) {
    return from_bits(type << 8U | code);
  }

  /// The first byte of its writing.
  [[nodiscard]] constexpr std::uint8_t code() const { return static_cast<std::uint8_t>(bits_); }
  [[nodiscard]] constexpr bool has_heap_type() const {
    return code() == kRef || code() == kRefNull;
  }
  [[nodiscard]] constexpr bool is_reference() const { return code() < kI16; }
  [[nodiscard]] constexpr bool is_nullable() const { return is_reference() && code() != kRef; }
  /// True when it refers to a type of the module, `type_index`.
  [[nodiscard]] constexpr bool is_concrete() const {
    return has_heap_type() && bits_ >> 8U < kAbstract;
  }
  [[nodiscard]] constexpr std::uint32_t type_index() const { return bits_ >> 8U; }
  /// 0x69 to 0x74, of a reference that is not concrete.
  [[nodiscard]] constexpr std::uint8_t heap_code() const {
    return has_heap_type() ? static_cast<std::uint8_t>(bits_ >> 8U) : code();
  }
  /// Eight bytes each; a vector takes two.
  [[nodiscard]] constexpr unsigned slots() const { return code() == kV128 ? 2 : 1; }

  constexpr bool operator==(const ValueCode&) const = default;

  static constexpr bool is_abstract_heap(std::uint8_t code) { return code >= 0x69 && code <= 0x74; }
  static constexpr bool is_number_or_vector(std::uint8_t code) {
    return code >= kV128 && code <= kI32;
  }

 private:
  static constexpr std::uint32_t kAbstract = 0xffff00;

  static constexpr ValueCode from_bits(std::uint32_t bits) {
    ValueCode value;
    value.bits_ = bits;
    return value;
  }

  std::uint32_t bits_ = kI32;
};

}  // namespace synapsed::bytecode
