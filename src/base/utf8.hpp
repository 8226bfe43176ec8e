#pragma once

#include <cstddef>
#include <string_view>

namespace synapsed {

/// True when `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most
/// U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view text);

/// The longest beginning of well-formed `text` with at most `bytes_max` bytes that is well-formed.
[[nodiscard]] std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max);

}  // namespace synapsed
