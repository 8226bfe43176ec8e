#include <synapsed/crypto_envelope.hpp>

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "base/try.hpp"
#include "crypto/key_material.hpp"

namespace synapsed::crypto {
namespace {

// The header: magic, version, KEM, AEAD, then the KEM's ciphertext.
constexpr std::string_view kMagic = "SYNE";
constexpr std::byte kVersion{1};
constexpr std::size_t kFixedBytes = 7;
constexpr KeyAlgorithm kAead = KeyAlgorithm::kAes256Gcm;
constexpr std::string_view kLabel = "synapsed envelope 1";
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kPrefixBytes = 7;
constexpr std::size_t kSealedPartBytes = kEnvelopePartBytes + kAeadTagBytes;

Error invalid_envelope(std::string message) {
  return Error(ErrorCode::kCryptoInvalidEnvelope, std::move(message));
}

Result<void> need_kem(KeyAlgorithm algorithm) {
  if (traits_of(algorithm).kind == KeyKind::kKem) return {};
  return std::unexpected(unsupported(algorithm, "open envelopes"));
}

Bytes header_of(KeyAlgorithm algorithm, ByteSpan ciphertext) {
  Bytes header(as_bytes(kMagic).begin(), as_bytes(kMagic).end());
  header.push_back(kVersion);
  header.push_back(static_cast<std::byte>(algorithm));
  header.push_back(static_cast<std::byte>(kAead));
  header.insert(header.end(), ciphertext.begin(), ciphertext.end());
  return header;
}

void append(Bytes& bytes, ByteSpan part) {
  const std::uint64_t size = part.size();
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<std::byte>(size >> shift));
  }
  bytes.insert(bytes.end(), part.begin(), part.end());
}

std::size_t parts_of(std::size_t bytes) {
  return bytes == 0 ? 1 : (bytes + kEnvelopePartBytes - 1) / kEnvelopePartBytes;
}

}  // namespace

/// The parts of one envelope in their order (docs/formats/envelope.md).
class EnvelopeStream {
 public:
  /// Key and nonce prefix follow from the shared secret, and depend on everything both sides know.
  static Result<std::unique_ptr<EnvelopeStream>> create(ByteSpan shared, ByteSpan header,
                                                        const EnvelopeOptions& options) {
    Bytes info(as_bytes(kLabel).begin(), as_bytes(kLabel).end());
    append(info, options.context);
    append(info, options.associated);
    const Bytes salt = TRY(hash(HashAlgorithm::kSha256, header));
    const SecretBytes derived =
        TRY(hkdf(HashAlgorithm::kSha256, shared, salt, info, kKeyBytes + kPrefixBytes));
    Aead aead = TRY(Aead::create(kAead, derived.view().first(kKeyBytes)));
    return std::make_unique<EnvelopeStream>(std::move(aead), derived.view().last(kPrefixBytes));
  }
  EnvelopeStream(Aead aead, ByteSpan prefix) : aead_(std::move(aead)) {
    std::ranges::copy(prefix, nonce_.begin());
  }

  Result<void> seal(ByteSpan plaintext, bool is_last, std::span<std::byte> sealed) {
    TRY(begin_part(plaintext.size(), is_last));
    TRY(aead_.seal_into(nonce_, {}, plaintext, sealed));
    end_part(is_last);
    return {};
  }
  Result<void> open(ByteSpan sealed, bool is_last, std::span<std::byte> plaintext) {
    if (auto begun = begin_part(plaintext.size(), is_last); !begun) {
      is_over_ = true;
      return std::unexpected(not_authentic());
    }
    auto opened = aead_.open_into(nonce_, {}, sealed, plaintext);
    end_part(is_last || !opened);
    return opened;
  }

