#pragma once

/// \file
/// What keys of an algorithm can do. Each family of algorithms derives from these; an operation it
/// lacks stays `crypto.unsupported`. Callers have checked lengths of outputs.
///
/// Thread rule: immutable; safe from several threads.

#include <memory>
#include <span>

#include <synapsed/crypto_keys.hpp>

#include "base/bytes.hpp"
#include "crypto/openssl.hpp"

namespace synapsed::crypto {

/// Error: `crypto.unsupported`: keys of the algorithm cannot do `what`.
[[nodiscard]] Error unsupported(KeyAlgorithm algorithm, std::string_view what);
/// Error: `crypto.invalid_key`.
[[nodiscard]] Error invalid_key(KeyAlgorithm algorithm);

class PublicKeyMaterial {
 public:
  explicit PublicKeyMaterial(KeyAlgorithm algorithm) : algorithm_(algorithm) {}
  virtual ~PublicKeyMaterial() = default;
  PublicKeyMaterial(const PublicKeyMaterial&) = delete;
  PublicKeyMaterial& operator=(const PublicKeyMaterial&) = delete;

  [[nodiscard]] KeyAlgorithm algorithm() const { return algorithm_; }
  [[nodiscard]] virtual Bytes raw() const = 0;
  virtual Result<void> verify(ByteSpan message, ByteSpan signature, ByteSpan context) const;
  virtual Result<void> verify_digest(ByteSpan digest, ByteSpan signature) const;
  virtual Result<void> encapsulate(Entropy& entropy, std::span<std::byte> ciphertext,
                                   std::span<std::byte> shared) const;
  /// As OpenSSL has it, for encodings; null where it does not know the algorithm.
  [[nodiscard]] virtual EvpKey native() const { return nullptr; }

 private:
  const KeyAlgorithm algorithm_;
};

using PublicMaterial = std::shared_ptr<const PublicKeyMaterial>;

class SecretKeyMaterial {
 public:
  explicit SecretKeyMaterial(KeyAlgorithm algorithm) : algorithm_(algorithm) {}
  virtual ~SecretKeyMaterial() = default;
  SecretKeyMaterial(const SecretKeyMaterial&) = delete;
  SecretKeyMaterial& operator=(const SecretKeyMaterial&) = delete;

  [[nodiscard]] KeyAlgorithm algorithm() const { return algorithm_; }
  [[nodiscard]] virtual SecretBytes raw() const = 0;
  [[nodiscard]] virtual Result<PublicMaterial> public_material() const;
  virtual Result<void> sign(ByteSpan message, const SignOptions& options,
                            std::span<std::byte> signature) const;
  virtual Result<void> sign_digest(ByteSpan digest, const SignOptions& options,
                                   std::span<std::byte> signature) const;
  virtual Result<void> sign_recoverable(ByteSpan digest, std::span<std::byte> signature) const;
  virtual Result<void> decapsulate(ByteSpan ciphertext, std::span<std::byte> shared) const;
  virtual Result<void> agree(const PublicKeyMaterial& other, std::span<std::byte> shared) const;
  [[nodiscard]] virtual EvpKey native() const { return nullptr; }

 private:
  const KeyAlgorithm algorithm_;
};

using SecretMaterial = std::unique_ptr<const SecretKeyMaterial>;

// --- The families. Errors: `crypto.invalid_key`. ---

/// ML-KEM, ML-DSA, SLH-DSA, X25519, Ed25519, ECDSA with P-256.
[[nodiscard]] Result<PublicMaterial> make_evp_public(KeyAlgorithm algorithm, ByteSpan raw);
[[nodiscard]] Result<SecretMaterial> make_evp_secret(KeyAlgorithm algorithm, ByteSpan raw);
/// Keys that OpenSSL read from an encoding.
[[nodiscard]] Result<PublicMaterial> adopt_evp_public(EvpKey key);
[[nodiscard]] Result<SecretMaterial> adopt_evp_secret(EvpKey key);

[[nodiscard]] Result<PublicMaterial> make_secp256k1_public(ByteSpan raw);
[[nodiscard]] Result<SecretMaterial> make_secp256k1_secret(ByteSpan raw);
[[nodiscard]] Result<PublicMaterial> recover_secp256k1(ByteSpan digest, ByteSpan signature);

[[nodiscard]] Result<PublicMaterial> make_sr25519_public(ByteSpan raw);
[[nodiscard]] Result<SecretMaterial> make_sr25519_secret(ByteSpan raw);

[[nodiscard]] Result<PublicMaterial> make_xwing_public(ByteSpan raw);
[[nodiscard]] Result<SecretMaterial> make_xwing_secret(ByteSpan raw);

[[nodiscard]] Result<PublicMaterial> make_composite_public(ByteSpan raw);
[[nodiscard]] Result<SecretMaterial> make_composite_secret(ByteSpan raw);

/// AEADs and HMAC: bytes.
[[nodiscard]] Result<SecretMaterial> make_symmetric(KeyAlgorithm algorithm, ByteSpan raw);

}  // namespace synapsed::crypto
