#include "bytecode/gas/positions.hpp"

#include <array>
#include <cstring>

namespace synapsed::bytecode {
namespace {

constexpr std::size_t kNumberBytes = 4;
constexpr std::size_t kPositionBytes = 2 * kNumberBytes + 1;

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

void PositionMap::encode(Bytes& out) const {
  out.reserve(out.size() + positions_.size() * kPositionBytes);
  for (const Position& position : positions_) {
    append(out, position.written);
    append(out, position.original);
    out.push_back(std::byte{position.is_copied});
  }
}

std::optional<PositionMap> PositionMap::decode(ByteSpan bytes) {
  if (bytes.size() % kPositionBytes != 0) return std::nullopt;
  std::vector<Position> positions(bytes.size() / kPositionBytes);
  const std::byte* next = bytes.data();
  for (Position& position : positions) {
    position = {.written = number_at(next),
                .original = number_at(next + kNumberBytes),
                .is_copied = next[2 * kNumberBytes] != std::byte{0}};
    next += kPositionBytes;
  }
  if (!std::ranges::is_sorted(positions, {}, &Position::written)) return std::nullopt;
  return PositionMap(std::move(positions));
}

}  // namespace synapsed::bytecode
