// Keys of the algorithms that OpenSSL has.

#include <algorithm>
#include <array>
#include <optional>

#include <openssl/core_names.h>

#include "base/try.hpp"
#include "crypto/hashing.hpp"
#include "crypto/key_material.hpp"

namespace synapsed::crypto {
namespace {

constexpr std::size_t kContextBytesMax = 255;
constexpr std::size_t kMuBytes = 64;
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kDhkemSeedBytes = 32;
constexpr std::size_t kMlKemRandomBytes = 32;
constexpr std::size_t kScalarBytes = 32;
constexpr const char* kP256Name = "prime256v1";

enum class Family : std::uint8_t { kMlKem, kMlDsa, kSlhDsa, kX25519, kEd25519, kP256 };

struct Row {
  KeyAlgorithm algorithm;
  Family family;
  const char* name;
  std::size_t expanded_bytes;  ///< of a secret key that is no seed; 0: there is none
  std::size_t random_bytes;    ///< that a signature takes
};

constexpr std::array kRows{
    Row{KeyAlgorithm::kMlKem512, Family::kMlKem, "ML-KEM-512", 1632, 0},
    Row{KeyAlgorithm::kMlKem768, Family::kMlKem, "ML-KEM-768", 2400, 0},
    Row{KeyAlgorithm::kMlKem1024, Family::kMlKem, "ML-KEM-1024", 3168, 0},
    Row{KeyAlgorithm::kMlDsa44, Family::kMlDsa, "ML-DSA-44", 2560, 32},
    Row{KeyAlgorithm::kMlDsa65, Family::kMlDsa, "ML-DSA-65", 4032, 32},
    Row{KeyAlgorithm::kMlDsa87, Family::kMlDsa, "ML-DSA-87", 4896, 32},
    Row{KeyAlgorithm::kSlhDsaSha2_128s, Family::kSlhDsa, "SLH-DSA-SHA2-128s", 0, 16},
    Row{KeyAlgorithm::kSlhDsaSha2_128f, Family::kSlhDsa, "SLH-DSA-SHA2-128f", 0, 16},
    Row{KeyAlgorithm::kSlhDsaSha2_192s, Family::kSlhDsa, "SLH-DSA-SHA2-192s", 0, 24},
    Row{KeyAlgorithm::kSlhDsaSha2_192f, Family::kSlhDsa, "SLH-DSA-SHA2-192f", 0, 24},
    Row{KeyAlgorithm::kSlhDsaSha2_256s, Family::kSlhDsa, "SLH-DSA-SHA2-256s", 0, 32},
    Row{KeyAlgorithm::kSlhDsaSha2_256f, Family::kSlhDsa, "SLH-DSA-SHA2-256f", 0, 32},
    Row{KeyAlgorithm::kSlhDsaShake128s, Family::kSlhDsa, "SLH-DSA-SHAKE-128s", 0, 16},
    Row{KeyAlgorithm::kSlhDsaShake128f, Family::kSlhDsa, "SLH-DSA-SHAKE-128f", 0, 16},
    Row{KeyAlgorithm::kSlhDsaShake192s, Family::kSlhDsa, "SLH-DSA-SHAKE-192s", 0, 24},
    Row{KeyAlgorithm::kSlhDsaShake192f, Family::kSlhDsa, "SLH-DSA-SHAKE-192f", 0, 24},
    Row{KeyAlgorithm::kSlhDsaShake256s, Family::kSlhDsa, "SLH-DSA-SHAKE-256s", 0, 32},
    Row{KeyAlgorithm::kSlhDsaShake256f, Family::kSlhDsa, "SLH-DSA-SHAKE-256f", 0, 32},
    Row{KeyAlgorithm::kX25519, Family::kX25519, "X25519", 0, 0},
    Row{KeyAlgorithm::kEd25519, Family::kEd25519, "ED25519", 0, 0},
    Row{KeyAlgorithm::kEcdsaP256, Family::kP256, "EC", 0, 0},
};

const Row& row_of(KeyAlgorithm algorithm) {
  return *std::ranges::find(kRows, algorithm, &Row::algorithm);
}

// --- Making keys. ---

EvpKey public_from_raw(const Row& row, ByteSpan raw) {
  if (row.family == Family::kP256) {
    Parameters<2> parameters;
    parameters.add(OSSL_PKEY_PARAM_GROUP_NAME, kP256Name).add(OSSL_PKEY_PARAM_PUB_KEY, raw);
    return key_from_data(row.name, EVP_PKEY_PUBLIC_KEY, parameters.get());
  }
  Parameters<1> parameters;
  parameters.add(OSSL_PKEY_PARAM_PUB_KEY, raw);
  return key_from_data(row.name, EVP_PKEY_PUBLIC_KEY, parameters.get());
}

/// The point that belongs to a number, uncompressed; null when it is no private key.
std::optional<Bytes> p256_point(const BIGNUM* number) {
  using Group = std::unique_ptr<EC_GROUP, Freed<EC_GROUP_free>>;
  using Point = std::unique_ptr<EC_POINT, Freed<EC_POINT_free>>;
  const Group group(EC_GROUP_new_by_curve_name_ex(library(), nullptr, NID_X9_62_prime256v1));
  if (!group || BN_is_zero(number) || BN_cmp(number, EC_GROUP_get0_order(group.get())) >= 0) {
    return std::nullopt;
  }
  const Point point(EC_POINT_new(group.get()));
  Bytes bytes(65);
  if (EC_POINT_mul(group.get(), point.get(), number, nullptr, nullptr, nullptr) != 1 ||
      EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, out(bytes),
                         bytes.size(), nullptr) != bytes.size()) {
    return std::nullopt;
  }
  return bytes;
}

EvpKey p256_secret(ByteSpan raw) {
  const BigNumber number(BN_secure_new());
  BN_bin2bn(in(raw), static_cast<int>(raw.size()), number.get());
  const auto point = p256_point(number.get());
  if (!point) return nullptr;
  // A number is passed in the machine's order, and wiped with the array.
  SecretBytes native(kScalarBytes);
  BN_bn2nativepad(number.get(), out(native.bytes()), static_cast<int>(native.size()));
  std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(kP256Name), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                        const_cast<std::byte*>(point->data()), point->size()),
      OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, out(native.bytes()), native.size()),
      OSSL_PARAM_construct_end()};
  return key_from_data("EC", EVP_PKEY_KEYPAIR, parameters.data());
}

