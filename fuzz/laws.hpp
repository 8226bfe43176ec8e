#pragma once

/// \file
/// What the fuzzers and the replays of their corpora have in common. Each is linked with one file
/// of laws, which says what holds of a part of a room for any bytes.
///
/// Thread rule: pure functions.

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace synapsed::fuzz {

/// A law that does not hold ends the process.
inline void require(bool holds, const char* law) {
  if (holds) return;
  std::fprintf(stderr, "a law does not hold: %s\n", law);
  std::abort();
}

/// The laws of the file that is linked.
void check_laws(std::span<const std::byte> bytes);

}  // namespace synapsed::fuzz
