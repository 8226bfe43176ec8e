#pragma once

/// \file
/// The words of an interface's text. Thread rule: values and pure functions.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>

namespace synapsed::bytecode {

/// `line 3, column 14`: both from 1, the column in bytes.
struct TextPosition {
  std::size_t line = 1;
  std::size_t column = 1;
};

struct Token {
  enum class Kind : std::uint8_t { kName, kSymbol, kEnd };
  Kind kind = Kind::kEnd;
  std::string_view text;  ///< views the interface's text; empty at the end
  TextPosition position;
};

/// The error `load.invalid_interface` at a position.
[[nodiscard]] Error interface_error(std::string_view what, TextPosition position);

/// Names, `->`, and the symbols `{}()<>:;,`, in order; a last token marks the end. White space, NUL
/// (which ends a C string that a linker has appended to) and comments separate them. Error:
/// `load.invalid_interface`, also for text that is not UTF-8.
[[nodiscard]] Result<std::vector<Token>> tokenize_interface(std::string_view text);

}  // namespace synapsed::bytecode
