#pragma once

/// \file
/// Binary modules written as bytes. Thread rule: pure functions.

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>

#include <synapsed/value.hpp>

#include "base/hex.hpp"

namespace synapsed::bytecode::test {

/// `00 61 …`; blanks are for the reader.
inline Bytes hex(std::string_view text) {
  std::string digits;
  for (const char character : text) {
    if (character != ' ') digits += character;
  }
  return from_hex(digits).value();
}

inline void append(Bytes& to, const Bytes& bytes) {
  std::ranges::copy(bytes, std::back_inserter(to));
}

inline Bytes leb(std::uint64_t value) {
  Bytes bytes;
  do {
    bytes.push_back(static_cast<std::byte>((value & 0x7f) | (value > 0x7f ? 0x80 : 0)));
    value >>= 7;
  } while (value != 0);
  return bytes;
}

/// A section with `contents`.
inline Bytes section(std::uint8_t id, const Bytes& contents) {
  Bytes bytes{static_cast<std::byte>(id)};
  append(bytes, leb(contents.size()));
  append(bytes, contents);
  return bytes;
}

inline Bytes module_of(std::initializer_list<Bytes> sections) {
  Bytes bytes = hex("00 61 73 6d 01 00 00 00");
  for (const Bytes& each : sections) append(bytes, each);
  return bytes;
}

/// `count` times `entry`.
inline Bytes copies(std::size_t count, std::string_view entry) {
  const Bytes one = hex(entry);
  Bytes bytes;
  bytes.reserve(count * one.size());
  for (std::size_t i = 0; i < count; ++i) append(bytes, one);
  return bytes;
}

/// The same with the count before it.
inline Bytes repeated(std::size_t count, std::string_view entry) {
  Bytes bytes = leb(count);
  append(bytes, copies(count, entry));
  return bytes;
}

/// A module with one function `() -> ()` of the given code, its locals included.
inline Bytes module_with_body(const Bytes& body) {
  Bytes code = leb(1);
  append(code, leb(body.size()));
  append(code, body);
  return module_of({section(1, hex("01 60 00 00")), section(3, hex("01 00")), section(10, code)});
}

}  // namespace synapsed::bytecode::test
