#pragma once

/// \file
/// JSON text (RFC 8259) to a tree that keeps what values need: the order of keys, repeated keys,
/// numbers as they were written. Thread rule: values and pure functions.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>

namespace synapsed {

struct JsonNode {
  enum class Kind : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  bool flag = false;              ///< of a bool
  std::string text;               ///< of a string, or of a number
  std::vector<std::string> keys;  ///< of an object, one for each item
  std::vector<JsonNode> items;    ///< of an array or an object

  /// `null`, `a boolean`, `a number`, …
  [[nodiscard]] std::string_view kind_name() const;
};

/// Arrays and objects may nest this deep.
inline constexpr std::size_t kJsonDepthMax = 200;

/// Error: `call.argument_type`, with the offset in bytes where the text is no JSON.
[[nodiscard]] Result<JsonNode> parse_json(std::string_view text);

/// `text`, which is UTF-8, as a JSON string with its quotes.
[[nodiscard]] std::string quoted_json(std::string_view text);

}  // namespace synapsed
