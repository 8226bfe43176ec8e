#include <synapsed/crypto_keys.hpp>

#include <openssl/core_names.h>

#include <fmt/format.h>

#include "base/try.hpp"
#include "crypto/key_material.hpp"

namespace synapsed::crypto {

Error unsupported(KeyAlgorithm algorithm, std::string_view what) {
  return Error(ErrorCode::kCryptoUnsupported,
               fmt::format("keys of {} cannot {}", traits_of(algorithm).name, what));
}

Error invalid_key(KeyAlgorithm algorithm) {
  return Error(ErrorCode::kCryptoInvalidKey,
               fmt::format("it is no key of {}", traits_of(algorithm).name));
}

Result<void> PublicKeyMaterial::verify(ByteSpan, ByteSpan, ByteSpan) const {
  return std::unexpected(unsupported(algorithm_, "sign"));
}
Result<void> PublicKeyMaterial::verify_digest(ByteSpan, ByteSpan) const {
  return std::unexpected(unsupported(algorithm_, "sign digests"));
}
Result<void> PublicKeyMaterial::encapsulate(Entropy&, std::span<std::byte>,
                                            std::span<std::byte>) const {
  return std::unexpected(unsupported(algorithm_, "encapsulate"));
}

Result<PublicMaterial> SecretKeyMaterial::public_material() const {
  return std::unexpected(unsupported(algorithm_, "be made public: it is symmetric"));
}
Result<void> SecretKeyMaterial::sign(ByteSpan, const SignOptions&, std::span<std::byte>) const {
  return std::unexpected(unsupported(algorithm_, "sign"));
}
Result<void> SecretKeyMaterial::sign_digest(ByteSpan, const SignOptions&,
                                            std::span<std::byte>) const {
  return std::unexpected(unsupported(algorithm_, "sign digests"));
}
Result<void> SecretKeyMaterial::sign_recoverable(ByteSpan, std::span<std::byte>) const {
  return std::unexpected(unsupported(algorithm_, "make recoverable signatures"));
}
Result<void> SecretKeyMaterial::decapsulate(ByteSpan, std::span<std::byte>) const {
  return std::unexpected(unsupported(algorithm_, "decapsulate"));
}
Result<void> SecretKeyMaterial::agree(const PublicKeyMaterial&, std::span<std::byte>) const {
  return std::unexpected(unsupported(algorithm_, "agree on a secret"));
}

namespace {

Result<PublicMaterial> public_of(KeyAlgorithm algorithm, ByteSpan raw) {
  switch (algorithm) {
    case KeyAlgorithm::kEcdsaSecp256k1: return make_secp256k1_public(raw);
    case KeyAlgorithm::kSr25519: return make_sr25519_public(raw);
    case KeyAlgorithm::kX25519MlKem768: return make_xwing_public(raw);
    case KeyAlgorithm::kEd25519MlDsa65: return make_composite_public(raw);
    default: break;
  }
  if (traits_of(algorithm).public_bytes == 0) {
    return std::unexpected(unsupported(algorithm, "be public: they are symmetric"));
  }
  return make_evp_public(algorithm, raw);
}

Result<SecretMaterial> secret_of(KeyAlgorithm algorithm, ByteSpan raw) {
  switch (algorithm) {
    case KeyAlgorithm::kEcdsaSecp256k1: return make_secp256k1_secret(raw);
    case KeyAlgorithm::kSr25519: return make_sr25519_secret(raw);
    case KeyAlgorithm::kX25519MlKem768: return make_xwing_secret(raw);
    case KeyAlgorithm::kEd25519MlDsa65: return make_composite_secret(raw);
    default: break;
  }
  if (traits_of(algorithm).public_bytes == 0) return make_symmetric(algorithm, raw);
  return make_evp_secret(algorithm, raw);
}

bool is_slh_dsa(KeyAlgorithm algorithm) {
  return algorithm >= KeyAlgorithm::kSlhDsaSha2_128s && algorithm <= KeyAlgorithm::kSlhDsaShake256f;
}
bool is_elliptic(KeyAlgorithm algorithm) {
  return algorithm == KeyAlgorithm::kEcdsaP256 || algorithm == KeyAlgorithm::kEcdsaSecp256k1;
}

/// The only algorithm whose secret key is not what random bytes are: its last quarter is computed.
Result<SecretKey> generate_slh_dsa(KeyAlgorithm algorithm, Entropy& entropy) {
  const KeyTraits& traits = traits_of(algorithm);
  SecretBytes seed(traits.secret_bytes / 4 * 3);
  TRY(entropy.fill(seed.bytes()));
  Parameters<1> parameters;
  parameters.add(OSSL_PKEY_PARAM_SLH_DSA_SEED, seed.view());
  const EvpKeyContext context(
      EVP_PKEY_CTX_new_from_name(library(), std::string(traits.name).c_str(), nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_keygen_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_params(context.get(), parameters.get()) != 1 ||
      EVP_PKEY_generate(context.get(), &key) != 1) {
    return std::unexpected(engine_fault("making a key"));
  }
  return SecretKey(TRY(adopt_evp_secret(EvpKey(key))));
}

Result<void> check_room(std::size_t room, std::size_t needed) {
  if (room == needed) return {};
  return std::unexpected(
      invalid_argument(fmt::format("the output has {} bytes, not {}", needed, room)));
}

}  // namespace

// --- Keys. ---

Result<PublicKey> PublicKey::from_raw(KeyAlgorithm algorithm, ByteSpan raw) {
  return PublicKey(TRY(public_of(algorithm, raw)));
}
KeyAlgorithm PublicKey::algorithm() const { return material_->algorithm(); }
Bytes PublicKey::to_raw() const { return material_->raw(); }
bool PublicKey::operator==(const PublicKey& other) const {
  return algorithm() == other.algorithm() && to_raw() == other.to_raw();
}

SecretKey::SecretKey(std::unique_ptr<const SecretKeyMaterial> material)
    : material_(std::move(material)) {}
SecretKey::SecretKey(SecretKey&&) noexcept = default;
SecretKey& SecretKey::operator=(SecretKey&&) noexcept = default;
SecretKey::~SecretKey() = default;

Result<SecretKey> SecretKey::from_raw(KeyAlgorithm algorithm, ByteSpan raw) {
  return SecretKey(TRY(secret_of(algorithm, raw)));
}

Result<SecretKey> SecretKey::generate(KeyAlgorithm algorithm, Entropy& entropy) {
  if (is_slh_dsa(algorithm)) return generate_slh_dsa(algorithm, entropy);
  SecretBytes raw(traits_of(algorithm).secret_bytes);
  while (true) {
    TRY(entropy.fill(raw.bytes()));
    auto key = from_raw(algorithm, raw.view());
    // One number in 2^32 or fewer is none of the curve's.
    if (key || !is_elliptic(algorithm)) return key;
  }
}

KeyAlgorithm SecretKey::algorithm() const { return material_->algorithm(); }
Result<PublicKey> SecretKey::public_key() const {
  return PublicKey(TRY(material_->public_material()));
}
SecretBytes SecretKey::to_raw() const { return material_->raw(); }

Result<KeyPair> generate_keypair(KeyAlgorithm algorithm, Entropy& entropy) {
  SecretKey secret = TRY(SecretKey::generate(algorithm, entropy));
  PublicKey public_key = TRY(secret.public_key());
  return KeyPair{std::move(public_key), std::move(secret)};
}

// --- Signatures. ---

Result<void> sign_into(const SecretKey& key, ByteSpan message, const SignOptions& options,
                       std::span<std::byte> signature) {
  TRY(check_room(signature.size(), traits_of(key.algorithm()).output_bytes));
  return key.material().sign(message, options, signature);
}

Result<Bytes> sign(const SecretKey& key, ByteSpan message, const SignOptions& options) {
  Bytes signature(traits_of(key.algorithm()).output_bytes);
  TRY(key.material().sign(message, options, signature));
  return signature;
}

Result<void> verify(const PublicKey& key, ByteSpan message, ByteSpan signature, ByteSpan context) {
  return key.material().verify(message, signature, context);
}

Result<Bytes> sign_digest(const SecretKey& key, ByteSpan digest, const SignOptions& options) {
  Bytes signature(traits_of(key.algorithm()).output_bytes);
  TRY(key.material().sign_digest(digest, options, signature));
  return signature;
}

Result<void> verify_digest(const PublicKey& key, ByteSpan digest, ByteSpan signature) {
  return key.material().verify_digest(digest, signature);
}

Result<Bytes> sign_recoverable(const SecretKey& key, ByteSpan digest) {
  Bytes signature(traits_of(KeyAlgorithm::kEcdsaSecp256k1).output_bytes + 1);
  TRY(key.material().sign_recoverable(digest, signature));
  return signature;
}

Result<PublicKey> recover(ByteSpan digest, ByteSpan signature) {
  return PublicKey(TRY(recover_secp256k1(digest, signature)));
}

// --- Key encapsulation. ---

Result<Encapsulated> encapsulate(const PublicKey& key, Entropy& entropy) {
  Encapsulated made{.ciphertext = Bytes(traits_of(key.algorithm()).output_bytes),
                    .shared_secret = SecretBytes(kSharedSecretBytes)};
  TRY(key.material().encapsulate(entropy, made.ciphertext, made.shared_secret.bytes()));
  return made;
}

Result<SecretBytes> decapsulate(const SecretKey& key, ByteSpan ciphertext) {
  const KeyTraits& traits = traits_of(key.algorithm());
  SecretBytes shared(kSharedSecretBytes);
  if (traits.kind == KeyKind::kKem && ciphertext.size() != traits.output_bytes) {
    return std::unexpected(invalid_argument(fmt::format(
        "a ciphertext of {} has {} bytes, not {}", traits.name, traits.output_bytes,
        ciphertext.size())));
  }
  TRY(key.material().decapsulate(ciphertext, shared.bytes()));
  return shared;
}

Result<SecretBytes> key_agreement(const SecretKey& key, const PublicKey& other) {
  SecretBytes shared(kSharedSecretBytes);
  TRY(key.material().agree(other.material(), shared.bytes()));
  return shared;
}

}  // namespace synapsed::crypto