EvpKey secret_from_raw(const Row& row, ByteSpan raw) {
  const bool is_seed = raw.size() == traits_of(row.algorithm).secret_bytes;
  switch (row.family) {
    case Family::kP256: return is_seed ? p256_secret(raw) : nullptr;
    case Family::kX25519:
    case Family::kEd25519:
      return is_seed ? EvpKey(EVP_PKEY_new_raw_private_key_ex(library(), row.name, nullptr, in(raw),
                                                              raw.size()))
                     : nullptr;
    default: break;
  }
  if (!is_seed && raw.size() != row.expanded_bytes) return nullptr;
  const bool has_seed = is_seed && row.expanded_bytes != 0;
  Parameters<1> parameters;
  parameters.add(has_seed ? OSSL_PKEY_PARAM_ML_KEM_SEED : OSSL_PKEY_PARAM_PRIV_KEY, raw);
  return key_from_data(row.name, EVP_PKEY_KEYPAIR, parameters.get());
}

Bytes octets(const EVP_PKEY* key, const char* name) {
  std::size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(key, name, nullptr, 0, &size) != 1) return {};
  Bytes bytes(size);
  if (EVP_PKEY_get_octet_string_param(key, name, out(bytes), bytes.size(), &size) != 1) return {};
  bytes.resize(size);
  return bytes;
}

