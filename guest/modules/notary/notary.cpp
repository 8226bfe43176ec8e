// Certifies documents: says by a hybrid signature (Ed25519 and ML-DSA-65) of the key `notary`, which
// stays with the host, that a document was shown at a time. Whoever has the notary's public key
// checks a certificate without it.
//
// A certificate: `SYNN`, version 1, 8 bytes of time (seconds since 1970), 2 bytes and the title, the
// SHA-512 of the document, the public key, the signature of all that. Numbers are large end first.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/crypto.hpp>
#include <synapsed/guest.hpp>
#include <synapsed/guest/big_endian.hpp>

/// What a genuine certificate says.
struct statement {
  std::string title;
  std::uint64_t certified_at;
  std::vector<std::byte> notary;  // its public key
};
SYNAPSED_RECORD(statement, (title, string), (certified_at, u64), (notary, list<u8>))

namespace {

namespace crypto = synapsed::crypto;
using synapsed::HostError;
using synapsed::guest::ByteReader;
using synapsed::guest::bytes_of;
using synapsed::guest::put;
using Bytes = std::vector<std::byte>;
using In = std::span<const std::byte>;
template <typename T>
using Result = std::expected<T, std::string>;

constexpr crypto::KeyAlgorithm kAlgorithm = crypto::KeyAlgorithm::kEd25519MlDsa65;
constexpr std::string_view kKey = "notary";
constexpr std::string_view kMagic = "SYNN";
constexpr std::byte kVersion{1};
constexpr std::string_view kContext = "synapsed notary 1";
constexpr std::size_t kPublicBytes = 1984;
constexpr std::size_t kSignatureBytes = 3373;
constexpr std::size_t kDigestBytes = 64;
constexpr std::size_t kTitleBytesMax = 1024;
constexpr std::uint32_t kSignAndVerify = 3;

std::string failure(std::int32_t code) {
  switch (static_cast<HostError>(code)) {
    case HostError::kNotFound: return "there is no notary's key yet: call create_key";
    case HostError::kConflict: return "there is a notary's key already";
    case HostError::kDenied: return "the host denied it";
    case HostError::kInvalidKey: return "it is no notary's public key";
    case HostError::kNotAuthentic: return "the certificate is not genuine";
    default: return "the host's crypto failed: " + std::to_string(code);
  }
}

std::array<std::byte, kDigestBytes> digest_of(In document) {
  std::array<std::byte, kDigestBytes> digest{};
  crypto::hash(crypto::HashAlgorithm::kSha512, document, digest);
  return digest;
}

Result<Bytes> public_key_of(std::uint32_t key) {
  Bytes bytes(kPublicBytes);
  const std::int32_t length = crypto::key_public(key, bytes);
  if (length < 0) return std::unexpected(failure(length));
  return bytes;
}

Result<std::uint32_t> open_key() {
  const std::int32_t key = crypto::key_open(kKey);
  if (key < 0) return std::unexpected(failure(key));
  return static_cast<std::uint32_t>(key);
}

}  // namespace

/// Once; its public key.
Result<Bytes> create_key() {
  const std::int32_t key = crypto::key_generate(kAlgorithm, kSignAndVerify);
  if (key < 0) return std::unexpected(failure(key));
  const auto number = static_cast<std::uint32_t>(key);
  const std::int32_t saved = crypto::key_save(number, kKey);
  if (saved < 0) return std::unexpected(failure(saved));
  return public_key_of(number);
}
SYNAPSED_EXPORT(create_key, "func() -> result<list<u8>, string>")

Result<Bytes> public_key() {
  const auto key = open_key();
  if (!key) return std::unexpected(key.error());
  return public_key_of(*key);
}
SYNAPSED_EXPORT(public_key, "func() -> result<list<u8>, string>")

/// `time`: seconds since 1970, as the caller knows it.
Result<Bytes> certify(In document, std::string_view title, std::uint64_t time) {
  if (title.size() > kTitleBytesMax) return std::unexpected("a title has at most 1024 bytes");
  const auto key = open_key();
  if (!key) return std::unexpected(key.error());
  const auto own = public_key_of(*key);
  if (!own) return own;
  Bytes certificate;
  put(certificate, bytes_of(kMagic));
  certificate.push_back(kVersion);
  put(certificate, time, 8);
  put(certificate, title.size(), 2);
  put(certificate, bytes_of(title));
  put(certificate, digest_of(document));
  put(certificate, *own);
  Bytes signature(kSignatureBytes);
  const std::int32_t length =
      crypto::key_sign(*key, certificate, bytes_of(kContext), signature);
  if (length < 0) return std::unexpected(failure(length));
  put(certificate, signature);
  return certificate;
}
SYNAPSED_EXPORT(certify, "func(document: list<u8>, title: string, time: u64) "
                         "-> result<list<u8>, string>")

/// With `notary`, the public key whose certificates count.
Result<statement> check(In document, In certificate, In notary) {
  ByteReader reader(certificate);
  const auto magic = reader.take(kMagic.size());
  const auto version = reader.take(1);
  const auto time = reader.number(8);
  const auto title = reader.sized(2);
  const auto digest = reader.take(kDigestBytes);
  const auto key = reader.take(kPublicBytes);
  const auto signature = reader.take(kSignatureBytes);
  if (!magic || !std::ranges::equal(*magic, bytes_of(kMagic)) || !version ||
      version->front() != kVersion || !time || !title || !digest || !key || !signature ||
      !reader.rest().empty()) {
    return std::unexpected("it is no certificate");
  }
  if (!std::ranges::equal(*key, notary)) return std::unexpected("another notary certified it");
  const In signed_part = certificate.first(certificate.size() - kSignatureBytes);
  const std::int32_t genuine =
      crypto::verify(kAlgorithm, notary, signed_part, *signature, bytes_of(kContext));
  if (genuine < 0) return std::unexpected(failure(genuine));
  if (!std::ranges::equal(*digest, digest_of(document))) {
    return std::unexpected("the certificate is of another document");
  }
  const auto* text = reinterpret_cast<const char*>(title->data());
  return statement{.title = std::string(text, title->size()),
                   .certified_at = *time,
                   .notary = Bytes(notary.begin(), notary.end())};
}
SYNAPSED_EXPORT(check, "func(document: list<u8>, certificate: list<u8>, notary: list<u8>) "
                       "-> result<statement, string>")
