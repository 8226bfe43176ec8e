#pragma once

/// \file
/// The host's crypto, for modules that were granted the capability `crypto`, and keys that stay
/// with the host (`key_…`), for those with `crypto.keys`. Results that are negative are a
/// `HostError`.
/// Written by tools/generate_abi.py from abi/crypto.json; do not edit.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <synapsed/host_functions.hpp>

namespace synapsed::crypto {

enum class HashAlgorithm : std::uint32_t {
  kSha224 = 1,
  kSha256 = 2,
  kSha384 = 3,
  kSha512 = 4,
  kSha512_256 = 5,
  kSha3_224 = 6,
  kSha3_256 = 7,
  kSha3_384 = 8,
  kSha3_512 = 9,
  kShake128 = 10,
  kShake256 = 11,
  kKeccak256 = 12,
  kBlake2b = 13,
};

enum class KeyAlgorithm : std::uint32_t {
  kMlKem512 = 1,
  kMlKem768 = 2,
  kMlKem1024 = 3,
  kX25519 = 4,
  kX25519MlKem768 = 5,
  kMlDsa44 = 16,
  kMlDsa65 = 17,
  kMlDsa87 = 18,
  kSlhDsaSha2_128s = 19,
  kSlhDsaSha2_128f = 20,
  kSlhDsaSha2_192s = 21,
  kSlhDsaSha2_192f = 22,
  kSlhDsaSha2_256s = 23,
  kSlhDsaSha2_256f = 24,
  kSlhDsaShake128s = 25,
  kSlhDsaShake128f = 26,
  kSlhDsaShake192s = 27,
  kSlhDsaShake192f = 28,
  kSlhDsaShake256s = 29,
  kSlhDsaShake256f = 30,
  kEd25519 = 32,
  kEcdsaP256 = 33,
  kEcdsaSecp256k1 = 34,
  kSr25519 = 35,
  kEd25519MlDsa65 = 36,
  kAes128Gcm = 48,
  kAes192Gcm = 49,
  kAes256Gcm = 50,
  kAes256GcmSiv = 51,
  kChacha20Poly1305 = 52,
  kHmacSha256 = 56,
  kHmacSha512 = 57,
};

extern "C" {

[[clang::import_module("synapsed:crypto@1"), clang::import_name("hash")]]
std::int32_t synapsed_crypto_hash(
    HashAlgorithm algorithm,
    const std::byte* data,
    std::size_t data_size,
    std::byte* digest,
    std::size_t digest_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("hash_begin")]]
std::int32_t synapsed_crypto_hash_begin(
    HashAlgorithm algorithm,
    std::uint32_t digest_bytes);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("hmac")]]
std::int32_t synapsed_crypto_hmac(
    HashAlgorithm algorithm,
    const std::byte* key,
    std::size_t key_size,
    const std::byte* data,
    std::size_t data_size,
    std::byte* tag,
    std::size_t tag_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("hmac_begin")]]
std::int32_t synapsed_crypto_hmac_begin(
    HashAlgorithm algorithm,
    const std::byte* key,
    std::size_t key_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("digest_update")]]
std::int32_t synapsed_crypto_digest_update(
    std::uint32_t stream,
    const std::byte* data,
    std::size_t data_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("digest_finish")]]
std::int32_t synapsed_crypto_digest_finish(
    std::uint32_t stream,
    std::byte* digest,
    std::size_t digest_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("digest_close")]]
std::int32_t synapsed_crypto_digest_close(
    std::uint32_t stream);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("equal")]]
std::int32_t synapsed_crypto_equal(
    const std::byte* left,
    std::size_t left_size,
    const std::byte* right,
    std::size_t right_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("random")]]
std::int32_t synapsed_crypto_random(
    std::byte* bytes,
    std::size_t bytes_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("hkdf")]]
std::int32_t synapsed_crypto_hkdf(
    HashAlgorithm algorithm,
    const std::byte* key,
    std::size_t key_size,
    const std::byte* salt,
    std::size_t salt_size,
    const std::byte* info,
    std::size_t info_size,
    std::byte* output,
    std::size_t output_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("pbkdf2")]]
std::int32_t synapsed_crypto_pbkdf2(
    HashAlgorithm algorithm,
    const std::byte* password,
    std::size_t password_size,
    const std::byte* salt,
    std::size_t salt_size,
    std::uint32_t iterations,
    std::byte* output,
    std::size_t output_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("argon2id")]]
