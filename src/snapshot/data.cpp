#include "snapshot/data.hpp"

#include <algorithm>
#include <iterator>

#include "base/try.hpp"

namespace synapsed::snapshot {

const std::byte* MemoryState::page(std::uint32_t number) const {
  if (const std::byte* found = pages.find(number)) return found;
  if (base && std::ranges::binary_search(base->changed(), number)) return base->page(number);
  return nullptr;
}

std::vector<std::uint32_t> MemoryState::changed() const {
  if (!base) return pages.numbers();
  std::vector<std::uint32_t> changed;
  std::ranges::set_union(base->changed(), pages.numbers(), std::back_inserter(changed));
  return changed;
}

Result<std::shared_ptr<const MemoryImage>> ImageCache::image(const MemoryState& state,
                                                             std::size_t memory,
                                                             const MemoryImage& initial) const {
  const Lock<Mutex> lock(mutex_);
  if (images_.size() <= memory) images_.resize(memory + 1);
  auto& image = images_[memory];
  if (!image) {
    image = TRY(MemoryImage::over(state.base ? *state.base : initial, state.bytes, state.pages));
  }
  return image;
}

std::shared_ptr<const MemoryImage> ImageCache::made(std::size_t memory) const {
  const Lock<Mutex> lock(mutex_);
  return memory < images_.size() ? images_[memory] : nullptr;
}

}  // namespace synapsed::snapshot