EvpKey shared(const EvpKey& key) {
  EVP_PKEY_up_ref(key.get());
  return EvpKey(key.get());
}

EvpKeyContext context_of(const EvpKey& key) {
  return EvpKeyContext(EVP_PKEY_CTX_new_from_pkey(library(), key.get(), nullptr));
}

// --- Signing with ML-DSA and SLH-DSA. ---

const EVP_SIGNATURE* signature_algorithm(const Row& row) {
  static const std::array fetched = [] {
    std::array<EvpSignature, kRows.size()> all;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (kRows[i].random_bytes == 0) continue;
      all[i].reset(EVP_SIGNATURE_fetch(library(), kRows[i].name, nullptr));
    }
    return all;
  }();
  return fetched[static_cast<std::size_t>(&row - kRows.data())].get();
}

Result<void> check_context(ByteSpan context) {
  if (context.size() <= kContextBytesMax) return {};
  return std::unexpected(invalid_argument("a context has at most 255 bytes"));
}

bool has_context(Family family) { return family == Family::kMlDsa || family == Family::kSlhDsa; }

/// `is_mu`: the message is ML-DSA's representative of it.
Result<void> sign_message(const Row& row, const EvpKey& key, ByteSpan message,
                          const SignOptions& options, bool is_mu,
                          std::span<std::byte> signature) {
  TRY(check_context(options.context));
  std::array<std::byte, 32> random{};
  int is_deterministic = options.is_deterministic ? 1 : 0;
  int mu = is_mu ? 1 : 0;
  Parameters<4> parameters;
  parameters.add(OSSL_SIGNATURE_PARAM_CONTEXT_STRING, options.context)
      .add(OSSL_SIGNATURE_PARAM_DETERMINISTIC, is_deterministic);
  if (is_mu) parameters.add(OSSL_SIGNATURE_PARAM_MU, mu);
  if (!options.is_deterministic) {
    const auto bytes = std::span(random).first(row.random_bytes);
    TRY((options.entropy == nullptr ? system_entropy() : *options.entropy).fill(bytes));
    parameters.add(OSSL_SIGNATURE_PARAM_TEST_ENTROPY, bytes);
  }
  const EvpKeyContext context = context_of(key);
  std::size_t size = signature.size();
  // The fetched algorithm is shared and not changed.
  auto* algorithm = const_cast<EVP_SIGNATURE*>(signature_algorithm(row));
  if (!context ||
      EVP_PKEY_sign_message_init(context.get(), algorithm, parameters.get()) != 1 ||
      EVP_PKEY_sign(context.get(), out(signature), &size, in(message), message.size()) != 1) {
    return std::unexpected(engine_fault("signing"));
  }
  return {};
}

Result<void> verify_message(const Row& row, const EvpKey& key, ByteSpan message,
                            ByteSpan signature, ByteSpan context_bytes, bool is_mu) {
  TRY(check_context(context_bytes));
  int mu = is_mu ? 1 : 0;
  Parameters<2> parameters;
  parameters.add(OSSL_SIGNATURE_PARAM_CONTEXT_STRING, context_bytes);
  if (is_mu) parameters.add(OSSL_SIGNATURE_PARAM_MU, mu);
  const EvpKeyContext context = context_of(key);
  auto* algorithm = const_cast<EVP_SIGNATURE*>(signature_algorithm(row));
  if (!context ||
      EVP_PKEY_verify_message_init(context.get(), algorithm, parameters.get()) != 1) {
    return std::unexpected(engine_fault("verifying"));
  }
  if (EVP_PKEY_verify(context.get(), in(signature), signature.size(), in(message),
                      message.size()) != 1) {
    return std::unexpected(not_authentic());
  }
  return {};
}

// --- Keys. ---

class EvpPublic final : public PublicKeyMaterial {
 public:
  EvpPublic(const Row& row, EvpKey key)
      : PublicKeyMaterial(row.algorithm), row_(row), key_(std::move(key)) {}

