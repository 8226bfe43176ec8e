#pragma once

/// \file
/// Views of bytes as text and of text as bytes.

#include <cstddef>
#include <span>
#include <string_view>

namespace synapsed {

using ByteSpan = std::span<const std::byte>;

inline ByteSpan as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

inline std::string_view as_text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace synapsed
