#include "tests/integration/crypto/face.hpp"

namespace synapsed::test {
namespace {

CryptoFace::Answer answer(Result<Bytes> result) {
  return result ? CryptoFace::Answer(std::move(*result)) : std::nullopt;
}
CryptoFace::Answer answer(Result<crypto::SecretBytes> result) {
  if (!result) return std::nullopt;
  return Bytes(result->view().begin(), result->view().end());
}

class DirectFace final : public CryptoFace {
 public:
  Answer aead_seal(KeyAlgorithm algorithm, const Bytes& key, const Bytes& nonce,
                   const Bytes& associated, const Bytes& plaintext) override {
    const auto aead = crypto::Aead::create(algorithm, key);
    return aead ? answer(aead->seal(nonce, associated, plaintext)) : std::nullopt;
  }
  Answer aead_open(KeyAlgorithm algorithm, const Bytes& key, const Bytes& nonce,
                   const Bytes& associated, const Bytes& sealed) override {
    const auto aead = crypto::Aead::create(algorithm, key);
    return aead ? answer(aead->open(nonce, associated, sealed)) : std::nullopt;
  }
  Answer hmac(HashAlgorithm algorithm, const Bytes& key, const Bytes& data) override {
    return answer(crypto::hmac(algorithm, key, data));
  }
  Answer hkdf(HashAlgorithm algorithm, const Bytes& key, const Bytes& salt, const Bytes& info,
              std::size_t bytes) override {
    return answer(crypto::hkdf(algorithm, key, salt, info, bytes));
  }
  Answer derive_public(KeyAlgorithm algorithm, const Bytes& secret) override {
    const auto key = crypto::SecretKey::from_raw(algorithm, secret);
    if (!key) return std::nullopt;
    return key->public_key().value().to_raw();
  }
  Answer sign(KeyAlgorithm algorithm, const Bytes& secret, const Bytes& message,
              const Bytes& context, const std::optional<Bytes>& random) override {
    const auto key = crypto::SecretKey::from_raw(algorithm, secret);
    if (!key) return std::nullopt;
    KnownEntropy entropy(random.value_or(Bytes(32)));
    return answer(crypto::sign(*key, message,
                               {.context = context,
                                .is_deterministic = !random.has_value(),
                                .entropy = &entropy}));
  }
  Answer sign_digest(KeyAlgorithm algorithm, const Bytes& secret, const Bytes& digest) override {
    const auto key = crypto::SecretKey::from_raw(algorithm, secret);
    if (!key) return std::nullopt;
    return answer(crypto::sign_digest(*key, digest, {.context = {}, .is_deterministic = true}));
  }
  bool verify(KeyAlgorithm algorithm, const Bytes& public_key, const Bytes& message,
              const Bytes& signature, const Bytes& context) override {
    const auto key = crypto::PublicKey::from_raw(algorithm, public_key);
    return key && crypto::verify(*key, message, signature, context).has_value();
  }
  Answer ecdsa_from_der(const Bytes& der) override { return answer(crypto::ecdsa_from_der(der)); }
  Answer decode_public(KeyAlgorithm algorithm, const Bytes& spki) override {
    const auto key = crypto::PublicKey::from_spki(spki);
    if (!key || key->algorithm() != algorithm) return std::nullopt;
    return key->to_raw();
  }
  Answer key_agreement(const Bytes& secret, const Bytes& public_key) override {
    const auto mine = crypto::SecretKey::from_raw(KeyAlgorithm::kX25519, secret);
    const auto other = crypto::PublicKey::from_raw(KeyAlgorithm::kX25519, public_key);
    if (!mine || !other) return std::nullopt;
    return answer(crypto::key_agreement(*mine, *other));
  }
  Answer decapsulate(KeyAlgorithm algorithm, const Bytes& secret,
                     const Bytes& ciphertext) override {
    const auto key = crypto::SecretKey::from_raw(algorithm, secret);
    if (!key) return std::nullopt;
    return answer(crypto::decapsulate(*key, ciphertext));
  }
  Answer encapsulate(KeyAlgorithm algorithm, const Bytes& public_key,
                     const Bytes& random) override {
    const auto key = crypto::PublicKey::from_raw(algorithm, public_key);
    if (!key) return std::nullopt;
    KnownEntropy entropy(random);
    const auto made = crypto::encapsulate(*key, entropy);
    if (!made) return std::nullopt;
    Bytes both = made->ciphertext;
    both.insert(both.end(), made->shared_secret.view().begin(), made->shared_secret.view().end());
    return both;
  }
};

}  // namespace

std::unique_ptr<CryptoFace> direct_face() { return std::make_unique<DirectFace>(); }

}  // namespace synapsed::test
