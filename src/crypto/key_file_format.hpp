#pragma once

/// \file
/// The bytes of a key file to what they say, and back (docs/formats/key-file.md). Nothing here has
/// a key: what is sealed stays so. Whatever is read is written again byte for byte.
///
/// Errors: `crypto.key_file`, without a place.
///
/// Thread rule: pure functions; what they read views the bytes they were given.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <synapsed/crypto_keystore.hpp>

#include "base/bytes.hpp"

namespace synapsed::crypto {

// --- Limits. A file comes from anywhere until it is proven genuine. ---

/// What opening a file may cost at most; the work is done before anything is proven.
inline constexpr std::uint32_t kArgon2MemoryKibMax = std::uint32_t{1} << 20;
inline constexpr std::uint32_t kArgon2PassesMost = 64;
inline constexpr std::uint32_t kArgon2LanesMost = 16;
/// Above the longest key, an expanded one of ML-DSA-87.
inline constexpr std::size_t kSecretBytesMax = 8192;
inline constexpr std::size_t kSaltBytes = 16;
inline constexpr std::size_t kDataKeyBytes = 32;
/// What sealing adds: a nonce before, a tag behind.
inline constexpr std::size_t kSealBytes = kAeadNonceBytes + kAeadTagBytes;

// --- The file. ---

enum class MasterKind : std::uint8_t { kKey = 1, kPassphrase = 2 };

struct MasterDescriptor {
  MasterKind kind{};
  Argon2Cost cost;  ///< of a passphrase; zeros of a key
  std::array<std::byte, kSaltBytes> salt{};
};

[[nodiscard]] bool is_allowed(const Argon2Cost& cost);

struct KeyFileParts {
  MasterDescriptor master;
  ByteSpan described;  ///< what comes before the sealed data key
  ByteSpan sealed_data_key;
  ByteSpan head;  ///< both: what changes with the master key alone
  std::uint64_t generation = 0;
  std::vector<ByteSpan> records;  ///< each sealed
  ByteSpan body;                  ///< all that the digest is of
  ByteSpan digest;
  ByteSpan end_seal;
};

[[nodiscard]] Result<KeyFileParts> parse_key_file(ByteSpan file);

[[nodiscard]] Bytes write_description(const MasterDescriptor& master);
/// All but digest and end seal.
[[nodiscard]] Bytes write_body(ByteSpan head, std::uint64_t generation,
                               std::span<const ByteSpan> records);

// --- What a record seals. ---

struct KeyRecord {
  KeyInfo info;  ///< without the public key
  ByteSpan secret;
};

[[nodiscard]] Result<KeyRecord> parse_record(ByteSpan plaintext);
/// `info` has been checked.
[[nodiscard]] SecretBytes write_record(const KeyInfo& info, ByteSpan secret);

/// Error: `crypto.invalid_argument`.
Result<void> check_name(const KeyName& name);
Result<void> check_policy(const KeyPolicy& policy);

}  // namespace synapsed::crypto
