// X-Wing, the hybrid of ML-KEM-768 and X25519 (draft-connolly-cfrg-xwing-kem): a shared secret that
// holds as long as one of the two does.

#include <algorithm>
#include <array>

#include "base/try.hpp"
#include "crypto/key_material.hpp"

namespace synapsed::crypto {
namespace {

constexpr KeyAlgorithm kAlgorithm = KeyAlgorithm::kX25519MlKem768;
constexpr std::size_t kMlKemPublicBytes = 1184;
constexpr std::size_t kMlKemCiphertextBytes = 1088;
constexpr std::size_t kMlKemSeedBytes = 64;
constexpr std::size_t kX25519Bytes = 32;
constexpr std::size_t kSeedBytes = 32;
constexpr std::string_view kLabel = "\\.//^\\";

/// Section 5.3. The two secrets, and what X25519 does not bind to its own.
Result<void> combine(ByteSpan ml_kem, ByteSpan x25519, ByteSpan x25519_ciphertext,
                     ByteSpan x25519_public, std::span<std::byte> shared) {
  Hasher hasher = TRY(Hasher::create(HashAlgorithm::kSha3_256));
  for (const ByteSpan part : {ml_kem, x25519, x25519_ciphertext, x25519_public, as_bytes(kLabel)}) {
    hasher.update(part);
  }
  hasher.finish(shared);
  return {};
}

class Public final : public PublicKeyMaterial {
 public:
  Public(PublicMaterial ml_kem, PublicMaterial x25519)
      : PublicKeyMaterial(kAlgorithm), ml_kem_(std::move(ml_kem)), x25519_(std::move(x25519)) {}

  [[nodiscard]] Bytes raw() const override {
    Bytes bytes = ml_kem_->raw();
    const Bytes x25519 = x25519_->raw();
    bytes.insert(bytes.end(), x25519.begin(), x25519.end());
    return bytes;
  }
  Result<void> encapsulate(Entropy& entropy, std::span<std::byte> ciphertext,
                           std::span<std::byte> shared) const override {
    SecretBytes ml_kem(kSharedSecretBytes);
    TRY(ml_kem_->encapsulate(entropy, ciphertext.first(kMlKemCiphertextBytes), ml_kem.bytes()));
    SecretBytes seed(kX25519Bytes);
    TRY(entropy.fill(seed.bytes()));
    const SecretMaterial ephemeral = TRY(make_evp_secret(KeyAlgorithm::kX25519, seed.view()));
    const Bytes sent = TRY(ephemeral->public_material())->raw();
    std::ranges::copy(sent, ciphertext.begin() + kMlKemCiphertextBytes);
    SecretBytes x25519(kX25519Bytes);
    TRY(ephemeral->agree(*x25519_, x25519.bytes()));
    return combine(ml_kem.view(), x25519.view(), sent, x25519_->raw(), shared);
  }

 private:
  const PublicMaterial ml_kem_;
  const PublicMaterial x25519_;
};

class Secret final : public SecretKeyMaterial {
 public:
  Secret(SecretBytes seed, SecretMaterial ml_kem, SecretMaterial x25519)
      : SecretKeyMaterial(kAlgorithm),
        seed_(std::move(seed)),
        ml_kem_(std::move(ml_kem)),
        x25519_(std::move(x25519)) {}

  [[nodiscard]] SecretBytes raw() const override { return seed_.copy(); }
  [[nodiscard]] Result<PublicMaterial> public_material() const override {
    return std::make_shared<const Public>(TRY(ml_kem_->public_material()),
                                          TRY(x25519_->public_material()));
  }
  Result<void> decapsulate(ByteSpan ciphertext, std::span<std::byte> shared) const override {
    SecretBytes ml_kem(kSharedSecretBytes);
    TRY(ml_kem_->decapsulate(ciphertext.first(kMlKemCiphertextBytes), ml_kem.bytes()));
    const ByteSpan sent = ciphertext.last(kX25519Bytes);
    const PublicMaterial ephemeral = TRY(make_evp_public(KeyAlgorithm::kX25519, sent));
    SecretBytes x25519(kX25519Bytes);
    if (!x25519_->agree(*ephemeral, x25519.bytes())) return std::unexpected(not_authentic());
    const Bytes own = TRY(x25519_->public_material())->raw();
    return combine(ml_kem.view(), x25519.view(), sent, own, shared);
  }

 private:
  const SecretBytes seed_;
  const SecretMaterial ml_kem_;
  const SecretMaterial x25519_;
};

}  // namespace

Result<PublicMaterial> make_xwing_public(ByteSpan raw) {
  if (raw.size() != kMlKemPublicBytes + kX25519Bytes) {
    return std::unexpected(invalid_key(kAlgorithm));
  }
  auto ml_kem = make_evp_public(KeyAlgorithm::kMlKem768, raw.first(kMlKemPublicBytes));
  if (!ml_kem) return std::unexpected(invalid_key(kAlgorithm));
  return std::make_shared<const Public>(
      std::move(*ml_kem), TRY(make_evp_public(KeyAlgorithm::kX25519, raw.last(kX25519Bytes))));
}

/// Section 5.2: the seed is expanded to those of the two.
Result<SecretMaterial> make_xwing_secret(ByteSpan raw) {
  if (raw.size() != kSeedBytes) return std::unexpected(invalid_key(kAlgorithm));
  SecretBytes expanded(kMlKemSeedBytes + kX25519Bytes);
  TRY(hash_into(HashAlgorithm::kShake256, raw, expanded.bytes()));
  SecretMaterial ml_kem =
      TRY(make_evp_secret(KeyAlgorithm::kMlKem768, expanded.view().first(kMlKemSeedBytes)));
  SecretMaterial x25519 =
      TRY(make_evp_secret(KeyAlgorithm::kX25519, expanded.view().last(kX25519Bytes)));
  return std::make_unique<const Secret>(SecretBytes::copy_of(raw), std::move(ml_kem),
                                        std::move(x25519));
}

}  // namespace synapsed::crypto
