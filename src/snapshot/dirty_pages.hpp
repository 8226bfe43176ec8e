#pragma once

/// \file
/// Which pages of a memory may have been written to. Thread rule: a pure function of the process.

#include <cstdint>
#include <span>
#include <vector>

namespace synapsed::snapshot {

/// Numbers of 4 KiB pages, ascending: all those that are not certainly as the memory was when it was
/// mapped. Where the system does not tell (Linux does, in /proc/self/pagemap), all of them.
[[nodiscard]] std::vector<std::uint32_t> dirty_pages(std::span<const std::byte> memory);

}  // namespace synapsed::snapshot
