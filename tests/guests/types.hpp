// A record that two source files of a module use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <synapsed/guest.hpp>

namespace shapes {

struct item {
  std::uint8_t kind;
  std::string name;
  std::optional<std::int64_t> price;
  std::vector<std::uint16_t> codes;

  bool operator==(const item&) const = default;
};
SYNAPSED_RECORD(item, (kind, u8), (name, string), (price, option<s64>), (codes, list<u16>))

}  // namespace shapes
