#include <algorithm>
#include <array>
#include <climits>

#include <fmt/format.h>
#include <synapsed/crypto_keys.hpp>

#include "base/try.hpp"
#include "crypto/key_material.hpp"

namespace synapsed::crypto {
namespace {

constexpr std::size_t kGcmNonceBytesMax = 128;  // OpenSSL's limit

struct Row {
  KeyAlgorithm algorithm;
  const char* name;
  bool has_any_nonce;
};
constexpr std::array kRows{
    Row{KeyAlgorithm::kAes128Gcm, "AES-128-GCM", true},
    Row{KeyAlgorithm::kAes192Gcm, "AES-192-GCM", true},
    Row{KeyAlgorithm::kAes256Gcm, "AES-256-GCM", true},
    Row{KeyAlgorithm::kAes256GcmSiv, "AES-256-GCM-SIV", false},
    Row{KeyAlgorithm::kChacha20Poly1305, "ChaCha20-Poly1305", false},
};

const EVP_CIPHER* fetched(const Row& row) {
  static const std::array ciphers = [] {
    std::array<EvpCipher, kRows.size()> all;
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i].reset(EVP_CIPHER_fetch(library(), kRows[i].name, nullptr));
    }
    return all;
  }();
  return ciphers[static_cast<std::size_t>(&row - kRows.data())].get();
}

bool check_nonce(const Row& row, ByteSpan nonce) {
  return row.has_any_nonce ? !nonce.empty() && nonce.size() <= kGcmNonceBytesMax
                           : nonce.size() == kAeadNonceBytes;
}

}  // namespace

namespace {

/// What encrypts, and its key.
struct Keyed {
  const Row& row;
  ByteSpan key;

  /// A context with key and nonce; null when OpenSSL refuses.
  [[nodiscard]] EvpCipherContext begin(bool is_sealing, ByteSpan nonce) const {
    EvpCipherContext context(EVP_CIPHER_CTX_new());
    if (!context) return nullptr;
    std::size_t nonce_bytes = nonce.size();
    const std::array parameters{
        OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_AEAD_IVLEN, &nonce_bytes),
        OSSL_PARAM_construct_end()};
    const bool has_length = row.has_any_nonce && nonce.size() != kAeadNonceBytes;
    const int direction = is_sealing ? 1 : 0;
    if (has_length) {
      if (EVP_CipherInit_ex2(context.get(), fetched(row), nullptr, nullptr, direction,
                             parameters.data()) != 1 ||
          EVP_CipherInit_ex2(context.get(), nullptr, in(key), in(nonce), direction, nullptr) != 1) {
        return nullptr;
      }
    } else if (EVP_CipherInit_ex2(context.get(), fetched(row), in(key), in(nonce), direction,
                                  nullptr) != 1) {
      return nullptr;
    }
    return context;
  }
};

Result<Keyed> keyed(KeyAlgorithm algorithm, ByteSpan key) {
  const auto row = std::ranges::find(kRows, algorithm, &Row::algorithm);
  if (row == kRows.end()) return std::unexpected(unsupported(algorithm, "encrypt"));
  if (key.size() != traits_of(algorithm).secret_bytes) {
    return std::unexpected(invalid_key(algorithm));
  }
  return Keyed{*row, key};
}

Result<void> check_lengths(const Row& row, ByteSpan nonce, ByteSpan associated, std::size_t bytes) {
  if (!check_nonce(row, nonce)) {
    return std::unexpected(invalid_argument(
        row.has_any_nonce ? fmt::format("a nonce of {} has 1 to 128 bytes", row.name)
                          : fmt::format("a nonce of {} has 12 bytes", row.name)));
  }
  if (bytes > INT_MAX || associated.size() > INT_MAX) {
    return std::unexpected(invalid_argument("it is longer than one call takes; use an envelope"));
  }
  return {};
}

/// Null would mean something else to OpenSSL than nothing: the end, or associated data.
bool update(EVP_CIPHER_CTX* context, std::span<std::byte> output, ByteSpan input) {
  std::array<std::byte, 1> nothing{};
  const std::span<std::byte> to = output.empty() ? std::span(nothing) : output;
  const ByteSpan from = input.empty() ? ByteSpan(nothing) : input;
  int written = 0;
  return EVP_CipherUpdate(context, out(to), &written, in(from), static_cast<int>(input.size())) ==
         1;
}
bool authenticate(EVP_CIPHER_CTX* context, ByteSpan associated) {
  int written = 0;
  return associated.empty() ||
         EVP_CipherUpdate(context, nullptr, &written, in(associated),
                          static_cast<int>(associated.size())) == 1;
}

