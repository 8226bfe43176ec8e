#include "crypto/sealed_message.hpp"

#include <algorithm>
#include <array>

#include "base/try.hpp"
#include "crypto/openssl.hpp"

namespace synapsed::crypto {
namespace {

constexpr std::size_t kVersionBytes = 4;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHeadBytes = kVersionBytes + kSaltBytes;

std::string_view label_of(SealPurpose purpose) {
  return purpose == SealPurpose::kData ? "synapsed sealed 1" : "synapsed wrapped key 1";
}

/// The message's own key, and its nonce.
struct MessageKey {
  Aead aead;
  std::array<std::byte, kAeadNonceBytes> nonce;
};

Result<MessageKey> message_key(const SecretKey& key, ByteSpan salt, SealPurpose purpose) {
  const std::size_t key_bytes = traits_of(key.algorithm()).secret_bytes;
  const SecretBytes raw = key.to_raw();
  const SecretBytes derived = TRY(hkdf(HashAlgorithm::kSha256, raw.view(), salt,
                                       as_bytes(label_of(purpose)), key_bytes + kAeadNonceBytes));
  Aead aead = TRY(Aead::create(key.algorithm(), derived.view().first(key_bytes)));
  MessageKey made{.aead = std::move(aead), .nonce = {}};
  std::ranges::copy(derived.view().last(kAeadNonceBytes), made.nonce.begin());
  return made;
}

/// The head is authenticated too.
Bytes bound(ByteSpan head, ByteSpan associated) {
  Bytes bytes(head.size() + associated.size());
  std::ranges::copy(associated, std::ranges::copy(head, bytes.begin()).out);
  return bytes;
}

}  // namespace

Result<void> seal_message(const SecretKey& key, std::uint32_t version, SealPurpose purpose,
                          ByteSpan associated, ByteSpan plaintext, std::span<std::byte> sealed,
                          Entropy& entropy) {
  const auto head = sealed.first(kHeadBytes);
  for (std::size_t i = 0; i < kVersionBytes; ++i) {
    head[i] = static_cast<std::byte>(version >> (24 - 8 * i));
  }
  TRY(entropy.fill(head.last(kSaltBytes)));
  const MessageKey made = TRY(message_key(key, head.last(kSaltBytes), purpose));
  return made.aead.seal_into(made.nonce, bound(head, associated), plaintext,
                             sealed.subspan(kHeadBytes));
}

Result<std::uint32_t> sealed_version(ByteSpan sealed) {
  if (sealed.size() < kSealedMessageBytes) return std::unexpected(not_authentic());
  std::uint32_t version = 0;
  for (const std::byte byte : sealed.first(kVersionBytes)) {
    version = version << 8 | static_cast<std::uint32_t>(byte);
  }
  return version;
}

Result<void> open_message(const SecretKey& key, SealPurpose purpose, ByteSpan associated,
                          ByteSpan sealed, std::span<std::byte> plaintext) {
  TRY(sealed_version(sealed));
  const ByteSpan head = sealed.first(kHeadBytes);
  const MessageKey made = TRY(message_key(key, head.last(kSaltBytes), purpose));
  return made.aead.open_into(made.nonce, bound(head, associated), sealed.subspan(kHeadBytes),
                             plaintext);
}

}  // namespace synapsed::crypto
