#pragma once

/// \file
/// Some pages of a memory, with their contents. Thread rule: a value.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.hpp"

namespace synapsed::snapshot {

/// The unit in which memories are compared and kept, whatever the module's and the machine's are.
inline constexpr std::size_t kPageBytes = 4096;

class PageSet {
 public:
  PageSet() = default;
  /// With room for so many.
  explicit PageSet(std::size_t capacity)
      : capacity_(capacity),
        contents_(std::make_unique_for_overwrite<std::byte[]>(capacity * kPageBytes)) {
    numbers_.reserve(capacity);
  }

  /// Page numbers, ascending.
  [[nodiscard]] const std::vector<std::uint32_t>& numbers() const { return numbers_; }
  [[nodiscard]] std::size_t size() const { return numbers_.size(); }
  [[nodiscard]] ByteSpan page(std::size_t place) const {
    return {&contents_[place * kPageBytes], kPageBytes};
  }
  /// The place behind the pages that follow one another without a gap, from `place` on.
  [[nodiscard]] std::size_t end_of_run(std::size_t place) const {
    const std::uint32_t first = numbers_[place];
    std::size_t end = place + 1;
    while (end != size() && numbers_[end] - first == end - place) ++end;
    return end;
  }
  [[nodiscard]] ByteSpan contents() const { return {contents_.get(), size() * kPageBytes}; }
  /// Null when it is not in the set.
  [[nodiscard]] const std::byte* find(std::uint32_t number) const {
    const auto found = std::ranges::lower_bound(numbers_, number);
    if (found == numbers_.end() || *found != number) return nullptr;
    return page(static_cast<std::size_t>(found - numbers_.begin())).data();
  }

  /// `number` is above those that are in. What it returns is to be filled.
  [[nodiscard]] std::span<std::byte> add(std::uint32_t number) {
    numbers_.push_back(number);
    return {&contents_[(numbers_.size() - 1) * kPageBytes], kPageBytes};
  }
  void add(std::uint32_t number, ByteSpan bytes) {
    std::memcpy(add(number).data(), bytes.data(), kPageBytes);
  }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  std::vector<std::uint32_t> numbers_;
  std::size_t capacity_ = 0;
  std::unique_ptr<std::byte[]> contents_;
};

}  // namespace synapsed::snapshot
