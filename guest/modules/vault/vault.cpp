// Seals secrets together with who may read them and when, under the key `vault`, which stays with the
// host. The caller keeps what is sealed; the vault keeps nothing. It believes its caller who asks and
// what time it is: the host that runs it decides who may call.
//
// A sealed secret: `SYNV`, version 1, 4 bytes and the policy, the secret sealed with the policy as its
// associated data. A policy: 8 bytes each, from when and until when (seconds since 1970); 2 bytes, how
// many readers; for each 2 bytes and its name. Numbers are large end first.

#include <algorithm>
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

struct policy {
  std::vector<std::string> readers;
  std::uint64_t not_before;
  std::uint64_t expires_at;
};
SYNAPSED_RECORD(policy, (readers, list<string>), (not_before, u64), (expires_at, u64))

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

constexpr crypto::KeyAlgorithm kAlgorithm = crypto::KeyAlgorithm::kAes256GcmSiv;
constexpr std::string_view kKey = "vault";
constexpr std::string_view kMagic = "SYNV";
constexpr std::byte kVersion{1};
constexpr std::uint32_t kEncryptAndDecrypt = 12;
constexpr std::size_t kSealedBytes = 36;  // more than the secret
constexpr std::size_t kReadersMax = 1000;
constexpr std::size_t kNameBytesMax = 256;

std::string failure(std::int32_t code) {
  switch (static_cast<HostError>(code)) {
    case HostError::kNotAuthentic: return "the sealed secret is not genuine";
    case HostError::kDenied: return "the host denied it";
    default: return "the host's crypto failed: " + std::to_string(code);
  }
}

/// Made when it is first needed.
Result<std::uint32_t> vault_key() {
  std::int32_t key = crypto::key_open(kKey);
  if (key == static_cast<std::int32_t>(HostError::kNotFound)) {
    key = crypto::key_generate(kAlgorithm, kEncryptAndDecrypt);
    if (key < 0) return std::unexpected(failure(key));
    const std::int32_t saved = crypto::key_save(static_cast<std::uint32_t>(key), kKey);
    if (saved < 0) return std::unexpected(failure(saved));
  }
  if (key < 0) return std::unexpected(failure(key));
  return static_cast<std::uint32_t>(key);
}

Result<Bytes> encoded(const policy& rules) {
  if (rules.readers.empty()) return std::unexpected("a policy names at least one reader");
  if (rules.readers.size() > kReadersMax) return std::unexpected("a policy names at most 1000 readers");
  if (rules.not_before >= rules.expires_at) return std::unexpected("the policy's time is empty");
  Bytes bytes;
  put(bytes, rules.not_before, 8);
  put(bytes, rules.expires_at, 8);
  put(bytes, rules.readers.size(), 2);
  for (const std::string& reader : rules.readers) {
    if (reader.empty() || reader.size() > kNameBytesMax) {
      return std::unexpected("a reader's name has 1 to 256 bytes");
    }
    put(bytes, reader.size(), 2);
    put(bytes, bytes_of(reader));
  }
  return bytes;
}

std::optional<policy> decoded(In bytes) {
  ByteReader reader(bytes);
  const auto from = reader.number(8);
  const auto until = reader.number(8);
  const auto count = reader.number(2);
  if (!from || !until || !count) return std::nullopt;
  policy rules{.readers = {}, .not_before = *from, .expires_at = *until};
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto name = reader.sized(2);
    if (!name) return std::nullopt;
    rules.readers.emplace_back(reinterpret_cast<const char*>(name->data()), name->size());
  }
  return reader.rest().empty() ? std::optional(std::move(rules)) : std::nullopt;
}

struct Parts {
  In rules;
  In secret;
};

std::optional<Parts> parts_of(In sealed) {
  ByteReader reader(sealed);
  const auto magic = reader.take(kMagic.size());
  const auto version = reader.take(1);
  const auto rules = reader.sized(4);
  if (!magic || !std::ranges::equal(*magic, bytes_of(kMagic)) || !version ||
      version->front() != kVersion || !rules) {
    return std::nullopt;
  }
  return Parts{.rules = *rules, .secret = reader.rest()};
}

}  // namespace

Result<Bytes> seal(In secret, const policy& rules) {
  const auto bytes = encoded(rules);
  if (!bytes) return bytes;
  const auto key = vault_key();
  if (!key) return std::unexpected(key.error());
  Bytes body(secret.size() + kSealedBytes);
  const std::int32_t length = crypto::key_seal(*key, *bytes, secret, body);
  if (length < 0) return std::unexpected(failure(length));
  Bytes sealed;
  put(sealed, bytes_of(kMagic));
  sealed.push_back(kVersion);
  put(sealed, bytes->size(), 4);
  put(sealed, *bytes);
  put(sealed, body);
  return sealed;
}
SYNAPSED_EXPORT(seal, "func(secret: list<u8>, rules: policy) -> result<list<u8>, string>")

/// The secret, for one of its readers in its time (`now`: seconds since 1970).
Result<Bytes> unseal(In sealed, std::string_view reader, std::uint64_t now) {
  const auto parts = parts_of(sealed);
  const auto rules = parts ? decoded(parts->rules) : std::nullopt;
  if (!rules) return std::unexpected("it is no sealed secret");
  const auto key = vault_key();
  if (!key) return std::unexpected(key.error());
  Bytes secret(parts->secret.size());
  const std::int32_t length = crypto::key_unseal(*key, parts->rules, parts->secret, secret);
  if (length < 0) return std::unexpected(failure(length));
  // Only now is the policy known to be the one it was sealed with.
  if (std::ranges::find(rules->readers, reader) == rules->readers.end()) {
    return std::unexpected("the policy names no such reader");
  }
  if (now < rules->not_before) return std::unexpected("the policy's time has not come");
  if (now >= rules->expires_at) return std::unexpected("the policy's time is over");
  secret.resize(static_cast<std::size_t>(length));
  return secret;
}
SYNAPSED_EXPORT(unseal, "func(sealed: list<u8>, reader: string, now: u64) "
                        "-> result<list<u8>, string>")

/// What a sealed secret says of itself; whether that is genuine `unseal` knows.
Result<policy> policy_of(In sealed) {
  const auto parts = parts_of(sealed);
  auto rules = parts ? decoded(parts->rules) : std::nullopt;
  if (!rules) return std::unexpected("it is no sealed secret");
  return *rules;
}
SYNAPSED_EXPORT(policy_of, "func(sealed: list<u8>) -> result<policy, string>")