 private:
  /// The nonce: prefix, number, whether it is the last. A number comes once.
  Result<void> begin_part(std::size_t bytes, bool is_last) {
    if (is_over_) return std::unexpected(invalid_argument("the envelope has had its last part"));
    const bool is_whole = bytes == kEnvelopePartBytes;
    const bool is_tail = is_last && bytes <= kEnvelopePartBytes && (bytes != 0 || number_ == 0);
    if (!is_whole && !is_tail) {
      return std::unexpected(invalid_argument(
          fmt::format("a part has {} bytes, the last one as many or fewer", kEnvelopePartBytes)));
    }
    if (number_ == std::numeric_limits<std::uint32_t>::max()) {
      return std::unexpected(invalid_argument("an envelope has fewer than 2^32 parts"));
    }
    for (std::size_t i = 0; i < 4; ++i) {
      nonce_[kPrefixBytes + i] = static_cast<std::byte>(number_ >> (24 - 8 * i));
    }
    nonce_.back() = is_last ? std::byte{1} : std::byte{0};
    return {};
  }
  void end_part(bool is_over) {
    ++number_;
    is_over_ = is_over;
  }

  const Aead aead_;
  std::array<std::byte, kAeadNonceBytes> nonce_{};
  std::uint32_t number_ = 0;
  bool is_over_ = false;
};

std::size_t envelope_header_bytes(KeyAlgorithm algorithm) {
  return kFixedBytes + traits_of(algorithm).output_bytes;
}

std::size_t envelope_bytes(KeyAlgorithm algorithm, std::size_t plaintext_bytes) {
  return envelope_header_bytes(algorithm) + plaintext_bytes +
         parts_of(plaintext_bytes) * kAeadTagBytes;
}

Result<KeyAlgorithm> envelope_algorithm(ByteSpan envelope) {
  if (envelope.size() < kFixedBytes || !std::ranges::equal(envelope.first(4), as_bytes(kMagic))) {
    return std::unexpected(invalid_envelope("it is no envelope"));
  }
  if (envelope[4] != kVersion) {
    return std::unexpected(invalid_envelope(
        fmt::format("it is an envelope of version {}, and this is version 1",
                    static_cast<int>(envelope[4]))));
  }
  const auto kem = std::ranges::find(key_algorithms(), static_cast<KeyAlgorithm>(envelope[5]),
                                     &KeyTraits::algorithm);
  if (kem == key_algorithms().end() || kem->kind != KeyKind::kKem ||
      envelope[6] != static_cast<std::byte>(kAead)) {
    return std::unexpected(invalid_envelope("it is an envelope with algorithms that are not known"));
  }
  return kem->algorithm;
}

// --- In parts. ---

EnvelopeSealer::EnvelopeSealer(Bytes header, std::unique_ptr<EnvelopeStream> stream)
    : header_(std::move(header)), stream_(std::move(stream)) {}
EnvelopeSealer::EnvelopeSealer(EnvelopeSealer&&) noexcept = default;
EnvelopeSealer& EnvelopeSealer::operator=(EnvelopeSealer&&) noexcept = default;
EnvelopeSealer::~EnvelopeSealer() = default;

Result<EnvelopeSealer> EnvelopeSealer::create(const PublicKey& key, const EnvelopeOptions& options,
                                              Entropy& entropy) {
  TRY(need_kem(key.algorithm()));
  const Encapsulated made = TRY(encapsulate(key, entropy));
  Bytes header = header_of(key.algorithm(), made.ciphertext);
  auto stream = TRY(EnvelopeStream::create(made.shared_secret.view(), header, options));
  return EnvelopeSealer(std::move(header), std::move(stream));
}

Result<Bytes> EnvelopeSealer::next(ByteSpan plaintext, bool is_last) {
  Bytes sealed(plaintext.size() + kAeadTagBytes);
  TRY(stream_->seal(plaintext, is_last, sealed));
  return sealed;
}

EnvelopeOpener::EnvelopeOpener(std::unique_ptr<EnvelopeStream> stream)
    : stream_(std::move(stream)) {}
