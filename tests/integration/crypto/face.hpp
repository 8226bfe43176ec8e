#pragma once

/// \file
/// What the published vectors ask of crypto, so that one suite serves the C++ functions and a guest
/// that calls the host functions. Thread rule: one thread.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <synapsed/crypto_keys.hpp>
#include <synapsed/value.hpp>

namespace synapsed::test {

using crypto::HashAlgorithm;
using crypto::KeyAlgorithm;

/// None of a function's results: it refused.
class CryptoFace {
 public:
  using Answer = std::optional<Bytes>;

  virtual ~CryptoFace() = default;
  virtual Answer aead_seal(KeyAlgorithm algorithm, const Bytes& key, const Bytes& nonce,
                           const Bytes& associated, const Bytes& plaintext) = 0;
  virtual Answer aead_open(KeyAlgorithm algorithm, const Bytes& key, const Bytes& nonce,
                           const Bytes& associated, const Bytes& sealed) = 0;
  virtual Answer hmac(HashAlgorithm algorithm, const Bytes& key, const Bytes& data) = 0;
  virtual Answer hkdf(HashAlgorithm algorithm, const Bytes& key, const Bytes& salt,
                      const Bytes& info, std::size_t bytes) = 0;
  virtual Answer derive_public(KeyAlgorithm algorithm, const Bytes& secret) = 0;
  /// `random`: what the random bytes that it takes are.
  virtual Answer sign(KeyAlgorithm algorithm, const Bytes& secret, const Bytes& message,
                      const Bytes& context, const std::optional<Bytes>& random) = 0;
  virtual Answer sign_digest(KeyAlgorithm algorithm, const Bytes& secret, const Bytes& digest) = 0;
  virtual bool verify(KeyAlgorithm algorithm, const Bytes& public_key, const Bytes& message,
                      const Bytes& signature, const Bytes& context) = 0;
  virtual Answer ecdsa_from_der(const Bytes& der) = 0;
  virtual Answer decode_public(KeyAlgorithm algorithm, const Bytes& spki) = 0;
  virtual Answer key_agreement(const Bytes& secret, const Bytes& public_key) = 0;
  virtual Answer decapsulate(KeyAlgorithm algorithm, const Bytes& secret,
                             const Bytes& ciphertext) = 0;
  /// The ciphertext and the shared secret, one behind the other.
  virtual Answer encapsulate(KeyAlgorithm algorithm, const Bytes& public_key,
                             const Bytes& random) = 0;
};

/// Random bytes that are known beforehand, again and again.
class KnownEntropy final : public crypto::Entropy {
 public:
  explicit KnownEntropy(Bytes bytes = Bytes(32)) : bytes_(std::move(bytes)) {}
  void set(Bytes bytes) { bytes_ = std::move(bytes); }
  Result<void> fill(std::span<std::byte> bytes) override {
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = bytes_[i % bytes_.size()];
    return {};
  }

 private:
  Bytes bytes_;
};

/// The functions of `<synapsed/crypto_keys.hpp>`.
[[nodiscard]] std::unique_ptr<CryptoFace> direct_face();

}  // namespace synapsed::test
