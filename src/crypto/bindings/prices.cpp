#include "crypto/bindings/prices.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace synapsed::crypto {
namespace {

struct Price {
  std::uint64_t base = 0;
  std::uint64_t per_kib = 0;
};

// The table, row by row; a group is the number of its work in the order of the enumerations.
enum class Group : std::uint8_t {
  kHash, kHmac, kSeal, kGenerate, kSign, kVerify, kEncapsulate, kDecapsulate, kOther
};
struct Row {
  Group group;
  std::string_view name;
  Price price;
};
constexpr std::array kRows{
#define SYNAPSED_CRYPTO_PRICE(group, name, base, per_kib) Row{Group::k##group, name, {base, per_kib}},
#include "crypto/prices.def"
#undef SYNAPSED_CRYPTO_PRICE
};

static_assert(std::ranges::all_of(kRows, [](const Row& row) {
  return row.price.per_kib < std::uint64_t{1} << 23;  // see `total`
}));

consteval Price find(Group group, std::string_view name) {
  for (const Row& row : kRows) {
    if (row.group == group && row.name == name) return row.price;
  }
  return {};  // algorithms that cannot do this work
}

constexpr std::size_t kCodes = 64;
using ByCode = std::array<Price, kCodes>;

consteval ByCode of_hashes(Group group) {
  ByCode prices{};
#define SYNAPSED_HASH(enumerator, code, name, ...) prices.at(code) = find(group, name);
#define SYNAPSED_KEY(...)
#include <synapsed/crypto_algorithms.def>
#undef SYNAPSED_HASH
#undef SYNAPSED_KEY
  return prices;
}
consteval ByCode of_keys(Group group) {
  ByCode prices{};
#define SYNAPSED_HASH(...)
#define SYNAPSED_KEY(enumerator, code, name, ...) prices.at(code) = find(group, name);
#include <synapsed/crypto_algorithms.def>
#undef SYNAPSED_HASH
#undef SYNAPSED_KEY
  return prices;
}

constexpr std::array kHashPrices{of_hashes(Group::kHash), of_hashes(Group::kHmac)};
constexpr std::array kKeyPrices{of_keys(Group::kSeal),        of_keys(Group::kGenerate),
                                of_keys(Group::kSign),        of_keys(Group::kVerify),
                                of_keys(Group::kEncapsulate), of_keys(Group::kDecapsulate)};
constexpr std::array kOtherPrices{
    find(Group::kOther, "argon2id"), find(Group::kOther, "pbkdf2"),
    find(Group::kOther, "random"),   find(Group::kOther, "recover"),
    find(Group::kOther, "encode"),   find(Group::kOther, "encode_signature"),
    find(Group::kOther, "key_store")};
static_assert(std::ranges::none_of(kOtherPrices, [](const Price& price) {
  return price.base == 0 && price.per_kib == 0;
}));

std::uint64_t total(const Price& price, std::uint64_t bytes) {
  // More than any guest has; the product fits 64 bits.
  constexpr std::uint64_t kBytesMax = std::uint64_t{1} << 40;
  return price.base + (price.per_kib * std::min(bytes, kBytesMax) + 1023) / 1024;
}

}  // namespace

std::uint64_t price_of(HashWork work, HashAlgorithm algorithm, std::uint64_t bytes) {
  return total(kHashPrices.at(static_cast<std::size_t>(work))[static_cast<std::size_t>(algorithm)],
               bytes);
}
std::uint64_t price_of(KeyWork work, KeyAlgorithm algorithm, std::uint64_t bytes) {
  return total(kKeyPrices.at(static_cast<std::size_t>(work))[static_cast<std::size_t>(algorithm)],
               bytes);
}
std::uint64_t price_of(OtherWork work, std::uint64_t bytes) {
  return total(kOtherPrices.at(static_cast<std::size_t>(work)), bytes);
}

}  // namespace synapsed::crypto
