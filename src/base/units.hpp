#pragma once

/// \file
/// Durations and sizes as people write them.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <synapsed/error.hpp>

namespace synapsed {

/// A whole or decimal number with a unit: `ns us ms s m h`; `0` needs none. Not negative, at most
/// about 292 years. Error: `config.invalid_limit`.
[[nodiscard]] Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// A whole or decimal number with an optional unit: `B`, `KiB MiB GiB TiB` or `K M G T` (powers of
/// 1024), `kB MB GB TB` (powers of 1000). Error: `config.invalid_limit`.
[[nodiscard]] Result<std::uint64_t> parse_bytes(std::string_view text);

/// The shortest exact or three-digit form: `200 ms`, `1.50 s`, `812 ns`.
[[nodiscard]] std::string format_duration(std::chrono::nanoseconds duration);
/// `64 MiB`, `1.5 KiB`, `17 bytes`.
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);

}  // namespace synapsed
