#pragma once

/// \file
/// What a snapshot holds. Thread rule: immutable once it is a snapshot's, but for the images that are
/// made from it when they are first needed, which guard themselves.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <synapsed/raw_value.hpp>
#include <synapsed/snapshot.hpp>

#include "base/sha256.hpp"
#include "base/sync.hpp"
#include "snapshot/memory_image.hpp"
#include "snapshot/page_set.hpp"

namespace synapsed {
namespace snapshot {

/// What a global holds.
struct Value {
  enum class Kind : std::uint8_t { kI32, kI64, kF32, kF64, kV128, kNull, kFunction };
  Kind kind = Kind::kNull;
  RawValue number;             ///< of the first five kinds
  std::uint32_t function = 0;  ///< its index
};

struct GlobalState {
  std::uint32_t index = 0;
  Value value;
};

struct TableState {
  std::uint32_t index = 0;
  std::vector<std::uint32_t> elements;  ///< 0: null; otherwise a function's index and one
};

/// A memory is as the module has it at first, but for the pages that `base` changed, but for `pages`.
struct MemoryState {
  std::uint32_t index = 0;
  std::uint64_t bytes = 0;
  std::shared_ptr<const MemoryImage> base;  ///< null: none
  PageSet pages;

  [[nodiscard]] std::uint32_t page_count() const {
    return static_cast<std::uint32_t>((bytes + kPageBytes - 1) / kPageBytes);
  }
  /// Null: as at first.
  [[nodiscard]] const std::byte* page(std::uint32_t number) const;
  /// The numbers of all pages that are not null, ascending.
  [[nodiscard]] std::vector<std::uint32_t> changed() const;
};

/// Images that instances can map, by memory; made when they are first asked for.
class ImageCache {
 public:
  /// `initial` is what the module's memory holds at first. Error: `host.engine`.
  [[nodiscard]] Result<std::shared_ptr<const MemoryImage>> image(const MemoryState& state,
                                                                 std::size_t memory,
                                                                 const MemoryImage& initial) const;
  /// Null when it was not asked for yet.
  [[nodiscard]] std::shared_ptr<const MemoryImage> made(std::size_t memory) const;

 private:
  mutable Mutex mutex_;
  mutable std::vector<std::shared_ptr<const MemoryImage>> images_;  // under mutex_
};

}  // namespace snapshot

struct Snapshot::Data {
  Sha256Digest module{};
  std::vector<snapshot::GlobalState> globals;  ///< all lists by index, ascending
  std::vector<snapshot::TableState> tables;
  std::vector<std::uint32_t> dropped_data;
  std::vector<std::uint32_t> dropped_elements;
  std::vector<snapshot::MemoryState> memories;

  snapshot::ImageCache images;
  mutable Mutex digest_mutex;
  mutable std::optional<Sha256Digest> digest;  ///< under digest_mutex
};

}  // namespace synapsed
