// Hands what it is called with to the host's crypto, and the results back.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>
#include <vector>

#include <synapsed/crypto.hpp>
#include <synapsed/guest.hpp>

namespace {

namespace crypto = synapsed::crypto;
using crypto::HashAlgorithm;
using crypto::KeyAlgorithm;
using Bytes = std::vector<std::byte>;
using In = std::span<const std::byte>;
using Answer = std::expected<Bytes, std::int32_t>;

/// What `call` writes into a buffer of `most` bytes, as many as it says.
template <typename Call>
Answer filled(std::size_t most, const Call& call) {
  Bytes buffer(most);
  const std::int32_t length = call(std::span(buffer));
  if (length < 0) return std::unexpected(length);
  buffer.resize(static_cast<std::size_t>(length));
  return buffer;
}
/// The same for functions that fill the buffer and return 0.
template <typename Call>
Answer whole(std::size_t bytes, const Call& call) {
  Bytes buffer(bytes);
  const std::int32_t result = call(std::span(buffer));
  if (result < 0) return std::unexpected(result);
  return buffer;
}

KeyAlgorithm key(std::uint32_t number) { return static_cast<KeyAlgorithm>(number); }
HashAlgorithm hash_number(std::uint32_t number) { return static_cast<HashAlgorithm>(number); }

constexpr std::size_t kMost = 8192;  // keys, ciphertexts and signatures but the largest

}  // namespace

Answer hash(std::uint32_t algorithm, In data, std::uint32_t bytes) {
  return filled(bytes, [&](auto out) { return crypto::hash(hash_number(algorithm), data, out); });
}
SYNAPSED_EXPORT(hash, "func(algorithm: u32, data: list<u8>, bytes: u32) -> result<list<u8>, s32>")

/// In two parts, so that a stream is used.
Answer hash_in_parts(std::uint32_t algorithm, In first, In second, std::uint32_t bytes) {
  const std::int32_t stream = crypto::hash_begin(hash_number(algorithm), bytes);
  if (stream < 0) return std::unexpected(stream);
  const auto number = static_cast<std::uint32_t>(stream);
  crypto::digest_update(number, first);
  crypto::digest_update(number, second);
  return filled(kMost, [&](auto out) { return crypto::digest_finish(number, out); });
}
SYNAPSED_EXPORT(hash_in_parts, "func(algorithm: u32, first: list<u8>, second: list<u8>, bytes: u32) "
                               "-> result<list<u8>, s32>")

Answer hmac(std::uint32_t algorithm, In secret, In data) {
  return filled(64, [&](auto out) {
    return crypto::hmac(hash_number(algorithm), secret, data, out);
  });
}
SYNAPSED_EXPORT(hmac, "func(algorithm: u32, secret: list<u8>, data: list<u8>) -> result<list<u8>, s32>")

Answer hkdf(std::uint32_t algorithm, In secret, In salt, In info, std::uint32_t bytes) {
  return whole(bytes, [&](auto out) {
    return crypto::hkdf(hash_number(algorithm), secret, salt, info, out);
  });
}
SYNAPSED_EXPORT(hkdf, "func(algorithm: u32, secret: list<u8>, salt: list<u8>, info: list<u8>, bytes: u32) "
                      "-> result<list<u8>, s32>")

Answer aead_seal(std::uint32_t algorithm, In secret, In nonce, In associated, In plaintext) {
  return filled(plaintext.size() + 16, [&](auto out) {
    return crypto::aead_seal(key(algorithm), secret, nonce, associated, plaintext, out);
  });
}
SYNAPSED_EXPORT(aead_seal, "func(algorithm: u32, secret: list<u8>, nonce: list<u8>, "
                           "associated: list<u8>, plaintext: list<u8>) -> result<list<u8>, s32>")

Answer aead_open(std::uint32_t algorithm, In secret, In nonce, In associated, In sealed) {
  return filled(sealed.size(), [&](auto out) {
    return crypto::aead_open(key(algorithm), secret, nonce, associated, sealed, out);
  });
}
SYNAPSED_EXPORT(aead_open, "func(algorithm: u32, secret: list<u8>, nonce: list<u8>, "
                           "associated: list<u8>, sealed: list<u8>) -> result<list<u8>, s32>")

/// The public key, then the secret one.
Answer generate_keypair(std::uint32_t algorithm) {
  Bytes secret(128);
  Bytes public_key(kMost);
  const std::int32_t length = crypto::generate_keypair(key(algorithm), public_key, secret);
  if (length < 0) return std::unexpected(length);
  public_key.resize(static_cast<std::size_t>(length));
  public_key.insert(public_key.end(), secret.begin(), secret.end());
  return public_key;
}
SYNAPSED_EXPORT(generate_keypair, "func(algorithm: u32) -> result<list<u8>, s32>")

