#pragma once

/// \file
/// Times as text (RFC 3339, UTC).

#include <chrono>
#include <string_view>

#include <synapsed/error.hpp>

namespace synapsed {

using UtcTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// `2026-01-02T03:04:05Z`, with up to nine digits of a fraction behind a point; the years 1970 to
/// 2261. Error: `config.invalid_limit`.
[[nodiscard]] Result<UtcTime> parse_time(std::string_view text);

}  // namespace synapsed
