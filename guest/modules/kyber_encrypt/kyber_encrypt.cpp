// Public-key encryption with ML-KEM-768: envelopes (docs/formats/envelope.md) that the host's crypto
// makes and opens. Keys are the caller's bytes, or one that stays with the host under a name.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/crypto.hpp>
#include <synapsed/guest.hpp>

struct keypair {
  std::vector<std::byte> public_key;
  std::vector<std::byte> secret_key;
};
SYNAPSED_RECORD(keypair, (public_key, list<u8>), (secret_key, list<u8>))

namespace {

namespace crypto = synapsed::crypto;
using synapsed::HostError;
using Bytes = std::vector<std::byte>;
using In = std::span<const std::byte>;
template <typename T>
using Result = std::expected<T, std::string>;

constexpr crypto::KeyAlgorithm kAlgorithm = crypto::KeyAlgorithm::kMlKem768;
constexpr std::size_t kPublicBytes = 1184;
constexpr std::size_t kSecretBytes = 64;
constexpr std::size_t kEnvelopeBytes = 7 + 1088;  // of the header
constexpr std::size_t kPartBytes = 65536;
constexpr std::size_t kTagBytes = 16;
constexpr std::uint32_t kDecrypt = 4;

std::string describe(std::int32_t code) {
  switch (static_cast<HostError>(code)) {
    case HostError::kInvalidKey: return "it is no key of ML-KEM-768";
    case HostError::kNotAuthentic: return "the envelope is not authentic";
    case HostError::kInvalidArgument: return "it is no envelope of ML-KEM-768";
    case HostError::kDenied: return "the host denied it";
    case HostError::kNotFound: return "there is no key of that name";
    case HostError::kConflict: return "there is a key of that name already";
    default: return "the host's crypto failed: " + std::to_string(code);
  }
}

/// The first bytes of `buffer`, as many as a host function says it wrote.
Result<Bytes> written(Bytes buffer, std::int32_t length) {
  if (length < 0) return std::unexpected(describe(length));
  buffer.resize(static_cast<std::size_t>(length));
  return buffer;
}

std::size_t envelope_bytes(std::size_t plaintext) {
  const std::size_t parts = plaintext == 0 ? 1 : (plaintext + kPartBytes - 1) / kPartBytes;
  return kEnvelopeBytes + plaintext + parts * kTagBytes;
}

Result<std::uint32_t> open_key(std::string_view name) {
  const std::int32_t key = crypto::key_open(name);
  if (key < 0) return std::unexpected(describe(key));
  return static_cast<std::uint32_t>(key);
}

}  // namespace

Result<keypair> generate_keypair() {
  keypair pair{.public_key = Bytes(kPublicBytes), .secret_key = Bytes(kSecretBytes)};
  const std::int32_t made =
      crypto::generate_keypair(kAlgorithm, pair.public_key, pair.secret_key);
  if (made < 0) return std::unexpected(describe(made));
  return pair;
}
SYNAPSED_EXPORT(generate_keypair, "func() -> result<keypair, string>")

Result<Bytes> encrypt(In public_key, In plaintext, In context) {
  Bytes envelope(envelope_bytes(plaintext.size()));
  const std::int32_t length =
      crypto::envelope_seal(kAlgorithm, public_key, context, {}, plaintext, envelope);
  return written(std::move(envelope), length);
}
SYNAPSED_EXPORT(encrypt, "func(public_key: list<u8>, plaintext: list<u8>, context: list<u8>) "
                         "-> result<list<u8>, string>")

Result<Bytes> decrypt(In secret_key, In envelope, In context) {
  Bytes plaintext(envelope.size());
  const std::int32_t length =
      crypto::envelope_open(kAlgorithm, secret_key, context, {}, envelope, plaintext);
  return written(std::move(plaintext), length);
}
SYNAPSED_EXPORT(decrypt, "func(secret_key: list<u8>, envelope: list<u8>, context: list<u8>) "
                         "-> result<list<u8>, string>")

/// Makes a key that never leaves the host; its public key.
Result<Bytes> create_key(std::string_view name) {
  const std::int32_t key = crypto::key_generate(kAlgorithm, kDecrypt);
  if (key < 0) return std::unexpected(describe(key));
  const auto number = static_cast<std::uint32_t>(key);
  if (const std::int32_t saved = crypto::key_save(number, name); saved < 0) {
    return std::unexpected(describe(saved));
  }
  Bytes public_key(kPublicBytes);
  const std::int32_t length = crypto::key_public(number, public_key);
  return written(std::move(public_key), length);
}
SYNAPSED_EXPORT(create_key, "func(name: string) -> result<list<u8>, string>")

Result<Bytes> encrypt_for(std::string_view name, In plaintext, In context) {
  const auto key = open_key(name);
  if (!key) return std::unexpected(key.error());
  Bytes public_key(kPublicBytes);
  const std::int32_t length = crypto::key_public(*key, public_key);
  crypto::key_close(*key);
  if (length < 0) return std::unexpected(describe(length));
  return encrypt(public_key, plaintext, context);
}
SYNAPSED_EXPORT(encrypt_for, "func(name: string, plaintext: list<u8>, context: list<u8>) "
                             "-> result<list<u8>, string>")

Result<Bytes> decrypt_with(std::string_view name, In envelope, In context) {
  const auto key = open_key(name);
  if (!key) return std::unexpected(key.error());
  Bytes plaintext(envelope.size());
  const std::int32_t length = crypto::key_envelope_open(*key, context, {}, envelope, plaintext);
  crypto::key_close(*key);
  return written(std::move(plaintext), length);
}
SYNAPSED_EXPORT(decrypt_with, "func(name: string, envelope: list<u8>, context: list<u8>) "
                              "-> result<list<u8>, string>")
