#pragma once

/// \file
/// A call's arguments as compiled code takes them: numbers, and blocks that must lie in guest
/// memory before the call.
///
/// The guest's allocator gives the blocks their places. It is guest code, so all blocks are
/// allocated first, and then `place_blocks` checks what came back and copies.
///
/// Thread rule: a value; blocks may view the arguments, which outlive it.

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/raw_value.hpp>
#include <synapsed/value.hpp>

#include "base/bytes.hpp"
#include "engine/memory_view.hpp"

namespace synapsed {

/// A place in a block that takes the address of another.
struct BlockPointer {
  std::uint32_t offset = 0;  ///< in the block that holds the pointer
  std::size_t block = 0;     ///< the one it points to
};

/// A parameter that takes the address of a block.
struct SlotPointer {
  std::size_t slot = 0;
  std::size_t block = 0;
};

/// Bytes the guest's memory takes; at most 4 GiB - 1.
struct Block {
  std::variant<ByteSpan, Bytes> contents;  ///< a view of an argument, or bytes of its own
  std::uint32_t alignment = 1;
  std::vector<BlockPointer> pointers;

  [[nodiscard]] ByteSpan bytes() const {
    if (const auto* view = std::get_if<ByteSpan>(&contents)) return *view;
    return std::get<Bytes>(contents);
  }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(bytes().size()); }
};

struct LoweredCall {
  std::vector<RawValue> values;  ///< with room for the results
  std::vector<Block> blocks;
  std::vector<SlotPointer> pointers;
};

/// Puts the blocks at `addresses`, one for each, and their addresses into blocks and values.
///
/// Nothing is copied unless every block is aligned, in bounds and apart from the others; a block of
/// no bytes overlaps nothing. Error: `call.out_of_bounds`.
Result<void> place_blocks(LoweredCall& call, std::span<const std::uint32_t> addresses,
                          engine::MemoryView memory);

}  // namespace synapsed
