#pragma once

/// \file
/// Numbers as text, exactly. Thread rule: pure functions.

#include <cstdint>
#include <string>
#include <string_view>

#include <synapsed/error.hpp>

namespace synapsed {

/// `"text" is not a value of type <type>: <why>`.
[[nodiscard]] Error not_of_type(ErrorCode code, std::string_view type, std::string_view text,
                                std::string_view why);

/// What an integer type takes.
struct IntegerRange {
  std::int64_t least = 0;
  std::uint64_t most = 0;
};

/// The bits of an integer in `range`, decimal or `0x…`, optionally signed, `_` between digits.
/// Errors: `call.argument_type`, `call.argument_range`.
[[nodiscard]] Result<std::uint64_t> parse_integer(std::string_view type, std::string_view text,
                                                  IntegerRange range);

/// A float as C's `strtod` reads it, or `nan:0x…` with all bits of a NaN. Errors: those above.
template <typename Float>
[[nodiscard]] Result<Float> parse_float(std::string_view type, std::string_view text);

/// The fewest digits that read back the same; `inf`, `-inf`; `nan` for the NaN that `nan` is read
/// as, and for any other `nan:0x…` with all its bits.
template <typename Float>
[[nodiscard]] std::string exact_float_text(Float value);

}  // namespace synapsed
