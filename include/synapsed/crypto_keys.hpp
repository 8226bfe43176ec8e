#pragma once

/// \file
/// Keys, signatures, key encapsulation and authenticated encryption. Owned by the room `crypto`.
///
/// Two ways lead to each algorithm. Where it is known to the program, it is in the type:
///
///     const auto [public_key, secret_key] = crypto::MlDsa65::generate_keypair().value();
///     const Bytes signature = crypto::MlDsa65::sign(secret_key, message).value();
///     if (!crypto::MlDsa65::verify(public_key, message, signature)) refuse();
///
/// Where it comes from a file or a guest, keys carry it: `PublicKey`, `SecretKey`.
///
/// | algorithm | raw public key | raw secret key |
/// |---|---|---|
/// | ML-KEM (FIPS 203), ML-DSA (FIPS 204) | encoded as there | the seed (64, 32 bytes); an expanded key is taken too |
/// | SLH-DSA (FIPS 205) | as there | as there |
/// | X25519 (RFC 7748), Ed25519 (RFC 8032) | 32 bytes | 32 bytes |
/// | ECDSA | SEC 1, 33 bytes; 65 are taken too | the number, 32 bytes, large end first |
/// | sr25519 | 32 bytes | Substrate's mini secret, 32 bytes |
/// | `kX25519MlKem768`: X-Wing (draft-connolly-cfrg-xwing-kem) | ML-KEM's, X25519's | 32 bytes |
/// | `kEd25519MlDsa65`: composite (draft-ietf-lamps-pq-composite-sigs, SHA-512) | ML-DSA's, Ed25519's | likewise |
/// | AES-GCM, AES-GCM-SIV, ChaCha20-Poly1305, HMAC | none | the key |
///
/// ECDSA signatures are r and s, 32 bytes each; of secp256k1 with the smaller s, and others are
/// refused.
///
/// Errors: `crypto.invalid_key`, `crypto.invalid_argument`, `crypto.unsupported` where an algorithm
/// lacks an operation, `crypto.not_authentic` for what does not verify or decrypt, `crypto.no_entropy`.
///
/// Thread rule: keys are immutable and may be used by several threads at once.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <synapsed/crypto_primitives.hpp>
#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

namespace synapsed::crypto {

/// One enumerator per row of `abi/crypto.json`, numbered as guests number them.
enum class KeyAlgorithm : std::uint8_t {
#define SYNAPSED_HASH(...)
#define SYNAPSED_KEY(enumerator, code, ...) k##enumerator = code,
#include <synapsed/crypto_algorithms.def>
#undef SYNAPSED_HASH
#undef SYNAPSED_KEY
};

enum class KeyKind : std::uint8_t { kKem, kSignature, kAead, kMac };

/// Lengths in bytes; 0 where an algorithm has no such thing.
struct KeyTraits {
  KeyAlgorithm algorithm{};
  std::string_view name;  ///< for example `ml-kem-768`
  KeyKind kind{};
  std::size_t public_bytes = 0;
  std::size_t secret_bytes = 0;  ///< as `SecretKey::to_raw` writes it
  /// Of a KEM's ciphertext, a signature, an authentication tag.
  std::size_t output_bytes = 0;
};

/// What a KEM's two sides share.
inline constexpr std::size_t kSharedSecretBytes = 32;

[[nodiscard]] std::span<const KeyTraits> key_algorithms();
[[nodiscard]] const KeyTraits& traits_of(KeyAlgorithm algorithm);
[[nodiscard]] std::optional<KeyAlgorithm> find_key_algorithm(std::string_view name);

class PublicKeyMaterial;
class SecretKeyMaterial;

/// A public key. A value; copies are cheap.
class PublicKey {
 public:
  explicit PublicKey(std::shared_ptr<const PublicKeyMaterial> material)
      : material_(std::move(material)) {}

  /// Checks what the standards say must be checked of foreign keys.
  [[nodiscard]] static Result<PublicKey> from_raw(KeyAlgorithm algorithm,
                                                  std::span<const std::byte> raw);
  /// SubjectPublicKeyInfo (RFC 5280), DER or PEM. Of sr25519 and the hybrids there is none.
  [[nodiscard]] static Result<PublicKey> from_spki(std::span<const std::byte> der);
  [[nodiscard]] static Result<PublicKey> from_pem(std::string_view pem);

