#pragma once

/// \file
/// The contents of a whole memory in a file that has no name: instances map it, and copy a page when
/// they write to it. Pages of zeros take no room.
///
/// Thread rule: immutable, so safe from any thread; its file is sealed against writing.

#include <cstdint>
#include <memory>
#include <vector>

#include <synapsed/error.hpp>

#include "base/bytes.hpp"
#include "snapshot/page_set.hpp"

namespace synapsed::snapshot {

class MemoryImage {
 public:
  /// Of what a memory holds at first. Error: `host.engine` when memory for it is lacking.
  [[nodiscard]] static Result<std::shared_ptr<const MemoryImage>> of(ByteSpan contents);
  /// `below`, as large as `bytes`, which is not less than it was, with these pages over it.
  [[nodiscard]] static Result<std::shared_ptr<const MemoryImage>> over(const MemoryImage& below,
                                                                       std::uint64_t bytes,
                                                                       const PageSet& pages);
  ~MemoryImage();
  MemoryImage(const MemoryImage&) = delete;
  MemoryImage& operator=(const MemoryImage&) = delete;

  [[nodiscard]] ByteSpan contents() const { return contents_; }
  /// 4 KiB; zeros beyond the end.
  [[nodiscard]] const std::byte* page(std::uint32_t number) const;
  /// The pages that are not as the module's initial memory has them, or may be not; ascending.
  [[nodiscard]] const std::vector<std::uint32_t>& changed() const { return changed_; }

  /// Puts the image in the place of `target`, which has its size and was mapped privately: from then on
  /// the two share what nobody writes. False when the system refuses; then nothing has changed.
  [[nodiscard]] bool map_over(std::span<std::byte> target) const;
  /// Has the file behind the image so many bytes? Mapping needs whole pages of the machine.
  [[nodiscard]] bool can_be_mapped() const;

 private:
  class Writing;
  MemoryImage(int descriptor, ByteSpan contents, std::vector<std::uint32_t> changed)
      : descriptor_(descriptor), contents_(contents), changed_(std::move(changed)) {}

  const int descriptor_;
  const ByteSpan contents_;
  const std::vector<std::uint32_t> changed_;
};

/// 4 KiB of zeros.
[[nodiscard]] const std::byte* zero_page();
[[nodiscard]] bool is_zero(ByteSpan page);

}  // namespace synapsed::snapshot