std::int32_t synapsed_crypto_argon2id(
    const std::byte* password,
    std::size_t password_size,
    const std::byte* salt,
    std::size_t salt_size,
    std::uint32_t memory_kib,
    std::uint32_t passes,
    std::uint32_t lanes,
    std::byte* output,
    std::size_t output_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("aead_seal")]]
std::int32_t synapsed_crypto_aead_seal(
    KeyAlgorithm algorithm,
    const std::byte* key,
    std::size_t key_size,
    const std::byte* nonce,
    std::size_t nonce_size,
    const std::byte* associated,
    std::size_t associated_size,
    const std::byte* plaintext,
    std::size_t plaintext_size,
    std::byte* sealed,
    std::size_t sealed_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("aead_open")]]
std::int32_t synapsed_crypto_aead_open(
    KeyAlgorithm algorithm,
    const std::byte* key,
    std::size_t key_size,
    const std::byte* nonce,
    std::size_t nonce_size,
    const std::byte* associated,
    std::size_t associated_size,
    const std::byte* sealed,
    std::size_t sealed_size,
    std::byte* plaintext,
    std::size_t plaintext_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("generate_keypair")]]
std::int32_t synapsed_crypto_generate_keypair(
    KeyAlgorithm algorithm,
    std::byte* public_key,
    std::size_t public_key_size,
    std::byte* secret_key,
    std::size_t secret_key_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("derive_public_key")]]
std::int32_t synapsed_crypto_derive_public_key(
    KeyAlgorithm algorithm,
    const std::byte* secret_key,
    std::size_t secret_key_size,
    std::byte* public_key,
    std::size_t public_key_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("encapsulate")]]
std::int32_t synapsed_crypto_encapsulate(
    KeyAlgorithm algorithm,
    const std::byte* public_key,
    std::size_t public_key_size,
    std::byte* ciphertext,
    std::size_t ciphertext_size,
    std::byte* shared_secret,
    std::size_t shared_secret_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("decapsulate")]]
std::int32_t synapsed_crypto_decapsulate(
    KeyAlgorithm algorithm,
    const std::byte* secret_key,
    std::size_t secret_key_size,
    const std::byte* ciphertext,
    std::size_t ciphertext_size,
    std::byte* shared_secret,
    std::size_t shared_secret_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_agreement")]]
std::int32_t synapsed_crypto_key_agreement(
    const std::byte* secret_key,
    std::size_t secret_key_size,
    const std::byte* public_key,
    std::size_t public_key_size,
    std::byte* shared_secret,
    std::size_t shared_secret_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("sign")]]
std::int32_t synapsed_crypto_sign(
    KeyAlgorithm algorithm,
    const std::byte* secret_key,
    std::size_t secret_key_size,
    const std::byte* message,
    std::size_t message_size,
    const std::byte* context,
    std::size_t context_size,
    std::byte* signature,
    std::size_t signature_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("verify")]]
std::int32_t synapsed_crypto_verify(
    KeyAlgorithm algorithm,
    const std::byte* public_key,
    std::size_t public_key_size,
    const std::byte* message,
    std::size_t message_size,
    const std::byte* signature,
    std::size_t signature_size,
    const std::byte* context,
    std::size_t context_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("sign_digest")]]
std::int32_t synapsed_crypto_sign_digest(
    KeyAlgorithm algorithm,
    const std::byte* secret_key,
    std::size_t secret_key_size,
    const std::byte* digest,
    std::size_t digest_size,
    std::byte* signature,
    std::size_t signature_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("verify_digest")]]
std::int32_t synapsed_crypto_verify_digest(
    KeyAlgorithm algorithm,
    const std::byte* public_key,
    std::size_t public_key_size,
    const std::byte* digest,
    std::size_t digest_size,
    const std::byte* signature,
    std::size_t signature_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("sign_recoverable")]]
std::int32_t synapsed_crypto_sign_recoverable(
    const std::byte* secret_key,
    std::size_t secret_key_size,
    const std::byte* digest,
    std::size_t digest_size,
    std::byte* signature,
    std::size_t signature_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("recover")]]
std::int32_t synapsed_crypto_recover(
    const std::byte* digest,
    std::size_t digest_size,
    const std::byte* signature,
    std::size_t signature_size,
    std::byte* public_key,
    std::size_t public_key_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("ecdsa_from_der")]]