Answer derive_public_key(std::uint32_t algorithm, In secret) {
  return filled(kMost, [&](auto out) {
    return crypto::derive_public_key(key(algorithm), secret, out);
  });
}
SYNAPSED_EXPORT(derive_public_key, "func(algorithm: u32, secret: list<u8>) -> result<list<u8>, s32>")

Answer encapsulate(std::uint32_t algorithm, In public_key) {
  Bytes shared(32);
  Answer made = filled(kMost, [&](auto out) {
    return crypto::encapsulate(key(algorithm), public_key, out, shared);
  });
  if (made) made->insert(made->end(), shared.begin(), shared.end());
  return made;
}
SYNAPSED_EXPORT(encapsulate, "func(algorithm: u32, public_key: list<u8>) -> result<list<u8>, s32>")

Answer decapsulate(std::uint32_t algorithm, In secret, In ciphertext) {
  return filled(32, [&](auto out) {
    return crypto::decapsulate(key(algorithm), secret, ciphertext, out);
  });
}
SYNAPSED_EXPORT(decapsulate, "func(algorithm: u32, secret: list<u8>, ciphertext: list<u8>) "
                             "-> result<list<u8>, s32>")

Answer key_agreement(In secret, In public_key) {
  return filled(32, [&](auto out) { return crypto::key_agreement(secret, public_key, out); });
}
SYNAPSED_EXPORT(key_agreement, "func(secret: list<u8>, public_key: list<u8>) -> result<list<u8>, s32>")

Answer sign(std::uint32_t algorithm, In secret, In message, In context) {
  return filled(50'000, [&](auto out) {
    return crypto::sign(key(algorithm), secret, message, context, out);
  });
}
SYNAPSED_EXPORT(sign, "func(algorithm: u32, secret: list<u8>, message: list<u8>, context: list<u8>) "
                      "-> result<list<u8>, s32>")

std::int32_t verify(std::uint32_t algorithm, In public_key, In message, In signature, In context) {
  return crypto::verify(key(algorithm), public_key, message, signature, context);
}
SYNAPSED_EXPORT(verify, "func(algorithm: u32, public_key: list<u8>, message: list<u8>, "
                        "signature: list<u8>, context: list<u8>) -> s32")

Answer sign_digest(std::uint32_t algorithm, In secret, In digest) {
  return filled(kMost, [&](auto out) {
    return crypto::sign_digest(key(algorithm), secret, digest, out);
  });
}
SYNAPSED_EXPORT(sign_digest, "func(algorithm: u32, secret: list<u8>, digest: list<u8>) "
                             "-> result<list<u8>, s32>")

Answer ecdsa_from_der(In der) {
  return filled(64, [&](auto out) { return crypto::ecdsa_from_der(der, out); });
}
SYNAPSED_EXPORT(ecdsa_from_der, "func(der: list<u8>) -> result<list<u8>, s32>")

Answer decode_public_key(std::uint32_t algorithm, std::uint32_t format, In encoded) {
  return filled(kMost, [&](auto out) {
    return crypto::decode_public_key(key(algorithm), format, encoded, out);
  });
}
SYNAPSED_EXPORT(decode_public_key, "func(algorithm: u32, format: u32, encoded: list<u8>) "
                                   "-> result<list<u8>, s32>")

Answer envelope_seal(std::uint32_t algorithm, In public_key, In context, In associated,
                     In plaintext) {
  return filled(plaintext.size() + kMost, [&](auto out) {
    return crypto::envelope_seal(key(algorithm), public_key, context, associated, plaintext, out);
  });
}
SYNAPSED_EXPORT(envelope_seal, "func(algorithm: u32, public_key: list<u8>, context: list<u8>, "
                               "associated: list<u8>, plaintext: list<u8>) -> result<list<u8>, s32>")

Answer envelope_open(std::uint32_t algorithm, In secret, In context, In associated, In envelope) {
  return filled(envelope.size(), [&](auto out) {
    return crypto::envelope_open(key(algorithm), secret, context, associated, envelope, out);
  });
}
SYNAPSED_EXPORT(envelope_open, "func(algorithm: u32, secret: list<u8>, context: list<u8>, "
                               "associated: list<u8>, envelope: list<u8>) -> result<list<u8>, s32>")

Answer random_bytes(std::uint32_t bytes) {
  return whole(bytes, [](auto out) { return crypto::random(out); });
}
SYNAPSED_EXPORT(random_bytes, "func(bytes: u32) -> result<list<u8>, s32>")
