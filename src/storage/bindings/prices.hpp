#pragma once

/// \file
/// What the storage functions charge besides their base price: abi/storage.json. Thread rule: pure
/// functions.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace synapsed::storage {

struct Price {
  std::uint64_t per_byte = 0;   ///< of keys and values, taken and given
  std::uint64_t per_entry = 0;  ///< given, or step made
};

namespace price_table {

struct Row {
  std::string_view name;
  Price price;
};
inline constexpr std::array kRows{
#define SYNAPSED_STORAGE_PRICE(name, per_byte, per_entry) Row{name, {per_byte, per_entry}},
#include "storage/prices.def"
#undef SYNAPSED_STORAGE_PRICE
};

}  // namespace price_table

/// Does not compile for a name that the table lacks.
[[nodiscard]] consteval Price price_of(std::string_view name) {
  return std::ranges::find(price_table::kRows, name, &price_table::Row::name)->price;
}

/// Each price is below 2^20, and no guest has 2^40 bytes: the sum fits 64 bits.
[[nodiscard]] constexpr std::uint64_t cost(const Price& price, std::uint64_t bytes,
                                           std::uint64_t entries) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 40;
  return price.per_byte * std::min(bytes, kMost) + price.per_entry * std::min(entries, kMost);
}

}  // namespace synapsed::storage