std::int32_t synapsed_crypto_ecdsa_from_der(
    const std::byte* der,
    std::size_t der_size,
    std::byte* signature,
    std::size_t signature_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("ecdsa_to_der")]]
std::int32_t synapsed_crypto_ecdsa_to_der(
    const std::byte* signature,
    std::size_t signature_size,
    std::byte* der,
    std::size_t der_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("decode_public_key")]]
std::int32_t synapsed_crypto_decode_public_key(
    KeyAlgorithm algorithm,
    std::uint32_t format,
    const std::byte* encoded,
    std::size_t encoded_size,
    std::byte* public_key,
    std::size_t public_key_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("encode_public_key")]]
std::int32_t synapsed_crypto_encode_public_key(
    KeyAlgorithm algorithm,
    std::uint32_t format,
    const std::byte* public_key,
    std::size_t public_key_size,
    std::byte* encoded,
    std::size_t encoded_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("decode_secret_key")]]
std::int32_t synapsed_crypto_decode_secret_key(
    KeyAlgorithm algorithm,
    std::uint32_t format,
    const std::byte* encoded,
    std::size_t encoded_size,
    std::byte* secret_key,
    std::size_t secret_key_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("encode_secret_key")]]
std::int32_t synapsed_crypto_encode_secret_key(
    KeyAlgorithm algorithm,
    std::uint32_t format,
    const std::byte* secret_key,
    std::size_t secret_key_size,
    std::byte* encoded,
    std::size_t encoded_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("envelope_seal")]]
std::int32_t synapsed_crypto_envelope_seal(
    KeyAlgorithm algorithm,
    const std::byte* public_key,
    std::size_t public_key_size,
    const std::byte* context,
    std::size_t context_size,
    const std::byte* associated,
    std::size_t associated_size,
    const std::byte* plaintext,
    std::size_t plaintext_size,
    std::byte* envelope,
    std::size_t envelope_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("envelope_open")]]
std::int32_t synapsed_crypto_envelope_open(
    KeyAlgorithm algorithm,
    const std::byte* secret_key,
    std::size_t secret_key_size,
    const std::byte* context,
    std::size_t context_size,
    const std::byte* associated,
    std::size_t associated_size,
    const std::byte* envelope,
    std::size_t envelope_size,
    std::byte* plaintext,
    std::size_t plaintext_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("envelope_seal_begin")]]
std::int32_t synapsed_crypto_envelope_seal_begin(
    KeyAlgorithm algorithm,
    const std::byte* public_key,
    std::size_t public_key_size,
    const std::byte* context,
    std::size_t context_size,
    const std::byte* associated,
    std::size_t associated_size,
    std::byte* header,
    std::size_t header_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("envelope_open_begin")]]
std::int32_t synapsed_crypto_envelope_open_begin(
    KeyAlgorithm algorithm,
    const std::byte* secret_key,
    std::size_t secret_key_size,
    const std::byte* context,
    std::size_t context_size,
    const std::byte* associated,
    std::size_t associated_size,
    const std::byte* header,
    std::size_t header_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("envelope_next")]]
std::int32_t synapsed_crypto_envelope_next(
    std::uint32_t stream,
    const std::byte* part,
    std::size_t part_size,
    std::uint32_t is_last,
    std::byte* output,
    std::size_t output_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("envelope_close")]]
std::int32_t synapsed_crypto_envelope_close(
    std::uint32_t stream);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_generate")]]
std::int32_t synapsed_crypto_key_generate(
    KeyAlgorithm algorithm,
    std::uint32_t uses);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_open")]]
