// ECDSA with secp256k1, by libsecp256k1: signatures have the smaller s, and others are refused.

#include <algorithm>
#include <array>
#include <cstdlib>

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include "base/try.hpp"
#include "crypto/key_material.hpp"

namespace synapsed::crypto {
namespace {

constexpr KeyAlgorithm kAlgorithm = KeyAlgorithm::kEcdsaSecp256k1;
constexpr std::size_t kCompressedBytes = 33;
constexpr std::size_t kUncompressedBytes = 65;
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kCompactBytes = 64;
constexpr const char* kCurve = "secp256k1";

/// Blinded against side channels once; read-only after that.
const secp256k1_context* library_context() {
  static const secp256k1_context* const context = [] {
    secp256k1_context* made =
        secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
    SecretBytes seed(32);
    const bool is_blinded = system_entropy().fill(seed.bytes()).has_value() &&
                            secp256k1_context_randomize(made, out(seed.bytes())) == 1;
    if (!is_blinded) std::abort();
    return made;
  }();
  return context;
}

Result<void> check_digest(ByteSpan digest) {
  if (digest.size() == kDigestBytes) return {};
  return std::unexpected(invalid_argument("a digest has 32 bytes here"));
}

Result<std::array<std::byte, kDigestBytes>> sha256_of(ByteSpan message) {
  std::array<std::byte, kDigestBytes> digest{};
  TRY(hash_into(HashAlgorithm::kSha256, message, digest));
  return digest;
}

Bytes serialized(const secp256k1_pubkey& key, unsigned form) {
  Bytes bytes(form == SECP256K1_EC_COMPRESSED ? kCompressedBytes : kUncompressedBytes);
  std::size_t size = bytes.size();
  secp256k1_ec_pubkey_serialize(library_context(), out(bytes), &size, &key, form);
  return bytes;
}

class Public final : public PublicKeyMaterial {
 public:
  explicit Public(const secp256k1_pubkey& key) : PublicKeyMaterial(kAlgorithm), key_(key) {}

  [[nodiscard]] Bytes raw() const override { return serialized(key_, SECP256K1_EC_COMPRESSED); }

  Result<void> verify(ByteSpan message, ByteSpan signature, ByteSpan) const override {
    return verify_digest(TRY(sha256_of(message)), signature);
  }
  Result<void> verify_digest(ByteSpan digest, ByteSpan signature) const override {
    TRY(check_digest(digest));
    secp256k1_ecdsa_signature parsed;
    if (signature.size() != kCompactBytes ||
        secp256k1_ecdsa_signature_parse_compact(library_context(), &parsed, in(signature)) != 1 ||
        secp256k1_ecdsa_verify(library_context(), &parsed, in(digest), &key_) != 1) {
      return std::unexpected(not_authentic());
    }
    return {};
  }

  [[nodiscard]] EvpKey native() const override {
    const Bytes point = serialized(key_, SECP256K1_EC_UNCOMPRESSED);
    Parameters<2> parameters;
    parameters.add(OSSL_PKEY_PARAM_GROUP_NAME, kCurve).add(OSSL_PKEY_PARAM_PUB_KEY, point);
    return key_from_data("EC", EVP_PKEY_PUBLIC_KEY, parameters.get());
  }

 private:
  const secp256k1_pubkey key_;
};

class Secret final : public SecretKeyMaterial {
 public:
  Secret(SecretBytes number, const secp256k1_pubkey& key)
      : SecretKeyMaterial(kAlgorithm), number_(std::move(number)), key_(key) {}

  [[nodiscard]] SecretBytes raw() const override { return number_.copy(); }
  [[nodiscard]] Result<PublicMaterial> public_material() const override {
    return std::make_shared<const Public>(key_);
  }
  Result<void> sign(ByteSpan message, const SignOptions& options,
                    std::span<std::byte> signature) const override {
    return sign_digest(TRY(sha256_of(message)), options, signature);
  }
  Result<void> sign_digest(ByteSpan digest, const SignOptions&,
                           std::span<std::byte> signature) const override {
    TRY(check_digest(digest));
    secp256k1_ecdsa_signature made;
    if (secp256k1_ecdsa_sign(library_context(), &made, in(digest), in(number_.view()), nullptr,
                             nullptr) != 1) {
      return std::unexpected(engine_fault("signing"));
    }
    secp256k1_ecdsa_signature_serialize_compact(library_context(), out(signature), &made);
    return {};
  }
  Result<void> sign_recoverable(ByteSpan digest, std::span<std::byte> signature) const override {
    TRY(check_digest(digest));
    secp256k1_ecdsa_recoverable_signature made;
    if (secp256k1_ecdsa_sign_recoverable(library_context(), &made, in(digest), in(number_.view()),
                                         nullptr, nullptr) != 1) {
      return std::unexpected(engine_fault("signing"));
    }
    int id = 0;
    secp256k1_ecdsa_recoverable_signature_serialize_compact(library_context(), out(signature), &id,
                                                            &made);
    signature[kCompactBytes] = static_cast<std::byte>(id);
    return {};
  }

  [[nodiscard]] EvpKey native() const override {
    SecretBytes reversed = number_.copy();  // in the machine's order
    std::ranges::reverse(reversed.bytes());
    const Bytes point = serialized(key_, SECP256K1_EC_UNCOMPRESSED);
    std::array parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(kCurve), 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                          const_cast<std::byte*>(point.data()), point.size()),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, out(reversed.bytes()), reversed.size()),
        OSSL_PARAM_construct_end()};
    return key_from_data("EC", EVP_PKEY_KEYPAIR, parameters.data());
  }

 private:
  const SecretBytes number_;
  const secp256k1_pubkey key_;
};

}  // namespace

Result<PublicMaterial> make_secp256k1_public(ByteSpan raw) {
  secp256k1_pubkey key;
  const bool has_length = raw.size() == kCompressedBytes ||
                          (raw.size() == kUncompressedBytes && raw[0] == std::byte{4});
  if (!has_length || secp256k1_ec_pubkey_parse(library_context(), &key, in(raw), raw.size()) != 1) {
    return std::unexpected(invalid_key(kAlgorithm));
  }
  return std::make_shared<const Public>(key);
}

Result<SecretMaterial> make_secp256k1_secret(ByteSpan raw) {
  secp256k1_pubkey key;
  if (raw.size() != kSecretBytes ||
      secp256k1_ec_pubkey_create(library_context(), &key, in(raw)) != 1) {
    return std::unexpected(invalid_key(kAlgorithm));
  }
  return std::make_unique<const Secret>(SecretBytes::copy_of(raw), key);
}

Result<PublicMaterial> recover_secp256k1(ByteSpan digest, ByteSpan signature) {
  TRY(check_digest(digest));
  secp256k1_ecdsa_recoverable_signature parsed;
  secp256k1_pubkey key;
  if (signature.size() != kCompactBytes + 1 || signature.back() > std::byte{3} ||
      secp256k1_ecdsa_recoverable_signature_parse_compact(
          library_context(), &parsed, in(signature), static_cast<int>(signature.back())) != 1 ||
      secp256k1_ecdsa_recover(library_context(), &key, &parsed, in(digest)) != 1) {
    return std::unexpected(not_authentic());
  }
  return std::make_shared<const Public>(key);
}

}  // namespace synapsed::crypto