  [[nodiscard]] const EvpKey& key() const { return key_; }
  [[nodiscard]] EvpKey native() const override { return shared(key_); }

  [[nodiscard]] Bytes raw() const override {
    Bytes bytes = octets(key_.get(), OSSL_PKEY_PARAM_PUB_KEY);
    if (row_.family == Family::kP256 && bytes.size() == 65) {
      const bool is_odd = (bytes.back() & std::byte{1}) != std::byte{0};
      bytes.resize(33);
      bytes.front() = is_odd ? std::byte{3} : std::byte{2};
    }
    return bytes;
  }

  Result<void> verify(ByteSpan message, ByteSpan signature, ByteSpan context) const override {
    if (has_context(row_.family)) {
      return verify_message(row_, key_, message, signature, context, false);
    }
    if (row_.family == Family::kP256) {
      std::array<std::byte, kDigestBytes> digest{};
      TRY(hash_into(HashAlgorithm::kSha256, message, digest));
      return verify_digest(digest, signature);
    }
    if (row_.family != Family::kEd25519) return PublicKeyMaterial::verify(message, signature, context);
    const EvpHashContext verifying(EVP_MD_CTX_new());
    if (!verifying || EVP_DigestVerifyInit_ex(verifying.get(), nullptr, nullptr, library(), nullptr,
                                              key_.get(), nullptr) != 1) {
      return std::unexpected(engine_fault("verifying"));
    }
    if (EVP_DigestVerify(verifying.get(), in(signature), signature.size(), in(message),
                         message.size()) != 1) {
      return std::unexpected(not_authentic());
    }
    return {};
  }

  Result<void> verify_digest(ByteSpan digest, ByteSpan signature) const override {
    if (row_.family == Family::kMlDsa) {
      if (digest.size() != kMuBytes) return std::unexpected(invalid_argument("μ has 64 bytes"));
      return verify_message(row_, key_, digest, signature, {}, true);
    }
    if (row_.family != Family::kP256) return PublicKeyMaterial::verify_digest(digest, signature);
    if (digest.size() != kDigestBytes) {
      return std::unexpected(invalid_argument("a digest has 32 bytes here"));
    }
    const auto der = ecdsa_to_der(signature);
    const EvpKeyContext context = context_of(key_);
    if (!der || !context || EVP_PKEY_verify_init(context.get()) != 1 ||
        EVP_PKEY_verify(context.get(), in(*der), der->size(), in(digest), digest.size()) != 1) {
      return std::unexpected(not_authentic());
    }
    return {};
  }

  Result<void> encapsulate(Entropy& entropy, std::span<std::byte> ciphertext,
                           std::span<std::byte> shared_secret) const override {
    const bool is_dhkem = row_.family == Family::kX25519;
    if (!is_dhkem && row_.family != Family::kMlKem) {
      return PublicKeyMaterial::encapsulate(entropy, ciphertext, shared_secret);
    }
    SecretBytes random(is_dhkem ? kDhkemSeedBytes : kMlKemRandomBytes);
    TRY(entropy.fill(random.bytes()));
    Parameters<2> parameters;
    parameters.add(OSSL_KEM_PARAM_IKME, random.view());
    if (is_dhkem) parameters.add(OSSL_KEM_PARAM_OPERATION, OSSL_KEM_PARAM_OPERATION_DHKEM);
    const EvpKeyContext context = context_of(key_);
    std::size_t ciphertext_bytes = ciphertext.size();
    std::size_t shared_bytes = shared_secret.size();
    if (!context || EVP_PKEY_encapsulate_init(context.get(), parameters.get()) != 1) {
      return std::unexpected(engine_fault("encapsulation"));
    }
    if (EVP_PKEY_encapsulate(context.get(), out(ciphertext), &ciphertext_bytes, out(shared_secret),
                             &shared_bytes) != 1) {
      return std::unexpected(invalid_key(algorithm()));
    }
    return {};
  }

