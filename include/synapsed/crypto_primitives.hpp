#pragma once

/// \file
/// Hashes, message authentication, key derivation, authenticated encryption, random bytes. Owned by
/// the room `crypto`. The algorithms are OpenSSL's.
///
///     const Bytes digest = crypto::hash(crypto::HashAlgorithm::kSha256, message).value();
///
/// Errors: `crypto.invalid_argument` for a length, number or algorithm that a function does not
/// take; `crypto.not_authentic` for what does not verify, without a word about why.
///
/// Thread rule: functions are safe from any thread; an object belongs to one thread at a time, an
/// `Aead` and a `SecretBytes` may be read by several.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

namespace synapsed::crypto {

/// One enumerator per row of `abi/crypto.json`, numbered as guests number them.
enum class HashAlgorithm : std::uint8_t {
#define SYNAPSED_HASH(enumerator, code, name, bytes, is_xof) k##enumerator = code,
#define SYNAPSED_KEY(...)
#include <synapsed/crypto_algorithms.def>
#undef SYNAPSED_HASH
#undef SYNAPSED_KEY
};

struct HashTraits {
  HashAlgorithm algorithm{};
  std::string_view name;    ///< for example `sha-256`
  std::size_t bytes = 0;    ///< of a digest where none is asked for
  bool has_length = false;  ///< any length may be asked for: SHAKE, and BLAKE2b from 1 to 64
};

[[nodiscard]] std::span<const HashTraits> hash_algorithms();
[[nodiscard]] const HashTraits& traits_of(HashAlgorithm algorithm);
[[nodiscard]] std::optional<HashAlgorithm> find_hash_algorithm(std::string_view name);

/// Whether two byte strings are equal, in a time that depends on their lengths alone.
[[nodiscard]] bool equal_in_constant_time(std::span<const std::byte> a,
                                          std::span<const std::byte> b);
/// Overwrites in a way that compilers keep.
void wipe(std::span<std::byte> bytes);

/// Bytes that are wiped when they are destroyed. Cannot be copied by accident: see `copy`.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size);  ///< zeros
  [[nodiscard]] static SecretBytes copy_of(std::span<const std::byte> bytes);
  SecretBytes(SecretBytes&& other) noexcept
      : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  ~SecretBytes();

  [[nodiscard]] SecretBytes copy() const { return copy_of(view()); }
  [[nodiscard]] std::span<const std::byte> view() const { return {data_.get(), size_}; }
  [[nodiscard]] std::span<std::byte> bytes() { return {data_.get(), size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  /// In constant time.
  [[nodiscard]] bool operator==(const SecretBytes& other) const {
    return equal_in_constant_time(view(), other.view());
  }

 private:
  std::unique_ptr<std::byte[]> data_;
  std::size_t size_ = 0;
};

/// Where secret random bytes come from. Safe from any thread.
class Entropy {
 public:
  virtual ~Entropy() = default;
  /// Fills all of `bytes`. Error: `crypto.no_entropy`.
  virtual Result<void> fill(std::span<std::byte> bytes) = 0;
};

/// The operating system's, through OpenSSL's generator (NIST SP 800-90A).
[[nodiscard]] Entropy& system_entropy();
/// `count` of its bytes. Error: `crypto.no_entropy`.
[[nodiscard]] Result<Bytes> random_bytes(std::size_t count);

// --- Hashes: FIPS 180-4, FIPS 202, Keccak-256 as Ethereum has it, RFC 7693. ---

/// A stream of bytes to a digest.
class Hasher {
 public:
  /// `digest_bytes`: 0 for the algorithm's own; others where `HashTraits::has_length`, up to 1 MiB.
  [[nodiscard]] static Result<Hasher> create(HashAlgorithm algorithm, std::size_t digest_bytes = 0);
  /// HMAC (RFC 2104) with that hash; the key has any length.
  [[nodiscard]] static Result<Hasher> create_hmac(HashAlgorithm algorithm,
                                                  std::span<const std::byte> key);
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();

  void update(std::span<const std::byte> bytes);
  [[nodiscard]] std::size_t digest_bytes() const;
  /// Writes the digest, `digest_bytes()` of them, and starts over.
  void finish(std::span<std::byte> digest);
  [[nodiscard]] Bytes finish();

  struct Impl;

 private:
  explicit Hasher(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

[[nodiscard]] Result<Bytes> hash(HashAlgorithm algorithm, std::span<const std::byte> data,
                                 std::size_t digest_bytes = 0);
/// As long as `digest`, which must be a length that the algorithm has.
Result<void> hash_into(HashAlgorithm algorithm, std::span<const std::byte> data,
                       std::span<std::byte> digest);
[[nodiscard]] Result<Bytes> hmac(HashAlgorithm algorithm, std::span<const std::byte> key,
                                 std::span<const std::byte> data);
/// As long as the hash's digests.
Result<void> hmac_into(HashAlgorithm algorithm, std::span<const std::byte> key,
                       std::span<const std::byte> data, std::span<std::byte> tag);
/// Compares in constant time. `tag` may be cut to no less than 16 bytes (NIST SP 800-107). Error:
/// `crypto.not_authentic`.
Result<void> verify_hmac(HashAlgorithm algorithm, std::span<const std::byte> key,
                         std::span<const std::byte> data, std::span<const std::byte> tag);

// --- Key derivation. ---

/// HKDF (RFC 5869): extract, then expand to `bytes` ≤ 255 digests. Of fixed-length hashes.
[[nodiscard]] Result<SecretBytes> hkdf(HashAlgorithm algorithm, std::span<const std::byte> key,
                                       std::span<const std::byte> salt,
                                       std::span<const std::byte> info, std::size_t bytes);

/// PBKDF2 (RFC 8018) with HMAC; `iterations` ≥ 1, `bytes` from 1 to 1 MiB.
[[nodiscard]] Result<SecretBytes> pbkdf2(HashAlgorithm algorithm,
                                         std::span<const std::byte> password,
                                         std::span<const std::byte> salt,
                                         std::uint32_t iterations, std::size_t bytes);

/// Argon2id (RFC 9106), version 1.3. The first recommendation of its section 4 is 2 GiB, the second,
/// the default here, 64 MiB in three passes.
struct Argon2Cost {
  std::uint32_t memory_kib = 64 * 1024;  ///< 8 × lanes … 4 GiB
  std::uint32_t passes = 3;              ///< 1 … 2^24
  std::uint32_t lanes = 4;               ///< 1 … 255, computed one after the other
};
/// `salt` has at least 8 bytes, the result 4 to 1024.
[[nodiscard]] Result<SecretBytes> argon2id(std::span<const std::byte> password,
                                           std::span<const std::byte> salt, const Argon2Cost& cost,
                                           std::size_t bytes);

}  // namespace synapsed::crypto
