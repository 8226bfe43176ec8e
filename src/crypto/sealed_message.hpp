#pragma once

/// \file
/// Messages under a symmetric key that lasts: each has a key and a nonce of its own, made from the
/// lasting one and 16 random bytes, so that no nonce has to be remembered (docs/formats/sealed.md).
///
/// Thread rule: pure functions.

#include <cstdint>
#include <string_view>

#include <synapsed/crypto_keys.hpp>

#include "base/bytes.hpp"

namespace synapsed::crypto {

/// What a message is for; one that was sealed for another purpose is not authentic.
enum class SealPurpose : std::uint8_t { kData, kWrappedKey };

/// By how much a sealed message is longer.
inline constexpr std::size_t kSealedMessageBytes = 4 + 16 + kAeadTagBytes;

/// `version` tells the keys apart that the lasting one has had. `sealed` has the plaintext's bytes and
/// `kSealedMessageBytes`. Errors: `crypto.unsupported` unless the key is an AEAD's, `crypto.no_entropy`.
Result<void> seal_message(const SecretKey& key, std::uint32_t version, SealPurpose purpose,
                          ByteSpan associated, ByteSpan plaintext, std::span<std::byte> sealed,
                          Entropy& entropy);
/// The version that a message was sealed under. Error: `crypto.not_authentic` when it is too short.
[[nodiscard]] Result<std::uint32_t> sealed_version(ByteSpan sealed);
/// Error: `crypto.not_authentic`.
Result<void> open_message(const SecretKey& key, SealPurpose purpose, ByteSpan associated,
                          ByteSpan sealed, std::span<std::byte> plaintext);

}  // namespace synapsed::crypto
