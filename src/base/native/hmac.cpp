#include "base/hmac.hpp"

#include <algorithm>
#include <vector>

namespace synapsed {
namespace {

constexpr std::size_t kBlockBytes = 64;
constexpr std::byte kInnerPad{0x36};
constexpr std::byte kOuterPad{0x5c};

/// Of the key, which is shorter than a block and so is filled up with zeros, and then `message`.
Sha256Digest padded_hash(std::span<const std::byte, 32> key, std::byte pad,
                         std::span<const std::byte> message) {
  std::vector<std::byte> text(kBlockBytes, pad);
  for (std::size_t i = 0; i < key.size(); ++i) text[i] ^= key[i];
  text.insert(text.end(), message.begin(), message.end());
  return sha256(text);
}

}  // namespace

Sha256Digest hmac_sha256(std::span<const std::byte, 32> key, std::span<const std::byte> message) {
  return padded_hash(key, kOuterPad, padded_hash(key, kInnerPad, message));
}

bool equal_in_constant_time(const Sha256Digest& a, const Sha256Digest& b) {
  std::byte difference{0};
  for (std::size_t i = 0; i < a.size(); ++i) difference |= a[i] ^ b[i];
  return difference == std::byte{0};
}

}  // namespace synapsed
