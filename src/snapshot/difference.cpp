#include "snapshot/difference.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace synapsed::snapshot {
namespace {

constexpr std::uint64_t kNearby = 16;  // bytes

std::string text_of(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kI32: return fmt::format("{}", value.number.i32);
    case Value::Kind::kI64: return fmt::format("{}", value.number.i64);
    case Value::Kind::kF32: return fmt::format("{}", value.number.f32);
    case Value::Kind::kF64: return fmt::format("{}", value.number.f64);
    case Value::Kind::kV128: {
      std::string text = "0x";
      for (std::size_t i = sizeof(value.number.v128); i > 0; --i) {
        text += fmt::format("{:02x}", value.number.v128[i - 1]);
      }
      return text;
    }
    case Value::Kind::kNull: return "null";
    case Value::Kind::kFunction: return fmt::format("function {}", value.function);
  }
  return {};
}

bool is_same(const Value& a, const Value& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Value::Kind::kI32:
    case Value::Kind::kF32: return a.number.i32 == b.number.i32;
    case Value::Kind::kI64:
    case Value::Kind::kF64: return a.number.i64 == b.number.i64;
    case Value::Kind::kV128: return std::ranges::equal(a.number.v128, b.number.v128);
    case Value::Kind::kNull: return true;
    case Value::Kind::kFunction: return a.function == b.function;
  }
  return false;
}

class Ranges {
 public:
  Ranges(std::uint32_t memory, std::vector<SnapshotDifference::Range>& out)
      : memory_(memory), out_(out) {}

  void add(std::uint64_t offset, std::uint64_t bytes) {
    if (!out_.empty() && out_.back().memory == memory_) {
      auto& last = out_.back();
      if (offset <= last.offset + last.bytes + kNearby) {
        last.bytes = offset + bytes - last.offset;
        return;
      }
    }
    out_.push_back({.memory = memory_, .offset = offset, .bytes = bytes});
  }
  void compare(std::uint64_t offset, const std::byte* before, const std::byte* after) {
    if (before == after) return;
    if (before == nullptr || after == nullptr) return add(offset, kPageBytes);
    for (std::size_t i = 0; i < kPageBytes; ++i) {
      if (before[i] != after[i]) add(offset + i, 1);
    }
  }

 private:
  std::uint32_t memory_;
  std::vector<SnapshotDifference::Range>& out_;
};

void compare(const MemoryState& before, const MemoryState& after, SnapshotDifference& out) {
  if (before.bytes != after.bytes) {
    out.resized.push_back({.memory = after.index, .before = before.bytes, .after = after.bytes});
  }
  Ranges ranges(after.index, out.ranges);
  std::vector<std::uint32_t> pages;
  std::ranges::set_union(before.changed(), after.changed(), std::back_inserter(pages));
  for (const std::uint32_t number : pages) {
    if (number >= std::min(before.page_count(), after.page_count())) break;
    ranges.compare(std::uint64_t{number} * kPageBytes, before.page(number), after.page(number));
  }
}

}  // namespace

SnapshotDifference difference_of(const Snapshot::Data& before, const Snapshot::Data& after) {
  SnapshotDifference difference;
  // Of one module, so the lists have the same indices.
  for (std::size_t i = 0; i < std::min(before.globals.size(), after.globals.size()); ++i) {
    const auto& [index, value] = after.globals[i];
    const Value& old = before.globals[i].value;
    if (is_same(old, value)) continue;
    difference.globals.push_back({.index = index, .before = text_of(old), .after = text_of(value)});
  }
  for (std::size_t i = 0; i < std::min(before.tables.size(), after.tables.size()); ++i) {
    const auto& [index, elements] = after.tables[i];
    if (elements != before.tables[i].elements) difference.tables.push_back(index);
  }
  for (std::size_t i = 0; i < std::min(before.memories.size(), after.memories.size()); ++i) {
    compare(before.memories[i], after.memories[i], difference);
  }
  difference.segments = before.dropped_data != after.dropped_data ||
                        before.dropped_elements != after.dropped_elements;
  return difference;
}

}  // namespace synapsed::snapshot
