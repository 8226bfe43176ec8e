// Keys that are nothing but bytes.

#include "base/try.hpp"
#include "crypto/key_material.hpp"

namespace synapsed::crypto {
namespace {

HashAlgorithm hash_of(KeyAlgorithm algorithm) {
  return algorithm == KeyAlgorithm::kHmacSha512 ? HashAlgorithm::kSha512 : HashAlgorithm::kSha256;
}

class Symmetric final : public SecretKeyMaterial {
 public:
  Symmetric(KeyAlgorithm algorithm, ByteSpan raw)
      : SecretKeyMaterial(algorithm), bytes_(SecretBytes::copy_of(raw)) {}

  [[nodiscard]] SecretBytes raw() const override { return bytes_.copy(); }
  Result<void> sign(ByteSpan message, const SignOptions& options,
                    std::span<std::byte> signature) const override {
    if (traits_of(algorithm()).kind != KeyKind::kMac) {
      return SecretKeyMaterial::sign(message, options, signature);
    }
    return hmac_into(hash_of(algorithm()), bytes_.view(), message, signature);
  }

 private:
  const SecretBytes bytes_;
};

}  // namespace

Result<SecretMaterial> make_symmetric(KeyAlgorithm algorithm, ByteSpan raw) {
  if (raw.size() != traits_of(algorithm).secret_bytes) {
    return std::unexpected(invalid_key(algorithm));
  }
  return std::make_unique<const Symmetric>(algorithm, raw);
}

}  // namespace synapsed::crypto
