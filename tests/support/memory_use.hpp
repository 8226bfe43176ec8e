#pragma once

/// \file
/// What the operating system says this process holds.

#include <unistd.h>

#include <cstdint>
#include <fstream>

namespace synapsed::test {

struct MemoryUse {
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_bytes = 0;
};

inline MemoryUse memory_use() {
  std::uint64_t virtual_pages = 0;
  std::uint64_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> virtual_pages >> resident_pages;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return {.virtual_bytes = virtual_pages * page, .resident_bytes = resident_pages * page};
}

inline std::uint64_t virtual_bytes() { return memory_use().virtual_bytes; }
inline std::uint64_t resident_bytes() { return memory_use().resident_bytes; }

}  // namespace synapsed::test
