/// \file
/// The laws of what crypto decodes: keys in every encoding, signatures, envelopes, sealed messages. The
/// first byte of the input chooses the decoder, the second the algorithm. Decoding ends in a value or an
/// error; what was decoded is encoded to what decodes to the same; and nothing that was not made here
/// is authentic.

#include <algorithm>
#include <array>

#include <synapsed/crypto.hpp>

#include "base/bytes.hpp"
#include "crypto/sealed_message.hpp"
#include "fuzz/laws.hpp"

namespace synapsed::fuzz {
namespace {

using namespace crypto;  // the laws speak of nothing else

template <typename T>
void require_message(const Result<T>& result) {
  if (!result) require(!result.error().message().empty(), "an error says what is wrong");
}

bool is_same(const SecretKey& a, const SecretKey& b) {
  return a.algorithm() == b.algorithm() && a.to_raw() == b.to_raw();
}

void check_public(const Result<PublicKey>& key) {
  require_message(key);
  if (!key) return;
  const auto raw = PublicKey::from_raw(key->algorithm(), key->to_raw());
  require(raw && *raw == *key, "a public key is its raw bytes");
  if (const auto spki = key->to_spki()) {
    const auto again = PublicKey::from_spki(*spki);
    require(again && *again == *key, "a public key is its SubjectPublicKeyInfo");
  }
}

void check_secret(const Result<SecretKey>& key) {
  require_message(key);
  if (!key) return;
  const auto raw = SecretKey::from_raw(key->algorithm(), key->to_raw().view());
  require(raw && is_same(*raw, *key), "a secret key is its raw bytes");
  if (const auto pkcs8 = key->to_pkcs8()) {
    const auto again = SecretKey::from_pkcs8(pkcs8->view());
    require(again && is_same(*again, *key), "a secret key is its PKCS #8");
  }
  if (traits_of(key->algorithm()).public_bytes != 0) check_public(key->public_key());
}

/// The same keys in every run: what a fuzzer learns of them is worth something.
class FixedEntropy final : public Entropy {
 public:
  Result<void> fill(std::span<std::byte> bytes) override {
    std::ranges::fill(bytes, std::byte{0x5a});
    return {};
  }
};

const SecretKey& key_of(KeyAlgorithm algorithm) {
  static std::array<std::optional<SecretKey>, 256> keys;
  auto& key = keys.at(static_cast<std::size_t>(algorithm));
  if (!key) {
    FixedEntropy entropy;
    key = SecretKey::generate(algorithm, entropy).value();
  }
  return *key;
}

void check_signature(KeyAlgorithm algorithm, ByteSpan signature) {
  if (traits_of(algorithm).kind != KeyKind::kSignature) return;
  const PublicKey key = key_of(algorithm).public_key().value();
  const auto verified = verify(key, as_bytes("a message that nobody signed"), signature);
  require(!verified, "nobody signed it");
  require(verified.error().code() == ErrorCode::kCryptoNotAuthentic, "and that is all that is told");
}

void check_ecdsa(ByteSpan der) {
  if (const auto compact = ecdsa_from_der(der)) {
    const auto again = ecdsa_to_der(*compact);
    require(again && std::ranges::equal(*again, der), "DER is written in one way");
  }
}

void check_envelope(KeyAlgorithm algorithm, ByteSpan envelope) {
  require_message(envelope_algorithm(envelope));
  if (traits_of(algorithm).kind != KeyKind::kKem) return;
  const auto opened = open_envelope(key_of(algorithm), envelope);
  // The corpus has genuine ones, of this text.
  require(!opened || std::ranges::equal(opened->view(), as_bytes("corpus")),
          "no envelope opens that was not sealed");
}

void check_sealed(KeyAlgorithm algorithm, ByteSpan sealed) {
  if (traits_of(algorithm).kind != KeyKind::kAead || sealed.size() < kSealedMessageBytes) return;
  SecretBytes plaintext(sealed.size() - kSealedMessageBytes);
  require(!open_message(key_of(algorithm), SealPurpose::kData, {}, sealed, plaintext.bytes()),
          "no message opens that was not sealed");
}

void check_decapsulation(KeyAlgorithm algorithm, ByteSpan ciphertext) {
  if (traits_of(algorithm).kind != KeyKind::kKem) return;
  const auto shared = decapsulate(key_of(algorithm), ciphertext);
  require(!shared || shared->size() == kSharedSecretBytes, "a shared secret has 32 bytes");
}

void check_recovery(ByteSpan bytes) {
  if (bytes.size() < 97) return;
  const ByteSpan digest = bytes.first(32);
  const ByteSpan signature = bytes.subspan(32, 65);
  const auto key = recover(digest, signature);
  if (!key) return;
  // libsecp256k1 verifies the smaller s alone, and recovers with either.
  require(key->to_raw().size() == 33, "a recovered key is a key");
}

}  // namespace

void check_laws(std::span<const std::byte> bytes) {
  if (bytes.size() < 2) return;
  const auto algorithms = key_algorithms();
  const KeyAlgorithm algorithm =
      algorithms[static_cast<std::size_t>(bytes[1]) % algorithms.size()].algorithm;
  const ByteSpan rest = bytes.subspan(2);
  switch (static_cast<int>(bytes[0]) % 12) {
    case 0: check_public(PublicKey::from_spki(rest)); break;
    case 1: check_public(PublicKey::from_pem(as_text(rest))); break;
    case 2: check_public(PublicKey::from_raw(algorithm, rest)); break;
    case 3: check_secret(SecretKey::from_pkcs8(rest)); break;
    case 4: check_secret(SecretKey::from_pem(as_text(rest))); break;
    case 5: check_secret(SecretKey::from_raw(algorithm, rest)); break;
    case 6: check_signature(algorithm, rest); break;
    case 7: check_ecdsa(rest); break;
    case 8: check_envelope(algorithm, rest); break;
    case 9: check_sealed(algorithm, rest); break;
    case 10: check_decapsulation(algorithm, rest); break;
    default: check_recovery(rest); break;
  }
}

}  // namespace synapsed::fuzz
