// sr25519, by the crate schnorrkel.

#include <array>

#include <synapsed_deps.h>

#include "base/try.hpp"
#include "crypto/key_material.hpp"

namespace synapsed::crypto {
namespace {

constexpr KeyAlgorithm kAlgorithm = KeyAlgorithm::kSr25519;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSignatureBytes = 64;

ByteSpan signing_context(ByteSpan context) {
  return context.empty() ? as_bytes("substrate") : context;
}

class Public final : public PublicKeyMaterial {
 public:
  explicit Public(ByteSpan raw) : PublicKeyMaterial(kAlgorithm), bytes_(raw.begin(), raw.end()) {}

  [[nodiscard]] Bytes raw() const override { return bytes_; }
  Result<void> verify(ByteSpan message, ByteSpan signature, ByteSpan context) const override {
    const ByteSpan used = signing_context(context);
    if (signature.size() != kSignatureBytes ||
        !synapsed_sr25519_verify(in(bytes_), in(used), used.size(), in(message), message.size(),
                                 in(signature))) {
      return std::unexpected(not_authentic());
    }
    return {};
  }

 private:
  const Bytes bytes_;
};

class Secret final : public SecretKeyMaterial {
 public:
  explicit Secret(ByteSpan raw)
      : SecretKeyMaterial(kAlgorithm), bytes_(SecretBytes::copy_of(raw)) {}

  [[nodiscard]] SecretBytes raw() const override { return bytes_.copy(); }
  [[nodiscard]] Result<PublicMaterial> public_material() const override {
    Bytes bytes(kKeyBytes);
    synapsed_sr25519_public(in(bytes_.view()), out(bytes));
    return std::make_shared<const Public>(bytes);
  }
  /// Without random bytes the nonce still depends on key and message.
  Result<void> sign(ByteSpan message, const SignOptions& options,
                    std::span<std::byte> signature) const override {
    const ByteSpan used = signing_context(options.context);
    std::array<std::byte, 32> random{};
    if (!options.is_deterministic) {
      TRY((options.entropy == nullptr ? system_entropy() : *options.entropy).fill(random));
    }
    synapsed_sr25519_sign(in(bytes_.view()), in(used), used.size(), in(message), message.size(),
                          in(random), out(signature));
    return {};
  }

 private:
  const SecretBytes bytes_;
};

}  // namespace

Result<PublicMaterial> make_sr25519_public(ByteSpan raw) {
  if (raw.size() != kKeyBytes || !synapsed_sr25519_is_public(in(raw))) {
    return std::unexpected(invalid_key(kAlgorithm));
  }
  return std::make_shared<const Public>(raw);
}

Result<SecretMaterial> make_sr25519_secret(ByteSpan raw) {
  if (raw.size() != kKeyBytes) return std::unexpected(invalid_key(kAlgorithm));
  return std::make_unique<const Secret>(raw);
}

}  // namespace synapsed::crypto
