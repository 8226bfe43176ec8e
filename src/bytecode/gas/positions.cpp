#include "bytecode/gas/positions.hpp"

#include <utility>

namespace synapsed::bytecode {
namespace {

constexpr std::size_t kNumberBytes = 4;
constexpr std::size_t kRecordBytes = 2 * kNumberBytes + 1;

void append(Bytes& out, std::uint32_t number) {
  for (std::size_t i = 0; i < kNumberBytes; ++i) out.push_back(static_cast<std::byte>(number >> (8 * i)));
}

std::uint32_t number_at(const std::byte* bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = kNumberBytes; i > 0; --i) {
    number = number << 8 | std::to_integer<std::uint32_t>(bytes[i - 1]);
  }
  return number;
}

}  // namespace

PositionMap::PositionMap(const std::vector<Position>& positions) {
  records_.reserve(positions.size() * kRecordBytes);
  for (const Position& position : positions) {
    append(records_, position.written);
    append(records_, position.original);
    records_.push_back(std::byte{position.is_copied});
  }
}

std::optional<PositionMap> PositionMap::from_bytes(Bytes bytes) {
  if (bytes.size() % kRecordBytes != 0) return std::nullopt;
  PositionMap map;
  map.records_ = std::move(bytes);
  return map;
}

Position PositionMap::at(std::size_t index) const {
  const std::byte* record = &records_[index * kRecordBytes];
  return {.written = number_at(record),
          .original = number_at(record + kNumberBytes),
          .is_copied = record[2 * kNumberBytes] != std::byte{0}};
}

std::uint64_t PositionMap::original(std::uint64_t offset) const {
  std::size_t first = 0;  // the runs before it begin at `offset` or before
  std::size_t last = records_.size() / kRecordBytes;
  while (first < last) {
    const std::size_t middle = first + (last - first) / 2;
    if (at(middle).written <= offset) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  if (first == 0) return offset;
  const Position run = at(first - 1);
  return run.original + (run.is_copied ? offset - run.written : 0);
}

}  // namespace synapsed::bytecode