Result<void> seal_with(const Keyed& keyed, ByteSpan nonce, ByteSpan associated, ByteSpan plaintext,
                       std::span<std::byte> sealed) {
  TRY(check_lengths(keyed.row, nonce, associated, plaintext.size()));
  if (sealed.size() != plaintext.size() + kAeadTagBytes) {
    return std::unexpected(invalid_argument("the output has the plaintext's bytes and 16"));
  }
  const EvpCipherContext context = keyed.begin(true, nonce);
  const auto tag = sealed.last(kAeadTagBytes);
  std::array<std::byte, kAeadTagBytes> nothing{};
  int written = 0;
  if (!context || !authenticate(context.get(), associated) ||
      !update(context.get(), sealed, plaintext) ||
      EVP_CipherFinal_ex(context.get(), out(nothing), &written) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kAeadTagBytes, out(tag)) != 1) {
    return std::unexpected(engine_fault("encryption"));
  }
  return {};
}

Result<void> open_with(const Keyed& keyed, ByteSpan nonce, ByteSpan associated, ByteSpan sealed,
                       std::span<std::byte> plaintext) {
  TRY(check_lengths(keyed.row, nonce, associated, sealed.size()));
  if (sealed.size() < kAeadTagBytes) return std::unexpected(not_authentic());
  if (plaintext.size() != sealed.size() - kAeadTagBytes) {
    return std::unexpected(invalid_argument("the output has the input's bytes less 16"));
  }
  const ByteSpan body = sealed.first(plaintext.size());
  std::array<std::byte, kAeadTagBytes> tag{};
  std::ranges::copy(sealed.last(kAeadTagBytes), tag.begin());
  const EvpCipherContext context = keyed.begin(false, nonce);
  std::array<std::byte, kAeadTagBytes> nothing{};
  int written = 0;
  if (!context ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kAeadTagBytes, tag.data()) != 1) {
    return std::unexpected(engine_fault("decryption"));
  }
  if (!authenticate(context.get(), associated) || !update(context.get(), plaintext, body) ||
      EVP_CipherFinal_ex(context.get(), out(nothing), &written) != 1) {
    wipe(plaintext);
    return std::unexpected(not_authentic());
  }
  return {};
}

}  // namespace

struct Aead::Impl {
  const Row& row;
  SecretBytes key;

  [[nodiscard]] Keyed keyed() const { return {row, key.view()}; }
};

Aead::Aead(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;
Aead::~Aead() = default;

Result<Aead> Aead::create(KeyAlgorithm algorithm, ByteSpan key) {
  const Row& row = TRY(keyed(algorithm, key)).row;
  return Aead(std::make_unique<const Impl>(Impl{row, SecretBytes::copy_of(key)}));
}

Result<Aead> Aead::create(const SecretKey& key) {
  return create(key.algorithm(), key.to_raw().view());
}

Result<void> Aead::seal_into(ByteSpan nonce, ByteSpan associated, ByteSpan plaintext,
                             std::span<std::byte> sealed) const {
  return seal_with(impl_->keyed(), nonce, associated, plaintext, sealed);
}

Result<void> Aead::open_into(ByteSpan nonce, ByteSpan associated, ByteSpan sealed,
                             std::span<std::byte> plaintext) const {
  return open_with(impl_->keyed(), nonce, associated, sealed, plaintext);
}

Result<void> aead_seal_into(KeyAlgorithm algorithm, ByteSpan key, ByteSpan nonce,
                            ByteSpan associated, ByteSpan plaintext,
                            std::span<std::byte> sealed) {
  return seal_with(TRY(keyed(algorithm, key)), nonce, associated, plaintext, sealed);
}

Result<void> aead_open_into(KeyAlgorithm algorithm, ByteSpan key, ByteSpan nonce,
                            ByteSpan associated, ByteSpan sealed,
                            std::span<std::byte> plaintext) {
  return open_with(TRY(keyed(algorithm, key)), nonce, associated, sealed, plaintext);
}

Result<Bytes> Aead::seal(ByteSpan nonce, ByteSpan associated, ByteSpan plaintext) const {
  Bytes sealed(plaintext.size() + kAeadTagBytes);
  TRY(seal_into(nonce, associated, plaintext, sealed));
  return sealed;
}

Result<SecretBytes> Aead::open(ByteSpan nonce, ByteSpan associated, ByteSpan sealed) const {
  if (sealed.size() < kAeadTagBytes) return std::unexpected(not_authentic());
  SecretBytes plaintext(sealed.size() - kAeadTagBytes);
  TRY(open_into(nonce, associated, sealed, plaintext.bytes()));
  return plaintext;
}

}  // namespace synapsed::crypto
