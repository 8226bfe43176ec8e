#include <synapsed/crypto_envelope.hpp>

#include "tests/support/results.hpp"

namespace synapsed::crypto {
namespace {

using test::fails_with;
using test::must;

Bytes numbered(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7);
  return bytes;
}

bool opens_to(const Result<SecretBytes>& opened, const Bytes& plaintext) {
  return opened && std::ranges::equal(opened->view(), plaintext);
}

TEST(Envelopes, OpenAgainForEveryKem) {
  for (const KeyTraits& traits : key_algorithms()) {
    if (traits.kind != KeyKind::kKem) continue;
    const KeyPair pair = must(generate_keypair(traits.algorithm));
    for (const std::size_t size : {0UZ, 1UZ, 65535UZ, 65536UZ, 65537UZ, 131072UZ, 200'000UZ}) {
      const Bytes plaintext = numbered(size);
      const Bytes envelope = must(seal_envelope(pair.public_key, plaintext));
      EXPECT_EQ(envelope.size(), envelope_bytes(traits.algorithm, size));
      EXPECT_EQ(must(envelope_algorithm(envelope)), traits.algorithm);
      EXPECT_TRUE(opens_to(open_envelope(pair.secret_key, envelope), plaintext)) << traits.name;
    }
  }
}

TEST(Envelopes, AreNotAuthenticWhateverIsChanged) {
  const KeyPair pair = must(generate_keypair(KeyAlgorithm::kX25519));
  const Bytes envelope = must(seal_envelope(pair.public_key, numbered(50)));
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    for (const int flip : {1, 0x80}) {
      Bytes changed = envelope;
      changed[i] ^= static_cast<std::byte>(flip);
      EXPECT_FALSE(open_envelope(pair.secret_key, changed)) << i;
    }
  }
  for (std::size_t size = 0; size < envelope.size(); ++size) {
    EXPECT_FALSE(open_envelope(pair.secret_key, std::span(envelope).first(size))) << size;
  }
  Bytes longer = envelope;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(open_envelope(pair.secret_key, longer));
  EXPECT_TRUE(fails_with(open_envelope(must(SecretKey::generate(KeyAlgorithm::kX25519)), envelope),
                         ErrorCode::kCryptoNotAuthentic));
  EXPECT_TRUE(fails_with(open_envelope(must(SecretKey::generate(KeyAlgorithm::kMlKem768)), envelope),
                         ErrorCode::kCryptoInvalidEnvelope));
}

TEST(Envelopes, BindContextAndAssociatedData) {
  const KeyPair pair = must(generate_keypair(KeyAlgorithm::kMlKem768));
  const Bytes ab = numbered(2);
  const Bytes a = numbered(1);
  const Bytes envelope =
      must(seal_envelope(pair.public_key, a, {.context = ab, .associated = a}));
  EXPECT_TRUE(opens_to(open_envelope(pair.secret_key, envelope, {.context = ab, .associated = a}), a));
  for (const auto& [context, associated] :
       {std::pair(a, ab), std::pair(ab, Bytes()), std::pair(Bytes(), a), std::pair(ab, ab)}) {
    EXPECT_TRUE(fails_with(open_envelope(pair.secret_key, envelope,
                                         {.context = context, .associated = associated}),
                           ErrorCode::kCryptoNotAuthentic));
  }
}

TEST(Envelopes, OfPartsNeedEachInItsPlace) {
  const KeyPair pair = must(generate_keypair(KeyAlgorithm::kX25519MlKem768));
  const Bytes plaintext = numbered(3 * kEnvelopePartBytes);
  const Bytes envelope = must(seal_envelope(pair.public_key, plaintext));
  const std::size_t head = envelope_header_bytes(KeyAlgorithm::kX25519MlKem768);
  const std::size_t part = kEnvelopePartBytes + kAeadTagBytes;
  const auto swapped = [&](std::size_t a, std::size_t b) {
    Bytes bytes = envelope;
    std::swap_ranges(bytes.begin() + static_cast<std::ptrdiff_t>(head + a * part),
                     bytes.begin() + static_cast<std::ptrdiff_t>(head + (a + 1) * part),
                     bytes.begin() + static_cast<std::ptrdiff_t>(head + b * part));
    return bytes;
  };
  EXPECT_FALSE(open_envelope(pair.secret_key, swapped(0, 1)));
  EXPECT_FALSE(open_envelope(pair.secret_key, swapped(1, 2)));
  // Without its last part, and with it twice.
  EXPECT_FALSE(open_envelope(pair.secret_key, std::span(envelope).first(envelope.size() - part)));
  Bytes longer = envelope;
  longer.insert(longer.end(), envelope.end() - static_cast<std::ptrdiff_t>(part), envelope.end());
  EXPECT_FALSE(open_envelope(pair.secret_key, longer));
}

TEST(EnvelopeStreams, AreEnvelopes) {
  const KeyPair pair = must(generate_keypair(KeyAlgorithm::kMlKem512));
  const Bytes plaintext = numbered(kEnvelopePartBytes + 10);
  EnvelopeSealer sealer = must(EnvelopeSealer::create(pair.public_key));
  Bytes envelope = sealer.header();
  const auto add = [&](std::span<const std::byte> part, bool is_last) {
    const Bytes sealed = must(sealer.next(part, is_last));
    envelope.insert(envelope.end(), sealed.begin(), sealed.end());
  };
  EXPECT_TRUE(fails_with(sealer.next(numbered(5), false), ErrorCode::kCryptoInvalidArgument));
  add(std::span(plaintext).first(kEnvelopePartBytes), false);
  EXPECT_TRUE(fails_with(sealer.next({}, true), ErrorCode::kCryptoInvalidArgument));
  add(std::span(plaintext).subspan(kEnvelopePartBytes), true);
  EXPECT_TRUE(fails_with(sealer.next(numbered(5), true), ErrorCode::kCryptoInvalidArgument));
  EXPECT_TRUE(opens_to(open_envelope(pair.secret_key, envelope), plaintext));

  const std::size_t head = sealer.header().size();
  EnvelopeOpener opener = must(
      EnvelopeOpener::create(pair.secret_key, std::span(envelope).first(head)));
  const auto parts = std::span(envelope).subspan(head);
  EXPECT_TRUE(must(opener.next(parts.first(kEnvelopePartBytes + kAeadTagBytes), false)) ==
              SecretBytes::copy_of(std::span(plaintext).first(kEnvelopePartBytes)));
  // A last part that says it is not the last, and then nothing more.
  EXPECT_TRUE(fails_with(opener.next(parts.subspan(kEnvelopePartBytes + kAeadTagBytes), false),
                         ErrorCode::kCryptoNotAuthentic));
  EXPECT_FALSE(opener.next(parts.subspan(kEnvelopePartBytes + kAeadTagBytes), true));
}

TEST(Envelopes, OfOtherVersionsAndOtherThingsSaySo) {
  const KeyPair pair = must(generate_keypair(KeyAlgorithm::kX25519));
  Bytes envelope = must(seal_envelope(pair.public_key, {}));
  envelope[4] = std::byte{2};
  const auto opened = open_envelope(pair.secret_key, envelope);
  ASSERT_TRUE(fails_with(opened, ErrorCode::kCryptoInvalidEnvelope));
  EXPECT_NE(opened.error().message().find("version 2"), std::string::npos);
  EXPECT_TRUE(fails_with(envelope_algorithm(numbered(100)), ErrorCode::kCryptoInvalidEnvelope));
  EXPECT_TRUE(fails_with(seal_envelope(must(generate_keypair(KeyAlgorithm::kEd25519)).public_key, {}),
                         ErrorCode::kCryptoUnsupported));
}

}  // namespace
}  // namespace synapsed::crypto
