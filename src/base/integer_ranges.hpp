#pragma once

/// \file
/// What the integer types of an interface take. Thread rule: pure functions.

#include <cstdint>
#include <limits>
#include <optional>

#include <synapsed/interface.hpp>

#include "base/number_text.hpp"

namespace synapsed {

template <typename Integer>
constexpr IntegerRange range_of() {
  return {.least = static_cast<std::int64_t>(std::numeric_limits<Integer>::min()),
          .most = static_cast<std::uint64_t>(std::numeric_limits<Integer>::max())};
}

/// Null for a type that is no integer.
constexpr std::optional<IntegerRange> integer_range(InterfaceType::Kind kind) {
  using Kind = InterfaceType::Kind;
  switch (kind) {
    case Kind::kS8: return range_of<std::int8_t>();
    case Kind::kU8: return range_of<std::uint8_t>();
    case Kind::kS16: return range_of<std::int16_t>();
    case Kind::kU16: return range_of<std::uint16_t>();
    case Kind::kS32: return range_of<std::int32_t>();
    case Kind::kU32: return range_of<std::uint32_t>();
    case Kind::kS64: return range_of<std::int64_t>();
    case Kind::kU64: return range_of<std::uint64_t>();
    default: return std::nullopt;
  }
}

}  // namespace synapsed
