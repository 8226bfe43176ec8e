#include "snapshot/memory_image.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/try.hpp"

namespace synapsed::snapshot {
namespace {

alignas(kPageBytes) constexpr std::array<std::byte, kPageBytes> kZeros{};

Error no_memory(const char* what) {
  return Error(ErrorCode::kEngineFault,
               fmt::format("the memory of a snapshot cannot be {}: {}", what,
                           std::generic_category().message(errno)));
}

void* at(ByteSpan bytes) { return const_cast<std::byte*>(bytes.data()); }

}  // namespace

const std::byte* zero_page() { return kZeros.data(); }

bool is_zero(ByteSpan page) { return std::memcmp(page.data(), kZeros.data(), page.size()) == 0; }

/// A file while it is being filled.
class MemoryImage::Writing {
 public:
  static Result<Writing> begin(std::uint64_t bytes) {
    Writing writing;
    writing.descriptor_ = memfd_create("synapsed-memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (writing.descriptor_ < 0) return std::unexpected(no_memory("made"));
    if (ftruncate(writing.descriptor_, static_cast<off_t>(bytes)) != 0) {
      return std::unexpected(no_memory("made"));
    }
    writing.bytes_ = bytes;
    return writing;
  }
  Writing(Writing&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), bytes_(other.bytes_) {}
  Writing& operator=(Writing&&) = delete;
  ~Writing() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  Result<void> put(std::uint64_t offset, ByteSpan bytes) const {
    while (!bytes.empty()) {
      const ssize_t written =
          pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return std::unexpected(no_memory("written"));
      offset += static_cast<std::uint64_t>(written);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
  }

  /// What is not zero of `contents`, in runs of pages.
  Result<void> put_sparsely(ByteSpan contents) const {
    std::size_t run = 0;
    std::size_t at = 0;
    for (; at < contents.size(); at += kPageBytes) {
      const ByteSpan page = contents.subspan(at, std::min(kPageBytes, contents.size() - at));
      if (!is_zero(page)) continue;
      TRY(put(run, contents.subspan(run, at - run)));
      run = at + page.size();
    }
    return put(run, contents.subspan(std::min(run, contents.size())));
  }

  /// What another file has; its holes stay holes.
  Result<void> put_all_of(const MemoryImage& other) const {
    const auto bytes = static_cast<off_t>(other.contents_.size());
    for (off_t end = 0; end < bytes;) {
      const off_t begin = lseek(other.descriptor_, end, SEEK_DATA);
      if (begin < 0 && errno == ENXIO) return {};
      end = begin < 0 ? begin : lseek(other.descriptor_, begin, SEEK_HOLE);
      if (end < 0) return std::unexpected(no_memory("read"));
      TRY(put(static_cast<std::uint64_t>(begin),
              other.contents_.subspan(static_cast<std::size_t>(begin),
                                      static_cast<std::size_t>(end - begin))));
    }
    return {};
  }

  Result<std::shared_ptr<const MemoryImage>> finish(std::vector<std::uint32_t> changed) {
    constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    if (fcntl(descriptor_, F_ADD_SEALS, kSeals) != 0) return std::unexpected(no_memory("sealed"));
    ByteSpan contents;
    if (bytes_ != 0) {
      void* mapped = mmap(nullptr, bytes_, PROT_READ, MAP_SHARED, descriptor_, 0);
      if (mapped == MAP_FAILED) return std::unexpected(no_memory("mapped"));
      contents = {static_cast<const std::byte*>(mapped), bytes_};
    }
    return std::shared_ptr<const MemoryImage>(
        new MemoryImage(std::exchange(descriptor_, -1), contents, std::move(changed)));
  }

 private:
  Writing() = default;
  int descriptor_ = -1;
  std::uint64_t bytes_ = 0;
};

MemoryImage::~MemoryImage() {
  if (!contents_.empty()) munmap(at(contents_), contents_.size());
  close(descriptor_);
}

Result<std::shared_ptr<const MemoryImage>> MemoryImage::of(ByteSpan contents) {
  Writing writing = TRY(Writing::begin(contents.size()));
  TRY(writing.put_sparsely(contents));
  return writing.finish({});
}

Result<std::shared_ptr<const MemoryImage>> MemoryImage::over(const MemoryImage& below,
                                                             std::uint64_t bytes,
                                                             const PageSet& pages) {
  Writing writing = TRY(Writing::begin(bytes));
  TRY(writing.put_all_of(below));
  for (std::size_t first = 0; first < pages.size();) {
    const std::size_t last = pages.end_of_run(first);
    const std::uint64_t offset = std::uint64_t{pages.numbers()[first]} * kPageBytes;
    const ByteSpan run = pages.contents().subspan(first * kPageBytes, (last - first) * kPageBytes);
    TRY(writing.put(offset, run.first(std::min<std::size_t>(run.size(), bytes - offset))));
    first = last;
  }
  std::vector<std::uint32_t> changed;
  changed.reserve(below.changed().size() + pages.size());
  std::ranges::set_union(below.changed(), pages.numbers(), std::back_inserter(changed));
  return writing.finish(std::move(changed));
}

const std::byte* MemoryImage::page(std::uint32_t number) const {
  const std::uint64_t offset = std::uint64_t{number} * kPageBytes;
  return offset < contents_.size() ? contents_.data() + offset : zero_page();
}

bool MemoryImage::can_be_mapped() const {
  const long machine_page = sysconf(_SC_PAGESIZE);
  return machine_page > 0 && contents_.size() % static_cast<std::size_t>(machine_page) == 0;
}

bool MemoryImage::map_over(std::span<std::byte> target) const {
  if (target.empty()) return true;
  if (target.size() != contents_.size() || !can_be_mapped()) return false;
  constexpr int kFlags = MAP_PRIVATE | MAP_FIXED;
  return mmap(target.data(), target.size(), PROT_READ | PROT_WRITE, kFlags, descriptor_, 0) ==
         target.data();
}

}  // namespace synapsed::snapshot
