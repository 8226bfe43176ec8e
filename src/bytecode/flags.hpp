#pragma once

/// \file
/// The bytes that the binary format begins entries with.

#include <cstdint>

namespace synapsed::bytecode {

/// A function type (core specification 5.3.7).
inline constexpr std::uint8_t kFunctionForm = 0x60;

/// Limits of memories and tables (core specification 5.3.6).
namespace limit_flags {
inline constexpr std::uint32_t kHasMaximum = 1;
inline constexpr std::uint32_t kIsShared = 2;
inline constexpr std::uint32_t kIs64 = 4;
inline constexpr std::uint32_t kHasPageSize = 8;
}  // namespace limit_flags

/// Element and data segments (core specification 5.5.12 and 5.5.14).
namespace segment_flags {
inline constexpr std::uint8_t kPassive = 1;
inline constexpr std::uint8_t kActiveWithIndex = 2;
inline constexpr std::uint8_t kDeclared = 3;
inline constexpr std::uint8_t kExpressions = 4;  ///< in place of indices of functions
inline constexpr std::uint8_t kFunctions = 0;    ///< the kind of elements that are such indices
}  // namespace segment_flags

}  // namespace synapsed::bytecode
