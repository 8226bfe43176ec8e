#pragma once

/// \file
/// Bytes as lower-case hexadecimal digits, two each, first byte first.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <synapsed/value.hpp>

namespace synapsed {

[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);
/// Null when `text` has an odd length or a character that is no hexadecimal digit.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);

}  // namespace synapsed
