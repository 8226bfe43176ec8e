#pragma once

/// \file
/// How much a piece of C++ allocates. A program that includes this and links heap_use.cpp counts
/// every `new`; what Rust code allocates is not seen.
///
/// Thread rule: the counts are of all threads together; measure one thing at a time.

#include <cstdint>

namespace synapsed::bench {

/// Begins at nothing: what lives before it is not counted, and must not be freed while it counts.
class HeapUse {
 public:
  HeapUse();
  /// The most bytes held at once since the beginning, as the allocator rounds them.
  [[nodiscard]] std::uint64_t peak_bytes() const;
};

}  // namespace synapsed::bench
