#pragma once

/// \file
/// What the work of crypto costs in gas: abi/crypto_prices.toml. Thread rule: pure functions.

#include <cstdint>

#include <synapsed/crypto_keys.hpp>

namespace synapsed::crypto {

/// One enumerator per group of prices whose rows are algorithms.
enum class HashWork : std::uint8_t { kHash, kHmac };
enum class KeyWork : std::uint8_t { kSeal, kGenerate, kSign, kVerify, kEncapsulate, kDecapsulate };
/// One per row of the group `other`.
enum class OtherWork : std::uint8_t {
  kArgon2id, kPbkdf2, kRandom, kRecover, kEncode, kEncodeSignature, kKeyStore
};

/// Of work on so many bytes of input and output.
[[nodiscard]] std::uint64_t price_of(HashWork work, HashAlgorithm algorithm, std::uint64_t bytes = 0);
[[nodiscard]] std::uint64_t price_of(KeyWork work, KeyAlgorithm algorithm, std::uint64_t bytes = 0);
[[nodiscard]] std::uint64_t price_of(OtherWork work, std::uint64_t bytes = 0);

}  // namespace synapsed::crypto