  [[nodiscard]] KeyAlgorithm algorithm() const;
  [[nodiscard]] Bytes to_raw() const;
  [[nodiscard]] Result<Bytes> to_spki() const;
  [[nodiscard]] Result<std::string> to_pem() const;
  bool operator==(const PublicKey& other) const;

  [[nodiscard]] const PublicKeyMaterial& material() const { return *material_; }

 private:
  std::shared_ptr<const PublicKeyMaterial> material_;
};

/// A secret key. Its bytes are wiped when it is destroyed; it cannot be copied, printed or compared.
class SecretKey {
 public:
  explicit SecretKey(std::unique_ptr<const SecretKeyMaterial> material);
  SecretKey(SecretKey&&) noexcept;
  SecretKey& operator=(SecretKey&&) noexcept;
  ~SecretKey();

  [[nodiscard]] static Result<SecretKey> generate(KeyAlgorithm algorithm,
                                                  Entropy& entropy = system_entropy());
  [[nodiscard]] static Result<SecretKey> from_raw(KeyAlgorithm algorithm,
                                                  std::span<const std::byte> raw);
  /// PKCS#8 (RFC 5958), not encrypted, DER or PEM. Of sr25519, the hybrids and symmetric keys there
  /// is none.
  [[nodiscard]] static Result<SecretKey> from_pkcs8(std::span<const std::byte> der);
  [[nodiscard]] static Result<SecretKey> from_pem(std::string_view pem);

  [[nodiscard]] KeyAlgorithm algorithm() const;
  /// Error: `crypto.unsupported` for symmetric keys.
  [[nodiscard]] Result<PublicKey> public_key() const;
  /// The seed where there is one (of a key made from an expanded one: that).
  [[nodiscard]] SecretBytes to_raw() const;
  [[nodiscard]] Result<SecretBytes> to_pkcs8() const;
  [[nodiscard]] Result<SecretBytes> to_pem() const;

  [[nodiscard]] const SecretKeyMaterial& material() const { return *material_; }

 private:
  std::unique_ptr<const SecretKeyMaterial> material_;
};

struct KeyPair {
  PublicKey public_key;
  SecretKey secret_key;
};
[[nodiscard]] Result<KeyPair> generate_keypair(KeyAlgorithm algorithm,
                                               Entropy& entropy = system_entropy());

// --- Signatures. ---

struct SignOptions {
  /// Separates uses of one key: up to 255 bytes with ML-DSA, SLH-DSA and the hybrid; the signing
  /// context of sr25519, `substrate` where it is empty; others take none.
  std::span<const std::byte> context;
  /// The same signature for the same message, where an algorithm would use random bytes as well.
  bool is_deterministic = false;
  /// Where those bytes come from; null: `system_entropy`.
  Entropy* entropy = nullptr;
};

/// ECDSA hashes the message with SHA-256.
[[nodiscard]] Result<Bytes> sign(const SecretKey& key, std::span<const std::byte> message,
                                 const SignOptions& options = {});
/// `signature` takes `KeyTraits::output_bytes`.
Result<void> sign_into(const SecretKey& key, std::span<const std::byte> message,
                       const SignOptions& options, std::span<std::byte> signature);
/// Error: `crypto.not_authentic`.
Result<void> verify(const PublicKey& key, std::span<const std::byte> message,
                    std::span<const std::byte> signature,
                    std::span<const std::byte> context = {});

/// ECDSA over a digest of 32 bytes, or ML-DSA over the message representative μ of 64 bytes
/// (FIPS 204, section 6.2), that the caller computed. With secp256k1 it is deterministic (RFC 6979).
[[nodiscard]] Result<Bytes> sign_digest(const SecretKey& key, std::span<const std::byte> digest,
                                        const SignOptions& options = {});
Result<void> verify_digest(const PublicKey& key, std::span<const std::byte> digest,
                           std::span<const std::byte> signature);
/// secp256k1: r, s and the recovery id (0 … 3), 65 bytes, from which `recover` finds the key.
[[nodiscard]] Result<Bytes> sign_recoverable(const SecretKey& key,
                                             std::span<const std::byte> digest);
[[nodiscard]] Result<PublicKey> recover(std::span<const std::byte> digest,
                                        std::span<const std::byte> signature);

/// ECDSA signatures between r ‖ s and ASN.1 DER (X9.62); strict in what it reads.
[[nodiscard]] Result<Bytes> ecdsa_from_der(std::span<const std::byte> der);
[[nodiscard]] Result<Bytes> ecdsa_to_der(std::span<const std::byte> signature);

// --- Key encapsulation. ---

struct Encapsulated {
  Bytes ciphertext;
  SecretBytes shared_secret;
};

/// X25519 is DHKEM(X25519, HKDF-SHA256) of RFC 9180.
[[nodiscard]] Result<Encapsulated> encapsulate(const PublicKey& key,
                                               Entropy& entropy = system_entropy());
/// A ciphertext of the right length that was not made with this key gives a secret nobody knows,
/// where the algorithm rejects implicitly (ML-KEM).
[[nodiscard]] Result<SecretBytes> decapsulate(const SecretKey& key,
                                              std::span<const std::byte> ciphertext);
/// X25519 of RFC 7748 alone. Error: `crypto.invalid_key` where the result would be zero.
[[nodiscard]] Result<SecretBytes> key_agreement(const SecretKey& key, const PublicKey& other);

// --- Authenticated encryption. ---

inline constexpr std::size_t kAeadTagBytes = 16;
inline constexpr std::size_t kAeadNonceBytes = 12;

/// Encryption under one key with nonces that the caller chooses and never repeats; AES-256-GCM-SIV
/// (RFC 8452) forgives a repetition. AES-GCM takes nonces of 1 to 128 bytes, the others of 12.
class Aead {
 public:
  [[nodiscard]] static Result<Aead> create(KeyAlgorithm algorithm, std::span<const std::byte> key);
  [[nodiscard]] static Result<Aead> create(const SecretKey& key);
  Aead(Aead&&) noexcept;
  Aead& operator=(Aead&&) noexcept;
  ~Aead();