std::int32_t synapsed_crypto_key_open(
    const char* name,
    std::size_t name_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_algorithm")]]
std::int32_t synapsed_crypto_key_algorithm(
    std::uint32_t key);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_uses")]]
std::int32_t synapsed_crypto_key_uses(
    std::uint32_t key);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_public")]]
std::int32_t synapsed_crypto_key_public(
    std::uint32_t key,
    std::byte* public_key,
    std::size_t public_key_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_sign")]]
std::int32_t synapsed_crypto_key_sign(
    std::uint32_t key,
    const std::byte* message,
    std::size_t message_size,
    const std::byte* context,
    std::size_t context_size,
    std::byte* signature,
    std::size_t signature_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_verify")]]
std::int32_t synapsed_crypto_key_verify(
    std::uint32_t key,
    const std::byte* message,
    std::size_t message_size,
    const std::byte* signature,
    std::size_t signature_size,
    const std::byte* context,
    std::size_t context_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_decapsulate")]]
std::int32_t synapsed_crypto_key_decapsulate(
    std::uint32_t key,
    const std::byte* ciphertext,
    std::size_t ciphertext_size,
    std::byte* shared_secret,
    std::size_t shared_secret_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_seal")]]
std::int32_t synapsed_crypto_key_seal(
    std::uint32_t key,
    const std::byte* associated,
    std::size_t associated_size,
    const std::byte* plaintext,
    std::size_t plaintext_size,
    std::byte* sealed,
    std::size_t sealed_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_unseal")]]
std::int32_t synapsed_crypto_key_unseal(
    std::uint32_t key,
    const std::byte* associated,
    std::size_t associated_size,
    const std::byte* sealed,
    std::size_t sealed_size,
    std::byte* plaintext,
    std::size_t plaintext_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_envelope_open")]]
std::int32_t synapsed_crypto_key_envelope_open(
    std::uint32_t key,
    const std::byte* context,
    std::size_t context_size,
    const std::byte* associated,
    std::size_t associated_size,
    const std::byte* envelope,
    std::size_t envelope_size,
    std::byte* plaintext,
    std::size_t plaintext_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_envelope_open_begin")]]
std::int32_t synapsed_crypto_key_envelope_open_begin(
    std::uint32_t key,
    const std::byte* context,
    std::size_t context_size,
    const std::byte* associated,
    std::size_t associated_size,
    const std::byte* header,
    std::size_t header_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_wrap")]]
std::int32_t synapsed_crypto_key_wrap(
    std::uint32_t wrapping_key,
    std::uint32_t key,
    std::byte* wrapped,
    std::size_t wrapped_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_unwrap")]]
std::int32_t synapsed_crypto_key_unwrap(
    std::uint32_t wrapping_key,
    const std::byte* wrapped,
    std::size_t wrapped_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_export")]]
std::int32_t synapsed_crypto_key_export(
    std::uint32_t key,
    std::byte* secret_key,
    std::size_t secret_key_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_save")]]
std::int32_t synapsed_crypto_key_save(
    std::uint32_t key,
    const char* name,
    std::size_t name_size);

[[clang::import_module("synapsed:crypto@1"), clang::import_name("key_close")]]
std::int32_t synapsed_crypto_key_close(
    std::uint32_t key);

}  // extern "C"

/// Hashes. The digest is as long as the algorithm's, or as the buffer where the algorithm has any
/// length. Returns its length.
inline std::int32_t hash(HashAlgorithm algorithm, std::span<const std::byte> data, std::span<std::byte> digest) {
  return synapsed_crypto_hash(algorithm, data.data(), data.size(), digest.data(), digest.size());
}

/// Begins a hash of bytes that come in parts; digest_bytes is 0 for the algorithm's own length.
/// Returns a stream.
inline std::int32_t hash_begin(HashAlgorithm algorithm, std::uint32_t digest_bytes) {
  return synapsed_crypto_hash_begin(algorithm, digest_bytes);
}

/// HMAC. Returns the tag's length.
inline std::int32_t hmac(HashAlgorithm algorithm, std::span<const std::byte> key, std::span<const std::byte> data, std::span<std::byte> tag) {
  return synapsed_crypto_hmac(algorithm, key.data(), key.size(), data.data(), data.size(), tag.data(), tag.size());
}

/// Begins an HMAC of bytes that come in parts. Returns a stream.
inline std::int32_t hmac_begin(HashAlgorithm algorithm, std::span<const std::byte> key) {
  return synapsed_crypto_hmac_begin(algorithm, key.data(), key.size());
}

/// Adds bytes to a hash or an HMAC. Returns 0.
inline std::int32_t digest_update(std::uint32_t stream, std::span<const std::byte> data) {
  return synapsed_crypto_digest_update(stream, data.data(), data.size());
}

/// Writes the digest or tag and closes the stream. Returns its length.
inline std::int32_t digest_finish(std::uint32_t stream, std::span<std::byte> digest) {
  return synapsed_crypto_digest_finish(stream, digest.data(), digest.size());
}

/// Closes a stream without a digest. Returns 0.
inline std::int32_t digest_close(std::uint32_t stream) {
  return synapsed_crypto_digest_close(stream);
}

/// Compares in a time that depends on the lengths alone. Returns 1 or 0.
inline std::int32_t equal(std::span<const std::byte> left, std::span<const std::byte> right) {
  return synapsed_crypto_equal(left.data(), left.size(), right.data(), right.size());
}

/// Fills the buffer with random bytes: of the execution's seed where it has one, else of the
/// operating system. Returns 0; denied in a deterministic execution without a seed.
inline std::int32_t random(std::span<std::byte> bytes) {
  return synapsed_crypto_random(bytes.data(), bytes.size());
}

/// HKDF (RFC 5869): fills the buffer, at most 255 digests. Returns 0.
inline std::int32_t hkdf(HashAlgorithm algorithm, std::span<const std::byte> key, std::span<const std::byte> salt, std::span<const std::byte> info, std::span<std::byte> output) {
  return synapsed_crypto_hkdf(algorithm, key.data(), key.size(), salt.data(), salt.size(), info.data(), info.size(), output.data(), output.size());
}

/// PBKDF2 (RFC 8018) with HMAC: fills the buffer, at most 1024 bytes, with at most 10000000
/// iterations. Returns 0.
inline std::int32_t pbkdf2(HashAlgorithm algorithm, std::span<const std::byte> password, std::span<const std::byte> salt, std::uint32_t iterations, std::span<std::byte> output) {
  return synapsed_crypto_pbkdf2(algorithm, password.data(), password.size(), salt.data(), salt.size(), iterations, output.data(), output.size());
}

/// Argon2id (RFC 9106): fills the buffer, 4 to 1024 bytes. At most 64 MiB of memory and 16 passes.
/// Returns 0.
inline std::int32_t argon2id(std::span<const std::byte> password, std::span<const std::byte> salt, std::uint32_t memory_kib, std::uint32_t passes, std::uint32_t lanes, std::span<std::byte> output) {
  return synapsed_crypto_argon2id(password.data(), password.size(), salt.data(), salt.size(), memory_kib, passes, lanes, output.data(), output.size());
}

/// Encrypts; the caller never repeats a nonce under a key. Returns the length: the plaintext's and
/// 16.
inline std::int32_t aead_seal(KeyAlgorithm algorithm, std::span<const std::byte> key, std::span<const std::byte> nonce, std::span<const std::byte> associated, std::span<const std::byte> plaintext, std::span<std::byte> sealed) {
  return synapsed_crypto_aead_seal(algorithm, key.data(), key.size(), nonce.data(), nonce.size(), associated.data(), associated.size(), plaintext.data(), plaintext.size(), sealed.data(), sealed.size());
}

/// Decrypts what aead_seal made. Returns the length; not_authentic leaves zeros.
inline std::int32_t aead_open(KeyAlgorithm algorithm, std::span<const std::byte> key, std::span<const std::byte> nonce, std::span<const std::byte> associated, std::span<const std::byte> sealed, std::span<std::byte> plaintext) {
  return synapsed_crypto_aead_open(algorithm, key.data(), key.size(), nonce.data(), nonce.size(), associated.data(), associated.size(), sealed.data(), sealed.size(), plaintext.data(), plaintext.size());
}

/// Makes a key pair that the guest keeps itself. Returns the public key's length; denied where the
/// randomness of the execution is decided by a seed.
inline std::int32_t generate_keypair(KeyAlgorithm algorithm, std::span<std::byte> public_key, std::span<std::byte> secret_key) {
  return synapsed_crypto_generate_keypair(algorithm, public_key.data(), public_key.size(), secret_key.data(), secret_key.size());
}

/// The public key that belongs to a secret one. Returns its length.
inline std::int32_t derive_public_key(KeyAlgorithm algorithm, std::span<const std::byte> secret_key, std::span<std::byte> public_key) {
  return synapsed_crypto_derive_public_key(algorithm, secret_key.data(), secret_key.size(), public_key.data(), public_key.size());
}

/// Makes a secret of 32 bytes and a ciphertext that carries it to the key's owner. Returns the
/// ciphertext's length; denied as generate_keypair.
inline std::int32_t encapsulate(KeyAlgorithm algorithm, std::span<const std::byte> public_key, std::span<std::byte> ciphertext, std::span<std::byte> shared_secret) {
  return synapsed_crypto_encapsulate(algorithm, public_key.data(), public_key.size(), ciphertext.data(), ciphertext.size(), shared_secret.data(), shared_secret.size());
}

/// The secret of 32 bytes that a ciphertext carries. Returns 32.
inline std::int32_t decapsulate(KeyAlgorithm algorithm, std::span<const std::byte> secret_key, std::span<const std::byte> ciphertext, std::span<std::byte> shared_secret) {
  return synapsed_crypto_decapsulate(algorithm, secret_key.data(), secret_key.size(), ciphertext.data(), ciphertext.size(), shared_secret.data(), shared_secret.size());
}

/// X25519 (RFC 7748). Returns 32.
inline std::int32_t key_agreement(std::span<const std::byte> secret_key, std::span<const std::byte> public_key, std::span<std::byte> shared_secret) {
  return synapsed_crypto_key_agreement(secret_key.data(), secret_key.size(), public_key.data(), public_key.size(), shared_secret.data(), shared_secret.size());
}

/// Signs. Returns the signature's length.
inline std::int32_t sign(KeyAlgorithm algorithm, std::span<const std::byte> secret_key, std::span<const std::byte> message, std::span<const std::byte> context, std::span<std::byte> signature) {
  return synapsed_crypto_sign(algorithm, secret_key.data(), secret_key.size(), message.data(), message.size(), context.data(), context.size(), signature.data(), signature.size());
}

/// Checks a signature. Returns 0, or not_authentic.
inline std::int32_t verify(KeyAlgorithm algorithm, std::span<const std::byte> public_key, std::span<const std::byte> message, std::span<const std::byte> signature, std::span<const std::byte> context) {
  return synapsed_crypto_verify(algorithm, public_key.data(), public_key.size(), message.data(), message.size(), signature.data(), signature.size(), context.data(), context.size());
}

/// ECDSA over a digest of 32 bytes, ML-DSA over the representative of 64 (FIPS 204, 6.2). Returns
/// the length.
inline std::int32_t sign_digest(KeyAlgorithm algorithm, std::span<const std::byte> secret_key, std::span<const std::byte> digest, std::span<std::byte> signature) {
  return synapsed_crypto_sign_digest(algorithm, secret_key.data(), secret_key.size(), digest.data(), digest.size(), signature.data(), signature.size());
}

/// Checks a signature that sign_digest made. Returns 0, or not_authentic.
inline std::int32_t verify_digest(KeyAlgorithm algorithm, std::span<const std::byte> public_key, std::span<const std::byte> digest, std::span<const std::byte> signature) {
  return synapsed_crypto_verify_digest(algorithm, public_key.data(), public_key.size(), digest.data(), digest.size(), signature.data(), signature.size());
}

/// ECDSA with secp256k1: r, s and the recovery id. Returns 65.
inline std::int32_t sign_recoverable(std::span<const std::byte> secret_key, std::span<const std::byte> digest, std::span<std::byte> signature) {
  return synapsed_crypto_sign_recoverable(secret_key.data(), secret_key.size(), digest.data(), digest.size(), signature.data(), signature.size());
}

/// The public key that made a recoverable signature. Returns 33.
inline std::int32_t recover(std::span<const std::byte> digest, std::span<const std::byte> signature, std::span<std::byte> public_key) {
  return synapsed_crypto_recover(digest.data(), digest.size(), signature.data(), signature.size(), public_key.data(), public_key.size());
}

/// An ECDSA signature of ASN.1 DER as r and s. Returns 64.
inline std::int32_t ecdsa_from_der(std::span<const std::byte> der, std::span<std::byte> signature) {
  return synapsed_crypto_ecdsa_from_der(der.data(), der.size(), signature.data(), signature.size());
}

/// An ECDSA signature of r and s as ASN.1 DER. Returns its length.
inline std::int32_t ecdsa_to_der(std::span<const std::byte> signature, std::span<std::byte> der) {
  return synapsed_crypto_ecdsa_to_der(signature.data(), signature.size(), der.data(), der.size());
}

/// Reads a public key: format 1 SubjectPublicKeyInfo, 2 PEM. Returns the length of the raw key.
inline std::int32_t decode_public_key(KeyAlgorithm algorithm, std::uint32_t format, std::span<const std::byte> encoded, std::span<std::byte> public_key) {
  return synapsed_crypto_decode_public_key(algorithm, format, encoded.data(), encoded.size(), public_key.data(), public_key.size());
}

/// Writes a public key in a format of decode_public_key. Returns the length.
inline std::int32_t encode_public_key(KeyAlgorithm algorithm, std::uint32_t format, std::span<const std::byte> public_key, std::span<std::byte> encoded) {
  return synapsed_crypto_encode_public_key(algorithm, format, public_key.data(), public_key.size(), encoded.data(), encoded.size());
}

/// Reads a secret key that is not encrypted: format 1 PKCS 8, 2 PEM. Returns the length of the raw
/// key.
inline std::int32_t decode_secret_key(KeyAlgorithm algorithm, std::uint32_t format, std::span<const std::byte> encoded, std::span<std::byte> secret_key) {
  return synapsed_crypto_decode_secret_key(algorithm, format, encoded.data(), encoded.size(), secret_key.data(), secret_key.size());
}

/// Writes a secret key in a format of decode_secret_key. Returns the length.
inline std::int32_t encode_secret_key(KeyAlgorithm algorithm, std::uint32_t format, std::span<const std::byte> secret_key, std::span<std::byte> encoded) {
  return synapsed_crypto_encode_secret_key(algorithm, format, secret_key.data(), secret_key.size(), encoded.data(), encoded.size());
}

/// Encrypts to a public key of a KEM (docs/formats/envelope.md). Returns the length; denied as
/// generate_keypair.
inline std::int32_t envelope_seal(KeyAlgorithm algorithm, std::span<const std::byte> public_key, std::span<const std::byte> context, std::span<const std::byte> associated, std::span<const std::byte> plaintext, std::span<std::byte> envelope) {
  return synapsed_crypto_envelope_seal(algorithm, public_key.data(), public_key.size(), context.data(), context.size(), associated.data(), associated.size(), plaintext.data(), plaintext.size(), envelope.data(), envelope.size());
}

/// Decrypts an envelope. Returns the length.
inline std::int32_t envelope_open(KeyAlgorithm algorithm, std::span<const std::byte> secret_key, std::span<const std::byte> context, std::span<const std::byte> associated, std::span<const std::byte> envelope, std::span<std::byte> plaintext) {
  return synapsed_crypto_envelope_open(algorithm, secret_key.data(), secret_key.size(), context.data(), context.size(), associated.data(), associated.size(), envelope.data(), envelope.size(), plaintext.data(), plaintext.size());
}

/// Begins an envelope of data that comes in parts, and writes its header. Returns a stream.
inline std::int32_t envelope_seal_begin(KeyAlgorithm algorithm, std::span<const std::byte> public_key, std::span<const std::byte> context, std::span<const std::byte> associated, std::span<std::byte> header) {
  return synapsed_crypto_envelope_seal_begin(algorithm, public_key.data(), public_key.size(), context.data(), context.size(), associated.data(), associated.size(), header.data(), header.size());
}

/// Begins to decrypt an envelope whose parts come one by one. Returns a stream.
inline std::int32_t envelope_open_begin(KeyAlgorithm algorithm, std::span<const std::byte> secret_key, std::span<const std::byte> context, std::span<const std::byte> associated, std::span<const std::byte> header) {
  return synapsed_crypto_envelope_open_begin(algorithm, secret_key.data(), secret_key.size(), context.data(), context.size(), associated.data(), associated.size(), header.data(), header.size());
}

/// Encrypts or decrypts the next part: 65536 bytes of plaintext each, the last one fewer or as
/// many; sealed it has 16 more. The last one closes the stream. Returns the length.
inline std::int32_t envelope_next(std::uint32_t stream, std::span<const std::byte> part, std::uint32_t is_last, std::span<std::byte> output) {
  return synapsed_crypto_envelope_next(stream, part.data(), part.size(), is_last, output.data(), output.size());
}

/// Gives an envelope up before its last part. Returns 0.
inline std::int32_t envelope_close(std::uint32_t stream) {
  return synapsed_crypto_envelope_close(stream);
}

/// Makes a key that stays with the host, for this execution; uses are bits: 1 sign, 2 verify, 4
/// decrypt, 8 encrypt, 16 wrap, 32 export. Returns a key; denied as generate_keypair.
inline std::int32_t key_generate(KeyAlgorithm algorithm, std::uint32_t uses) {
  return synapsed_crypto_key_generate(algorithm, uses);
}

/// Opens a key of the execution's tenant that the module was given the use of. Returns a key.
inline std::int32_t key_open(std::string_view name) {
  return synapsed_crypto_key_open(name.data(), name.size());
}

/// Returns the algorithm's number.
inline std::int32_t key_algorithm(std::uint32_t key) {
  return synapsed_crypto_key_algorithm(key);
}

/// Returns what the key may be used for, as bits.
inline std::int32_t key_uses(std::uint32_t key) {
  return synapsed_crypto_key_uses(key);
}

/// The public key. Returns its length.
inline std::int32_t key_public(std::uint32_t key, std::span<std::byte> public_key) {
  return synapsed_crypto_key_public(key, public_key.data(), public_key.size());
}

/// Signs, or authenticates with a key of HMAC. Returns the length.
inline std::int32_t key_sign(std::uint32_t key, std::span<const std::byte> message, std::span<const std::byte> context, std::span<std::byte> signature) {
  return synapsed_crypto_key_sign(key, message.data(), message.size(), context.data(), context.size(), signature.data(), signature.size());
}

/// Checks a signature or an authentication tag. Returns 0, or not_authentic.
inline std::int32_t key_verify(std::uint32_t key, std::span<const std::byte> message, std::span<const std::byte> signature, std::span<const std::byte> context) {
  return synapsed_crypto_key_verify(key, message.data(), message.size(), signature.data(), signature.size(), context.data(), context.size());
}

/// As decapsulate. Returns 32.
inline std::int32_t key_decapsulate(std::uint32_t key, std::span<const std::byte> ciphertext, std::span<std::byte> shared_secret) {
  return synapsed_crypto_key_decapsulate(key, ciphertext.data(), ciphertext.size(), shared_secret.data(), shared_secret.size());
}

/// Encrypts with a symmetric key; the host makes a key and a nonce for this message alone, of 16
/// random bytes. Returns the length: the plaintext's and 36.
inline std::int32_t key_seal(std::uint32_t key, std::span<const std::byte> associated, std::span<const std::byte> plaintext, std::span<std::byte> sealed) {
  return synapsed_crypto_key_seal(key, associated.data(), associated.size(), plaintext.data(), plaintext.size(), sealed.data(), sealed.size());
}

/// Decrypts what key_seal made. Returns the length.
inline std::int32_t key_unseal(std::uint32_t key, std::span<const std::byte> associated, std::span<const std::byte> sealed, std::span<std::byte> plaintext) {
  return synapsed_crypto_key_unseal(key, associated.data(), associated.size(), sealed.data(), sealed.size(), plaintext.data(), plaintext.size());
}

/// As envelope_open.
inline std::int32_t key_envelope_open(std::uint32_t key, std::span<const std::byte> context, std::span<const std::byte> associated, std::span<const std::byte> envelope, std::span<std::byte> plaintext) {
  return synapsed_crypto_key_envelope_open(key, context.data(), context.size(), associated.data(), associated.size(), envelope.data(), envelope.size(), plaintext.data(), plaintext.size());
}

/// As envelope_open_begin.
inline std::int32_t key_envelope_open_begin(std::uint32_t key, std::span<const std::byte> context, std::span<const std::byte> associated, std::span<const std::byte> header) {
  return synapsed_crypto_key_envelope_open_begin(key, context.data(), context.size(), associated.data(), associated.size(), header.data(), header.size());
}

/// Encrypts a key with a symmetric one that may wrap, for key_unwrap. Returns the length.
inline std::int32_t key_wrap(std::uint32_t wrapping_key, std::uint32_t key, std::span<std::byte> wrapped) {
  return synapsed_crypto_key_wrap(wrapping_key, key, wrapped.data(), wrapped.size());
}

/// Opens a wrapped key, with the uses it had. Returns a key.
inline std::int32_t key_unwrap(std::uint32_t wrapping_key, std::span<const std::byte> wrapped) {
  return synapsed_crypto_key_unwrap(wrapping_key, wrapped.data(), wrapped.size());
}

/// The raw key, where its uses have export. Returns the length.
inline std::int32_t key_export(std::uint32_t key, std::span<std::byte> secret_key) {
  return synapsed_crypto_key_export(key, secret_key.data(), secret_key.size());
}

/// Keeps the key for later executions of the tenant and the module. Returns 0, or conflict when
/// there is one of that name.
inline std::int32_t key_save(std::uint32_t key, std::string_view name) {
  return synapsed_crypto_key_save(key, name.data(), name.size());
}

/// Gives a key back. Returns 0.
inline std::int32_t key_close(std::uint32_t key) {
  return synapsed_crypto_key_close(key);
}

}  // namespace synapsed::crypto
