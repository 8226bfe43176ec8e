#include <algorithm>
#include <array>

#include <synapsed/crypto_keys.hpp>
#include <synapsed/crypto_primitives.hpp>

namespace synapsed::crypto {
namespace {

constexpr std::array kHashes{
#define SYNAPSED_HASH(enumerator, code, name, bytes, has_length) \
  HashTraits{HashAlgorithm::k##enumerator, name, bytes, has_length},
#define SYNAPSED_KEY(...)
#include <synapsed/crypto_algorithms.def>
#undef SYNAPSED_HASH
#undef SYNAPSED_KEY
};

constexpr std::array kKeys{
#define SYNAPSED_HASH(...)
#define SYNAPSED_KEY(enumerator, code, name, kind, public_bytes, secret_bytes, output_bytes) \
  KeyTraits{KeyAlgorithm::k##enumerator, name, KeyKind::k##kind, public_bytes, secret_bytes, \
            output_bytes},
#include <synapsed/crypto_algorithms.def>
#undef SYNAPSED_HASH
#undef SYNAPSED_KEY
};

/// Where the row of each number is.
template <typename Traits, std::size_t kCount>
consteval auto index(const std::array<Traits, kCount>& rows) {
  std::array<std::uint8_t, 64> places{};
  for (std::size_t i = 0; i < kCount; ++i) {
    places.at(static_cast<std::size_t>(rows[i].algorithm)) = static_cast<std::uint8_t>(i);
  }
  return places;
}
constexpr auto kHashIndex = index(kHashes);
constexpr auto kKeyIndex = index(kKeys);

template <typename Traits, std::size_t kCount>
auto find_by_name(const std::array<Traits, kCount>& rows, std::string_view name) {
  const auto found = std::ranges::find(rows, name, &Traits::name);
  return found == rows.end() ? std::nullopt : std::optional(found->algorithm);
}

}  // namespace

std::span<const HashTraits> hash_algorithms() { return kHashes; }
const HashTraits& traits_of(HashAlgorithm algorithm) {
  return kHashes.at(kHashIndex.at(static_cast<std::size_t>(algorithm)));
}
std::optional<HashAlgorithm> find_hash_algorithm(std::string_view name) {
  return find_by_name(kHashes, name);
}

std::span<const KeyTraits> key_algorithms() { return kKeys; }
const KeyTraits& traits_of(KeyAlgorithm algorithm) {
  return kKeys.at(kKeyIndex.at(static_cast<std::size_t>(algorithm)));
}
std::optional<KeyAlgorithm> find_key_algorithm(std::string_view name) {
  return find_by_name(kKeys, name);
}

}  // namespace synapsed::crypto
