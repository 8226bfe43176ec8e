#include "snapshot/dirty_pages.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include <fcntl.h>
#include <unistd.h>

#include "snapshot/page_set.hpp"

namespace synapsed::snapshot {
namespace {

/// Of an entry (Documentation/admin-guide/mm/pagemap.rst): a private mapping has a page of its own once it
/// was written to; until then it shows the file's, or none.
constexpr std::uint64_t kPresent = std::uint64_t{1} << 63;
constexpr std::uint64_t kSwapped = std::uint64_t{1} << 62;
constexpr std::uint64_t kOfFile = std::uint64_t{1} << 61;

bool may_be_written(std::uint64_t entry) {
  return (entry & kSwapped) != 0 || ((entry & kPresent) != 0 && (entry & kOfFile) == 0);
}

/// Opened each time: it tells of the process that opened it, which a child is not.
class Pagemap {
 public:
  Pagemap() {
    if (sysconf(_SC_PAGESIZE) != static_cast<long>(kPageBytes)) return;
    descriptor_ = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  }
  ~Pagemap() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  Pagemap(const Pagemap&) = delete;
  Pagemap& operator=(const Pagemap&) = delete;

  /// How many entries were read, from that of page `first` on; 0: it does not tell.
  [[nodiscard]] std::size_t read(std::uint64_t first, std::span<std::uint64_t> entries) const {
    if (descriptor_ < 0) return 0;
    const ssize_t bytes = pread(descriptor_, entries.data(), entries.size_bytes(),
                                static_cast<off_t>(first * sizeof(std::uint64_t)));
    return bytes < 0 ? 0 : static_cast<std::size_t>(bytes) / sizeof(std::uint64_t);
  }

 private:
  int descriptor_ = -1;
};

std::vector<std::uint32_t> all_pages(std::size_t count) {
  std::vector<std::uint32_t> pages(count);
  std::iota(pages.begin(), pages.end(), 0U);
  return pages;
}

}  // namespace

std::vector<std::uint32_t> dirty_pages(std::span<const std::byte> memory) {
  const std::size_t count = (memory.size() + kPageBytes - 1) / kPageBytes;
  const Pagemap pagemap;
  std::vector<std::uint32_t> pages;
  std::array<std::uint64_t, 4096> entries;
  const std::uint64_t first = reinterpret_cast<std::uintptr_t>(memory.data()) / kPageBytes;
  for (std::size_t at = 0; at < count;) {
    const std::span wanted(entries.data(), std::min(entries.size(), count - at));
    const std::size_t read = pagemap.read(first + at, wanted);
    if (read == 0) return all_pages(count);
    for (std::size_t i = 0; i < read; ++i) {
      if (may_be_written(entries[i])) pages.push_back(static_cast<std::uint32_t>(at + i));
    }
    at += read;
  }
  return pages;
}

}  // namespace synapsed::snapshot