 private:
  const Row& row_;
  const EvpKey key_;
};

class EvpSecret final : public SecretKeyMaterial {
 public:
  EvpSecret(const Row& row, EvpKey key)
      : SecretKeyMaterial(row.algorithm), row_(row), key_(std::move(key)) {}

  [[nodiscard]] EvpKey native() const override { return shared(key_); }

  [[nodiscard]] SecretBytes raw() const override {
    if (row_.family == Family::kP256) return p256_number();
    Bytes bytes;
    if (row_.expanded_bytes != 0) bytes = octets(key_.get(), OSSL_PKEY_PARAM_ML_KEM_SEED);
    if (bytes.empty()) bytes = octets(key_.get(), OSSL_PKEY_PARAM_PRIV_KEY);
    SecretBytes secret = SecretBytes::copy_of(bytes);
    wipe(bytes);
    return secret;
  }

  [[nodiscard]] Result<PublicMaterial> public_material() const override {
    const Bytes raw = octets(key_.get(), OSSL_PKEY_PARAM_PUB_KEY);
    return make_evp_public(algorithm(), raw);
  }

  Result<void> sign(ByteSpan message, const SignOptions& options,
                    std::span<std::byte> signature) const override {
    if (has_context(row_.family)) {
      return sign_message(row_, key_, message, options, false, signature);
    }
    if (row_.family == Family::kP256) {
      std::array<std::byte, kDigestBytes> digest{};
      TRY(hash_into(HashAlgorithm::kSha256, message, digest));
      return sign_digest(digest, options, signature);
    }
    if (row_.family != Family::kEd25519) {
      return SecretKeyMaterial::sign(message, options, signature);
    }
    const EvpHashContext signing(EVP_MD_CTX_new());
    std::size_t size = signature.size();
    if (!signing ||
        EVP_DigestSignInit_ex(signing.get(), nullptr, nullptr, library(), nullptr, key_.get(),
                              nullptr) != 1 ||
        EVP_DigestSign(signing.get(), out(signature), &size, in(message), message.size()) != 1) {
      return std::unexpected(engine_fault("signing"));
    }
    return {};
  }

  Result<void> sign_digest(ByteSpan digest, const SignOptions& options,
                           std::span<std::byte> signature) const override {
    if (row_.family == Family::kMlDsa) {
      if (digest.size() != kMuBytes) return std::unexpected(invalid_argument("μ has 64 bytes"));
      return sign_message(row_, key_, digest, options, true, signature);
    }
    if (row_.family != Family::kP256) {
      return SecretKeyMaterial::sign_digest(digest, options, signature);
    }
    if (digest.size() != kDigestBytes) {
      return std::unexpected(invalid_argument("a digest has 32 bytes here"));
    }
    unsigned nonce_type = options.is_deterministic ? 1 : 0;  // RFC 6979
    Parameters<2> parameters;
    parameters.add(OSSL_SIGNATURE_PARAM_NONCE_TYPE, nonce_type)
        .add(OSSL_SIGNATURE_PARAM_DIGEST, "SHA2-256");
    const EvpKeyContext context = context_of(key_);
    Bytes der(80);
    std::size_t size = der.size();
    if (!context || EVP_PKEY_sign_init_ex(context.get(), parameters.get()) != 1 ||
        EVP_PKEY_sign(context.get(), out(der), &size, in(digest), digest.size()) != 1) {
      return std::unexpected(engine_fault("signing"));
    }
    const Bytes compact = TRY(ecdsa_from_der(ByteSpan(der).first(size)));
    std::ranges::copy(compact, signature.begin());
    return {};
  }