EnvelopeOpener::EnvelopeOpener(EnvelopeOpener&&) noexcept = default;
EnvelopeOpener& EnvelopeOpener::operator=(EnvelopeOpener&&) noexcept = default;
EnvelopeOpener::~EnvelopeOpener() = default;

Result<EnvelopeOpener> EnvelopeOpener::create(const SecretKey& key, ByteSpan header,
                                              const EnvelopeOptions& options) {
  TRY(need_kem(key.algorithm()));
  const KeyAlgorithm algorithm = TRY(envelope_algorithm(header));
  if (algorithm != key.algorithm()) {
    return std::unexpected(invalid_envelope(
        fmt::format("it is an envelope to a key of {}, and the key is one of {}",
                    traits_of(algorithm).name, traits_of(key.algorithm()).name)));
  }
  if (header.size() != envelope_header_bytes(algorithm)) {
    return std::unexpected(invalid_envelope("the envelope ends in its header"));
  }
  const SecretBytes shared = TRY(decapsulate(key, header.subspan(kFixedBytes)));
  return EnvelopeOpener(TRY(EnvelopeStream::create(shared.view(), header, options)));
}

Result<SecretBytes> EnvelopeOpener::next(ByteSpan sealed, bool is_last) {
  if (sealed.size() < kAeadTagBytes) return std::unexpected(not_authentic());
  SecretBytes plaintext(sealed.size() - kAeadTagBytes);
  TRY(stream_->open(sealed, is_last, plaintext.bytes()));
  return plaintext;
}

// --- At once. ---

Result<Bytes> seal_envelope(const PublicKey& key, ByteSpan plaintext,
                            const EnvelopeOptions& options, Entropy& entropy) {
  TRY(need_kem(key.algorithm()));
  const Encapsulated made = TRY(encapsulate(key, entropy));
  Bytes envelope = header_of(key.algorithm(), made.ciphertext);
  const auto stream = TRY(EnvelopeStream::create(made.shared_secret.view(), envelope, options));
  std::size_t at = envelope.size();
  envelope.resize(envelope_bytes(key.algorithm(), plaintext.size()));
  for (std::size_t parts = parts_of(plaintext.size()); parts > 0; --parts) {
    const ByteSpan part = plaintext.first(std::min(plaintext.size(), kEnvelopePartBytes));
    const std::size_t bytes = part.size() + kAeadTagBytes;
    TRY(stream->seal(part, parts == 1, std::span(envelope).subspan(at, bytes)));
    at += bytes;
    plaintext = plaintext.subspan(part.size());
  }
  return envelope;
}

Result<SecretBytes> open_envelope(const SecretKey& key, ByteSpan envelope,
                                  const EnvelopeOptions& options) {
  TRY(need_kem(key.algorithm()));
  const std::size_t header_bytes = envelope_header_bytes(key.algorithm());
  TRY(envelope_algorithm(envelope));
  EnvelopeOpener opener = TRY(EnvelopeOpener::create(
      key, envelope.first(std::min(envelope.size(), header_bytes)), options));
  ByteSpan rest = envelope.subspan(header_bytes);
  const std::size_t parts = (rest.size() + kSealedPartBytes - 1) / kSealedPartBytes;
  if (parts == 0 || rest.size() < parts * kAeadTagBytes) return std::unexpected(not_authentic());
  SecretBytes plaintext(rest.size() - parts * kAeadTagBytes);
  std::size_t at = 0;
  while (!rest.empty()) {
    const ByteSpan part = rest.first(std::min(rest.size(), kSealedPartBytes));
    rest = rest.subspan(part.size());
    const SecretBytes opened = TRY(opener.next(part, rest.empty()));
    std::ranges::copy(opened.view(), plaintext.bytes().begin() + static_cast<std::ptrdiff_t>(at));
    at += opened.size();
  }
  return plaintext;
}

}  // namespace synapsed::crypto
