#include "host/lowered_call.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/try.hpp"

namespace synapsed {
namespace {

std::unexpected<Error> bad_block(std::string_view what) {
  return std::unexpected(
      Error(ErrorCode::kOutOfBounds,
            fmt::format("the guest's \"cabi_realloc\" returned a block {}", what)));
}

Result<void> check_apart(const LoweredCall& call, std::span<const std::uint32_t> addresses) {
  if (addresses.size() < 2) return {};
  struct Range {
    std::uint64_t begin;
    std::uint64_t end;
  };
  std::vector<Range> ranges;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const std::uint64_t size = call.blocks[i].size();
    if (size != 0) ranges.push_back({.begin = addresses[i], .end = addresses[i] + size});
  }
  std::ranges::sort(ranges, {}, &Range::begin);
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].begin < ranges[i - 1].end) return bad_block("that overlaps another");
  }
  return {};
}

Result<void> check_places(const LoweredCall& call, std::span<const std::uint32_t> addresses,
                          const engine::MemoryView& memory) {
  if (addresses.size() != call.blocks.size()) {
    return std::unexpected(Error(ErrorCode::kEngineFault, "a block has no address"));
  }
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const Block& block = call.blocks[i];
    if (addresses[i] % block.alignment != 0) {
      return bad_block(fmt::format("at {:#x}, which is not aligned to {}", addresses[i],
                                   block.alignment));
    }
    if (!memory.slice(addresses[i], block.size())) return bad_block("outside its memory");
  }
  return check_apart(call, addresses);
}

}  // namespace

Result<void> place_blocks(LoweredCall& call, std::span<const std::uint32_t> addresses,
                          engine::MemoryView memory) {
  TRY(check_places(call, addresses, memory));
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const Block& block = call.blocks[i];
    const auto target = TRY(memory.slice(addresses[i], block.size()));
    std::ranges::copy(block.bytes(), target.begin());
    for (const BlockPointer& pointer : block.pointers) {
      TRY(memory.write(std::uint64_t{addresses[i]} + pointer.offset, addresses[pointer.block]));
    }
  }
  for (const SlotPointer& pointer : call.pointers) {
    // As i64, for a slot that a variant's other case made one.
    call.values[pointer.slot] = RawValue(std::int64_t{addresses[pointer.block]});
  }
  return {};
}

}  // namespace synapsed
