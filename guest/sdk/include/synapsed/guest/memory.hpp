#pragma once

/// \file
/// What the support file (src/support.cpp) gives to generated code.

#include <cstddef>
#include <cstring>

namespace synapsed::guest {

/// A block of `size` bytes, aligned for every type; panics when memory is exhausted. Of no bytes:
/// an address that is not a block.
[[nodiscard]] void* allocate(std::size_t size);
void release_block(void* block, std::size_t size);

/// Runs static constructors, unless the host has done so by calling `_initialize`.
void start();

template <typename T>
T read(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <typename T>
void write(T value, std::byte* to) {
  std::memcpy(to, &value, sizeof(T));
}

}  // namespace synapsed::guest