  /// The ciphertext, as long as the plaintext, and the tag of 16 bytes. `sealed` may begin where
  /// `plaintext` does, and must not overlap it otherwise.
  Result<void> seal_into(std::span<const std::byte> nonce, std::span<const std::byte> associated,
                         std::span<const std::byte> plaintext, std::span<std::byte> sealed) const;
  /// Error: `crypto.not_authentic`; then `plaintext` is zero.
  Result<void> open_into(std::span<const std::byte> nonce, std::span<const std::byte> associated,
                         std::span<const std::byte> sealed, std::span<std::byte> plaintext) const;
  [[nodiscard]] Result<Bytes> seal(std::span<const std::byte> nonce,
                                   std::span<const std::byte> associated,
                                   std::span<const std::byte> plaintext) const;
  [[nodiscard]] Result<SecretBytes> open(std::span<const std::byte> nonce,
                                         std::span<const std::byte> associated,
                                         std::span<const std::byte> sealed) const;

  struct Impl;

 private:
  explicit Aead(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

/// The same with a key that is used once.
Result<void> aead_seal_into(KeyAlgorithm algorithm, std::span<const std::byte> key,
                            std::span<const std::byte> nonce,
                            std::span<const std::byte> associated,
                            std::span<const std::byte> plaintext, std::span<std::byte> sealed);
Result<void> aead_open_into(KeyAlgorithm algorithm, std::span<const std::byte> key,
                            std::span<const std::byte> nonce,
                            std::span<const std::byte> associated,
                            std::span<const std::byte> sealed, std::span<std::byte> plaintext);

// --- The algorithm in the type. ---

namespace detail {
/// The value of `result` in a `To`, or its error.
template <typename To, typename From>
Result<To> wrap(Result<From> result) {
  if (!result) return std::unexpected(std::move(result).error());
  return To(std::move(*result));
}
}  // namespace detail

template <KeyAlgorithm kAlgorithm>
class TypedPublicKey {
 public:
  [[nodiscard]] static Result<TypedPublicKey> from_raw(std::span<const std::byte> raw) {
    return detail::wrap<TypedPublicKey>(PublicKey::from_raw(kAlgorithm, raw));
  }
  [[nodiscard]] Bytes to_raw() const { return key_.to_raw(); }
  [[nodiscard]] const PublicKey& untyped() const { return key_; }
  bool operator==(const TypedPublicKey&) const = default;

 private:
  template <KeyAlgorithm>
  friend class TypedSecretKey;
  template <typename To, typename From>
  friend Result<To> detail::wrap(Result<From>);
  explicit TypedPublicKey(PublicKey key) : key_(std::move(key)) {}
  PublicKey key_;
};

template <KeyAlgorithm kAlgorithm>
class TypedSecretKey {
 public:
  [[nodiscard]] static Result<TypedSecretKey> from_raw(std::span<const std::byte> raw) {
    return detail::wrap<TypedSecretKey>(SecretKey::from_raw(kAlgorithm, raw));
  }
  [[nodiscard]] static Result<TypedSecretKey> generate(Entropy& entropy = system_entropy()) {
    return detail::wrap<TypedSecretKey>(SecretKey::generate(kAlgorithm, entropy));
  }
  [[nodiscard]] TypedPublicKey<kAlgorithm> public_key() const {
    return TypedPublicKey<kAlgorithm>(key_.public_key().value());
  }
  [[nodiscard]] SecretBytes to_raw() const { return key_.to_raw(); }
  [[nodiscard]] const SecretKey& untyped() const { return key_; }

 private:
  template <typename To, typename From>
  friend Result<To> detail::wrap(Result<From>);
  explicit TypedSecretKey(SecretKey key) : key_(std::move(key)) {}
  SecretKey key_;
};

template <KeyAlgorithm kAlgorithm>
struct TypedKeyPair {
  TypedPublicKey<kAlgorithm> public_key;
  TypedSecretKey<kAlgorithm> secret_key;
};

/// What KEMs and signature schemes have in common.
template <KeyAlgorithm kAlgorithm>
struct KeyScheme {
  using Public = TypedPublicKey<kAlgorithm>;
  using Secret = TypedSecretKey<kAlgorithm>;
  [[nodiscard]] static Result<TypedKeyPair<kAlgorithm>> generate_keypair() {
    auto secret = Secret::generate();
    if (!secret) return std::unexpected(std::move(secret).error());
    auto public_key = secret->public_key();
    return TypedKeyPair<kAlgorithm>{std::move(public_key), std::move(*secret)};
  }
};

template <KeyAlgorithm kAlgorithm>
struct Kem : KeyScheme<kAlgorithm> {
  using typename KeyScheme<kAlgorithm>::Public;
  using typename KeyScheme<kAlgorithm>::Secret;
  [[nodiscard]] static Result<Encapsulated> encapsulate(const Public& key) {
    return crypto::encapsulate(key.untyped());
  }
  [[nodiscard]] static Result<SecretBytes> decapsulate(const Secret& key,
                                                       std::span<const std::byte> ciphertext) {
    return crypto::decapsulate(key.untyped(), ciphertext);
  }
};

template <KeyAlgorithm kAlgorithm>
struct SignatureScheme : KeyScheme<kAlgorithm> {
  using typename KeyScheme<kAlgorithm>::Public;
  using typename KeyScheme<kAlgorithm>::Secret;
  [[nodiscard]] static Result<Bytes> sign(const Secret& key, std::span<const std::byte> message,
                                          const SignOptions& options = {}) {
    return crypto::sign(key.untyped(), message, options);
  }
  static Result<void> verify(const Public& key, std::span<const std::byte> message,
                             std::span<const std::byte> signature,
                             std::span<const std::byte> context = {}) {
    return crypto::verify(key.untyped(), message, signature, context);
  }
};

using MlKem512 = Kem<KeyAlgorithm::kMlKem512>;
using MlKem768 = Kem<KeyAlgorithm::kMlKem768>;
using MlKem1024 = Kem<KeyAlgorithm::kMlKem1024>;
using X25519 = Kem<KeyAlgorithm::kX25519>;
using X25519MlKem768 = Kem<KeyAlgorithm::kX25519MlKem768>;
/// ML-KEM by the name it had as a candidate.
using Kyber = MlKem768;

using MlDsa44 = SignatureScheme<KeyAlgorithm::kMlDsa44>;
using MlDsa65 = SignatureScheme<KeyAlgorithm::kMlDsa65>;
using MlDsa87 = SignatureScheme<KeyAlgorithm::kMlDsa87>;
using SlhDsaSha2_128s = SignatureScheme<KeyAlgorithm::kSlhDsaSha2_128s>;
using SlhDsaShake128s = SignatureScheme<KeyAlgorithm::kSlhDsaShake128s>;
using Ed25519 = SignatureScheme<KeyAlgorithm::kEd25519>;
using EcdsaP256 = SignatureScheme<KeyAlgorithm::kEcdsaP256>;
using EcdsaSecp256k1 = SignatureScheme<KeyAlgorithm::kEcdsaSecp256k1>;
using Sr25519 = SignatureScheme<KeyAlgorithm::kSr25519>;
using Ed25519MlDsa65 = SignatureScheme<KeyAlgorithm::kEd25519MlDsa65>;

}  // namespace synapsed::crypto