  Result<void> decapsulate(ByteSpan ciphertext, std::span<std::byte> shared_secret) const override {
    const bool is_dhkem = row_.family == Family::kX25519;
    if (!is_dhkem && row_.family != Family::kMlKem) {
      return SecretKeyMaterial::decapsulate(ciphertext, shared_secret);
    }
    Parameters<1> parameters;
    if (is_dhkem) parameters.add(OSSL_KEM_PARAM_OPERATION, OSSL_KEM_PARAM_OPERATION_DHKEM);
    const EvpKeyContext context = context_of(key_);
    std::size_t size = shared_secret.size();
    if (!context || EVP_PKEY_decapsulate_init(context.get(), parameters.get()) != 1) {
      return std::unexpected(engine_fault("decapsulation"));
    }
    if (EVP_PKEY_decapsulate(context.get(), out(shared_secret), &size, in(ciphertext),
                             ciphertext.size()) != 1) {
      return std::unexpected(not_authentic());
    }
    return {};
  }

  Result<void> agree(const PublicKeyMaterial& other,
                     std::span<std::byte> shared_secret) const override {
    if (row_.family != Family::kX25519 || other.algorithm() != algorithm()) {
      return SecretKeyMaterial::agree(other, shared_secret);
    }
    const EvpKeyContext context = context_of(key_);
    std::size_t size = shared_secret.size();
    const EvpKey& peer = static_cast<const EvpPublic&>(other).key();
    if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
        EVP_PKEY_derive_set_peer_ex(context.get(), peer.get(), 0) != 1) {
      return std::unexpected(engine_fault("key agreement"));
    }
    // It refuses what would make the secret zero (RFC 7748, section 6.1).
    if (EVP_PKEY_derive(context.get(), out(shared_secret), &size) != 1) {
      return std::unexpected(invalid_key(algorithm()));
    }
    return {};
  }

 private:
  [[nodiscard]] SecretBytes p256_number() const {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number);
    const BigNumber owner(number);
    SecretBytes bytes(kScalarBytes);
    BN_bn2binpad(number, out(bytes.bytes()), static_cast<int>(bytes.size()));
    return bytes;
  }

  const Row& row_;
  const EvpKey key_;
};

const Row* row_of(const EVP_PKEY* key) {
  for (const Row& row : kRows) {
    if (EVP_PKEY_is_a(key, row.name) != 1) continue;
    if (row.family != Family::kP256 || is_on_curve(key, kP256Name)) return &row;
  }
  return nullptr;
}

Error foreign_key() {
  return Error(ErrorCode::kCryptoUnsupported, "it is a key of an algorithm that is not known here");
}

}  // namespace

Result<PublicMaterial> make_evp_public(KeyAlgorithm algorithm, ByteSpan raw) {
  const Row& row = row_of(algorithm);
  const bool has_length = raw.size() == traits_of(algorithm).public_bytes ||
                          (row.family == Family::kP256 && raw.size() == 65);
  EvpKey key = has_length ? public_from_raw(row, raw) : nullptr;
  if (!key) return std::unexpected(invalid_key(algorithm));
  return std::make_shared<const EvpPublic>(row, std::move(key));
}

Result<SecretMaterial> make_evp_secret(KeyAlgorithm algorithm, ByteSpan raw) {
  const Row& row = row_of(algorithm);
  EvpKey key = secret_from_raw(row, raw);
  if (!key) return std::unexpected(invalid_key(algorithm));
  return std::make_unique<const EvpSecret>(row, std::move(key));
}

Result<PublicMaterial> adopt_evp_public(EvpKey key) {
  const Row* row = row_of(key.get());
  if (row == nullptr) return std::unexpected(foreign_key());
  return std::make_shared<const EvpPublic>(*row, std::move(key));
}

Result<SecretMaterial> adopt_evp_secret(EvpKey key) {
  const Row* row = row_of(key.get());
  if (row == nullptr) return std::unexpected(foreign_key());
  return std::make_unique<const EvpSecret>(*row, std::move(key));
}

}  // namespace synapsed::crypto
