#include "bytecode/gas/positions.hpp"

#include <utility>

#include "base/fields.hpp"

namespace synapsed::bytecode {
namespace {

constexpr std::size_t kRecordBytes = 4 + 4 + 1;

}  // namespace

PositionMap::PositionMap(const std::vector<Position>& positions) {
  FieldWriter out;
  out.bytes().reserve(positions.size() * kRecordBytes);
  for (const Position& position : positions) {
    out.number(position.written);
    out.number(position.original);
    out.number(std::uint8_t{position.is_copied});
  }
  records_ = std::move(out.bytes());
}

std::optional<PositionMap> PositionMap::from_bytes(Bytes bytes) {
  if (bytes.size() % kRecordBytes != 0) return std::nullopt;
  PositionMap map;
  map.records_ = std::move(bytes);
  return map;
}

Position PositionMap::at(std::size_t index) const {
  FieldReader record(ByteSpan(records_).subspan(index * kRecordBytes, kRecordBytes));
  const auto written = record.number<std::uint32_t>();
  const auto original = record.number<std::uint32_t>();
  return {.written = written, .original = original, .is_copied = record.number<std::uint8_t>() != 0};
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
