#pragma once

/// \file
/// Where the stack of the calling thread lies. Thread rule: safe from any thread.

#include <cstdint>

namespace synapsed::engine {

struct ThreadStack {
  std::uintptr_t lowest = 0;  ///< 0 when it cannot be known
  std::uintptr_t end = 0;

  [[nodiscard]] bool contains(std::uintptr_t address) const {
    return address >= lowest && address < end;
  }
};

/// Asked of the system once a thread.
[[nodiscard]] const ThreadStack& this_threads_stack();

}  // namespace synapsed::engine
