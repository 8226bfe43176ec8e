#pragma once

/// \file
/// Whether the tests are built with a sanitizer, which makes them ten times as slow. What is exhaustive
/// is so without one; with one a part of it takes every path.

#include "base/sanitizers.hpp"

namespace synapsed::test {

#if defined(SYNAPSED_ASAN) || defined(SYNAPSED_TSAN)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace synapsed::test
