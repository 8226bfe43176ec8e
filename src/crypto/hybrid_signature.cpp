// id-MLDSA65-Ed25519-SHA512, the composite of ML-DSA-65 and Ed25519
// (draft-ietf-lamps-pq-composite-sigs): both sign, and both must verify.

#include <algorithm>

#include "base/try.hpp"
#include "crypto/key_material.hpp"

namespace synapsed::crypto {
namespace {

constexpr KeyAlgorithm kAlgorithm = KeyAlgorithm::kEd25519MlDsa65;
constexpr std::size_t kMlDsaPublicBytes = 1952;
constexpr std::size_t kMlDsaSignatureBytes = 3309;
constexpr std::size_t kMlDsaSeedBytes = 32;
constexpr std::size_t kEd25519Bytes = 32;
constexpr std::size_t kEd25519SignatureBytes = 64;
constexpr std::size_t kContextBytesMax = 255;
constexpr std::string_view kPrefix = "CompositeAlgorithmSignatures2025";
constexpr std::string_view kLabel = "COMPSIG-MLDSA65-Ed25519-SHA512";

/// What both sign: section 3.2.
Result<Bytes> representative(ByteSpan message, ByteSpan context) {
  if (context.size() > kContextBytesMax) {
    return std::unexpected(invalid_argument("a context has at most 255 bytes"));
  }
  const Bytes digest = TRY(hash(HashAlgorithm::kSha512, message));
  Bytes bytes;
  const auto add = [&](ByteSpan part) { bytes.insert(bytes.end(), part.begin(), part.end()); };
  add(as_bytes(kPrefix));
  add(as_bytes(kLabel));
  bytes.push_back(static_cast<std::byte>(context.size()));
  add(context);
  add(digest);
  return bytes;
}

class Public final : public PublicKeyMaterial {
 public:
  Public(PublicMaterial ml_dsa, PublicMaterial ed25519)
      : PublicKeyMaterial(kAlgorithm), ml_dsa_(std::move(ml_dsa)), ed25519_(std::move(ed25519)) {}

  [[nodiscard]] Bytes raw() const override {
    Bytes bytes = ml_dsa_->raw();
    const Bytes ed25519 = ed25519_->raw();
    bytes.insert(bytes.end(), ed25519.begin(), ed25519.end());
    return bytes;
  }
  Result<void> verify(ByteSpan message, ByteSpan signature, ByteSpan context) const override {
    const Bytes signed_bytes = TRY(representative(message, context));
    if (signature.size() != kMlDsaSignatureBytes + kEd25519SignatureBytes) {
      return std::unexpected(not_authentic());
    }
    TRY(ml_dsa_->verify(signed_bytes, signature.first(kMlDsaSignatureBytes), as_bytes(kLabel)));
    return ed25519_->verify(signed_bytes, signature.last(kEd25519SignatureBytes), {});
  }

 private:
  const PublicMaterial ml_dsa_;
  const PublicMaterial ed25519_;
};

class Secret final : public SecretKeyMaterial {
 public:
  Secret(SecretMaterial ml_dsa, SecretMaterial ed25519)
      : SecretKeyMaterial(kAlgorithm), ml_dsa_(std::move(ml_dsa)), ed25519_(std::move(ed25519)) {}

  [[nodiscard]] SecretBytes raw() const override {
    const SecretBytes ml_dsa = ml_dsa_->raw();
    const SecretBytes ed25519 = ed25519_->raw();
    SecretBytes bytes(ml_dsa.size() + ed25519.size());
    const auto rest = std::ranges::copy(ml_dsa.view(), bytes.bytes().begin()).out;
    std::ranges::copy(ed25519.view(), rest);
    return bytes;
  }
  [[nodiscard]] Result<PublicMaterial> public_material() const override {
    return std::make_shared<const Public>(TRY(ml_dsa_->public_material()),
                                          TRY(ed25519_->public_material()));
  }
  Result<void> sign(ByteSpan message, const SignOptions& options,
                    std::span<std::byte> signature) const override {
    const Bytes signed_bytes = TRY(representative(message, options.context));
    SignOptions labelled = options;
    labelled.context = as_bytes(kLabel);
    TRY(ml_dsa_->sign(signed_bytes, labelled, signature.first(kMlDsaSignatureBytes)));
    return ed25519_->sign(signed_bytes, {}, signature.last(kEd25519SignatureBytes));
  }

 private:
  const SecretMaterial ml_dsa_;
  const SecretMaterial ed25519_;
};

}  // namespace

Result<PublicMaterial> make_composite_public(ByteSpan raw) {
  if (raw.size() != kMlDsaPublicBytes + kEd25519Bytes) {
    return std::unexpected(invalid_key(kAlgorithm));
  }
  return std::make_shared<const Public>(
      TRY(make_evp_public(KeyAlgorithm::kMlDsa65, raw.first(kMlDsaPublicBytes))),
      TRY(make_evp_public(KeyAlgorithm::kEd25519, raw.last(kEd25519Bytes))));
}

Result<SecretMaterial> make_composite_secret(ByteSpan raw) {
  if (raw.size() != kMlDsaSeedBytes + kEd25519Bytes) {
    return std::unexpected(invalid_key(kAlgorithm));
  }
  return std::make_unique<const Secret>(
      TRY(make_evp_secret(KeyAlgorithm::kMlDsa65, raw.first(kMlDsaSeedBytes))),
      TRY(make_evp_secret(KeyAlgorithm::kEd25519, raw.last(kEd25519Bytes))));
}

}  // namespace synapsed::crypto
