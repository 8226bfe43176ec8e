#include <synapsed/crypto_keys.hpp>

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "tests/support/results.hpp"

namespace synapsed::crypto {
namespace {

using test::fails_with;
using test::must;

constexpr bool is_slow(std::string_view name) {
  return name.starts_with("slh-dsa") && !name.ends_with("128f");
}

const Bytes kMessage(100, std::byte{3});

std::vector<KeyTraits> of_kind(KeyKind kind) {
  std::vector<KeyTraits> rows;
  for (const KeyTraits& traits : key_algorithms()) {
    if (traits.kind == kind && !is_slow(traits.name)) rows.push_back(traits);
  }
  return rows;
}

TEST(Keys, HaveTheLengthsOfTheirTable) {
  for (const KeyTraits& traits : key_algorithms()) {
    const SecretKey key = must(SecretKey::generate(traits.algorithm));
    EXPECT_EQ(key.to_raw().size(), traits.secret_bytes) << traits.name;
    EXPECT_EQ(find_key_algorithm(traits.name), traits.algorithm);
    if (traits.public_bytes == 0) {
      EXPECT_TRUE(fails_with(key.public_key(), ErrorCode::kCryptoUnsupported)) << traits.name;
    } else {
      EXPECT_EQ(must(key.public_key()).to_raw().size(), traits.public_bytes) << traits.name;
    }
  }
}

TEST(Keys, ReadAsWhatTheyWereWritten) {
  for (const KeyTraits& traits : key_algorithms()) {
    const SecretKey key = must(SecretKey::generate(traits.algorithm));
    const SecretKey again = must(SecretKey::from_raw(traits.algorithm, key.to_raw().view()));
    EXPECT_TRUE(again.to_raw() == key.to_raw()) << traits.name;
    if (traits.public_bytes == 0) continue;
    const PublicKey public_key = must(key.public_key());
    EXPECT_EQ(must(PublicKey::from_raw(traits.algorithm, public_key.to_raw())), public_key);
    EXPECT_EQ(must(again.public_key()), public_key) << traits.name;
  }
}

TEST(Keys, HaveNoOtherLengths) {
  for (const KeyTraits& traits : key_algorithms()) {
    for (const std::size_t bytes : {0UZ, 1UZ, traits.secret_bytes - 1, traits.secret_bytes + 1}) {
      EXPECT_TRUE(fails_with(SecretKey::from_raw(traits.algorithm, Bytes(bytes, std::byte{1})),
                             ErrorCode::kCryptoInvalidKey))
          << traits.name << ' ' << bytes;
    }
    if (traits.public_bytes == 0) continue;
    for (const std::size_t bytes : {0UZ, 1UZ, traits.public_bytes - 1, traits.public_bytes + 1}) {
      EXPECT_TRUE(fails_with(PublicKey::from_raw(traits.algorithm, Bytes(bytes, std::byte{1})),
                             ErrorCode::kCryptoInvalidKey))
          << traits.name << ' ' << bytes;
    }
  }
}

TEST(Keys, OfCurvesAreNumbersAndPointsOfThem) {
  for (const KeyAlgorithm algorithm : {KeyAlgorithm::kEcdsaP256, KeyAlgorithm::kEcdsaSecp256k1}) {
    const auto refused = [&](const Bytes& raw) {
      return fails_with(SecretKey::from_raw(algorithm, raw), ErrorCode::kCryptoInvalidKey);
    };
    EXPECT_TRUE(refused(Bytes(32)));
    EXPECT_TRUE(refused(Bytes(32, std::byte{0xff})));
    Bytes point(33, std::byte{0xff});
    for (const int first : {2, 3, 4, 6}) {
      point[0] = static_cast<std::byte>(first);
      EXPECT_TRUE(fails_with(PublicKey::from_raw(algorithm, point), ErrorCode::kCryptoInvalidKey));
    }
  }
  EXPECT_TRUE(fails_with(PublicKey::from_raw(KeyAlgorithm::kSr25519, Bytes(32, std::byte{0xff})),
                         ErrorCode::kCryptoInvalidKey));
}

TEST(Keys, TravelInTheirEncodings) {
  for (const KeyTraits& traits : key_algorithms()) {
    const SecretKey key = must(SecretKey::generate(traits.algorithm));
    const auto pkcs8 = key.to_pkcs8();
    if (!pkcs8) {
      EXPECT_TRUE(fails_with(pkcs8, ErrorCode::kCryptoUnsupported)) << traits.name;
      continue;
    }
    EXPECT_TRUE(must(SecretKey::from_pkcs8(pkcs8->view())).to_raw() == key.to_raw()) << traits.name;
    const SecretBytes pem = must(key.to_pem());
    EXPECT_TRUE(must(SecretKey::from_pem(as_text(pem.view()))).to_raw() == key.to_raw());
    const PublicKey public_key = must(key.public_key());
    EXPECT_EQ(must(PublicKey::from_spki(must(public_key.to_spki()))), public_key) << traits.name;
    EXPECT_EQ(must(PublicKey::from_pem(must(public_key.to_pem()))), public_key) << traits.name;
    // Nothing may follow, nothing may be missing.
    Bytes longer(pkcs8->view().begin(), pkcs8->view().end());
    longer.push_back(std::byte{0});
    EXPECT_TRUE(fails_with(SecretKey::from_pkcs8(longer), ErrorCode::kCryptoInvalidKey));
    longer.resize(longer.size() - 2);
    EXPECT_TRUE(fails_with(SecretKey::from_pkcs8(longer), ErrorCode::kCryptoInvalidKey));
  }
}

TEST(Keys, OfUnknownAlgorithmsAreNoKeysHere) {
  // An RSA key's beginning, an encrypted PEM, and a certificate's.
  EXPECT_FALSE(PublicKey::from_spki(from_hex("30820122300d06092a864886f70d01010105000382010f00").value()));
  EXPECT_FALSE(SecretKey::from_pem("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGbMFcGCSqGSIb3DQEFDTBK\n"
                                   "-----END ENCRYPTED PRIVATE KEY-----\n"));
  EXPECT_FALSE(PublicKey::from_pem("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"));
  EXPECT_FALSE(PublicKey::from_pem(""));
}

TEST(Signatures, VerifyAndNothingElseDoes) {
  for (const KeyTraits& traits : of_kind(KeyKind::kSignature)) {
    const KeyPair pair = must(generate_keypair(traits.algorithm));
    Bytes signature = must(sign(pair.secret_key, kMessage));
    EXPECT_EQ(signature.size(), traits.output_bytes) << traits.name;
    must(verify(pair.public_key, kMessage, signature));
    EXPECT_TRUE(fails_with(verify(must(generate_keypair(traits.algorithm)).public_key, kMessage,
                                  signature),
                           ErrorCode::kCryptoNotAuthentic));
    for (std::size_t i = 0; i < signature.size(); i += signature.size() / 16 + 1) {
      Bytes changed = signature;
      changed[i] ^= std::byte{0x10};
      EXPECT_TRUE(fails_with(verify(pair.public_key, kMessage, changed),
                             ErrorCode::kCryptoNotAuthentic))
          << traits.name << ' ' << i;
    }
    signature.push_back(std::byte{0});
    EXPECT_FALSE(verify(pair.public_key, kMessage, signature));
    EXPECT_FALSE(verify(pair.public_key, kMessage, {}));
  }
}

TEST(Signatures, AreDeterministicWhereAsked) {
  for (const KeyTraits& traits : of_kind(KeyKind::kSignature)) {
    const SecretKey key = must(SecretKey::generate(traits.algorithm));
    const Bytes first = must(sign(key, kMessage, {.context = {}, .is_deterministic = true}));
    EXPECT_EQ(must(sign(key, kMessage, {.context = {}, .is_deterministic = true})), first)
        << traits.name;
    must(verify(must(key.public_key()), kMessage, first));
  }
}

TEST(Signatures, BindTheirContext) {
  const Bytes context(255, std::byte{9});
  for (const KeyAlgorithm algorithm :
       {KeyAlgorithm::kMlDsa44, KeyAlgorithm::kSlhDsaSha2_128f, KeyAlgorithm::kSr25519,
        KeyAlgorithm::kEd25519MlDsa65}) {
    const KeyPair pair = must(generate_keypair(algorithm));
    const Bytes signature = must(sign(pair.secret_key, kMessage, {.context = context}));
    must(verify(pair.public_key, kMessage, signature, context));
    EXPECT_FALSE(verify(pair.public_key, kMessage, signature));
    const Bytes longer(256);
    if (algorithm == KeyAlgorithm::kSr25519) continue;
    EXPECT_TRUE(fails_with(sign(pair.secret_key, kMessage, {.context = longer}),
                           ErrorCode::kCryptoInvalidArgument));
  }
}

TEST(Signatures, OfTheHybridNeedBothParts) {
  const KeyPair pair = must(generate_keypair(KeyAlgorithm::kEd25519MlDsa65));
  const Bytes one = must(sign(pair.secret_key, kMessage));
  const Bytes other = must(sign(pair.secret_key, Bytes(5)));
  constexpr std::ptrdiff_t kMlDsa = 3309;
  for (const bool takes_first : {true, false}) {
    Bytes mixed = one;
    const auto from = takes_first ? other.begin() : other.begin() + kMlDsa;
    const auto to = takes_first ? other.begin() + kMlDsa : other.end();
    std::copy(from, to, mixed.begin() + (takes_first ? 0 : kMlDsa));
    EXPECT_TRUE(fails_with(verify(pair.public_key, kMessage, mixed),
                           ErrorCode::kCryptoNotAuthentic));
  }
}

TEST(Signatures, OfSecp256k1TellTheirKey) {
  const KeyPair pair = must(generate_keypair(KeyAlgorithm::kEcdsaSecp256k1));
  const Bytes digest = must(hash(HashAlgorithm::kKeccak256, kMessage));
  Bytes signature = must(sign_recoverable(pair.secret_key, digest));
  EXPECT_EQ(must(recover(digest, signature)), pair.public_key);
  must(verify_digest(pair.public_key, digest, std::span(signature).first(64)));
  signature[64] = std::byte{4};
  EXPECT_FALSE(recover(digest, signature));
  EXPECT_TRUE(fails_with(recover(Bytes(31), signature), ErrorCode::kCryptoInvalidArgument));
  EXPECT_TRUE(fails_with(sign_recoverable(must(SecretKey::generate(KeyAlgorithm::kEcdsaP256)), digest),
                         ErrorCode::kCryptoUnsupported));
}

TEST(Signatures, OfEcdsaAreDerAndBack) {
  for (const KeyAlgorithm algorithm : {KeyAlgorithm::kEcdsaP256, KeyAlgorithm::kEcdsaSecp256k1}) {
    const Bytes signature = must(sign(must(SecretKey::generate(algorithm)), kMessage));
    const Bytes der = must(ecdsa_to_der(signature));
    EXPECT_EQ(must(ecdsa_from_der(der)), signature);
    for (std::size_t size = 0; size < der.size(); ++size) {
      EXPECT_FALSE(ecdsa_from_der(std::span(der).first(size)));
    }
  }
  EXPECT_FALSE(ecdsa_to_der(Bytes(63)));
}

TEST(Kems, ShareASecret) {
  for (const KeyTraits& traits : of_kind(KeyKind::kKem)) {
    const KeyPair pair = must(generate_keypair(traits.algorithm));
    const Encapsulated made = must(encapsulate(pair.public_key));
    EXPECT_EQ(made.ciphertext.size(), traits.output_bytes) << traits.name;
    EXPECT_TRUE(must(decapsulate(pair.secret_key, made.ciphertext)) == made.shared_secret)
        << traits.name;
    // Another ciphertext is refused or gives another secret.
    Bytes changed = made.ciphertext;
    changed[5] ^= std::byte{1};
    const auto other = decapsulate(pair.secret_key, changed);
    EXPECT_FALSE(other && *other == made.shared_secret);
    changed.pop_back();
    EXPECT_TRUE(fails_with(decapsulate(pair.secret_key, changed), ErrorCode::kCryptoInvalidArgument));
  }
}

TEST(Kems, RefusePointsOfLowOrder) {
  const SecretKey key = must(SecretKey::generate(KeyAlgorithm::kX25519));
  const PublicKey zero = must(PublicKey::from_raw(KeyAlgorithm::kX25519, Bytes(32)));
  EXPECT_TRUE(fails_with(key_agreement(key, zero), ErrorCode::kCryptoInvalidKey));
  EXPECT_FALSE(encapsulate(zero));
  EXPECT_FALSE(decapsulate(key, Bytes(32)));
  const SecretKey hybrid = must(SecretKey::generate(KeyAlgorithm::kX25519MlKem768));
  EXPECT_TRUE(fails_with(decapsulate(hybrid, Bytes(1120)), ErrorCode::kCryptoNotAuthentic));
}

TEST(Keys, DoOnlyWhatTheyCan) {
  for (const KeyTraits& traits : key_algorithms()) {
    if (is_slow(traits.name)) continue;
    const SecretKey key = must(SecretKey::generate(traits.algorithm));
    const bool signs = traits.kind == KeyKind::kSignature || traits.kind == KeyKind::kMac;
    EXPECT_EQ(sign(key, kMessage).has_value(), signs) << traits.name;
    EXPECT_EQ(Aead::create(key).has_value(), traits.kind == KeyKind::kAead) << traits.name;
    if (traits.public_bytes == 0) continue;
    EXPECT_EQ(encapsulate(must(key.public_key())).has_value(), traits.kind == KeyKind::kKem);
  }
}

TEST(Aeads, OpenWhatTheySealedAndNothingElse) {
  for (const KeyTraits& traits : of_kind(KeyKind::kAead)) {
    const Aead aead = must(Aead::create(must(SecretKey::generate(traits.algorithm))));
    const Bytes nonce(kAeadNonceBytes);
    for (const std::size_t size : {0UZ, 1UZ, 16UZ, 1000UZ}) {
      const Bytes plaintext(size, std::byte{1});
      const Bytes sealed = must(aead.seal(nonce, kMessage, plaintext));
      EXPECT_EQ(sealed.size(), size + kAeadTagBytes);
      EXPECT_TRUE(std::ranges::equal(must(aead.open(nonce, kMessage, sealed)).view(), plaintext));
      EXPECT_FALSE(aead.open(nonce, {}, sealed)) << traits.name;
      for (std::size_t i = 0; i < sealed.size(); i += sealed.size() / 8 + 1) {
        Bytes changed = sealed;
        changed[i] ^= std::byte{1};
        EXPECT_TRUE(fails_with(aead.open(nonce, kMessage, changed), ErrorCode::kCryptoNotAuthentic));
      }
    }
    EXPECT_TRUE(fails_with(aead.open(nonce, {}, Bytes(15)), ErrorCode::kCryptoNotAuthentic));
    EXPECT_TRUE(fails_with(aead.seal({}, {}, kMessage), ErrorCode::kCryptoInvalidArgument));
  }
}

TEST(Aeads, LeaveNothingOfWhatIsNotAuthentic) {
  const Aead aead = must(Aead::create(KeyAlgorithm::kAes256Gcm, Bytes(32)));
  Bytes sealed = must(aead.seal(Bytes(12), {}, kMessage));
  sealed.back() ^= std::byte{1};
  Bytes room(kMessage.size(), std::byte{0xee});
  EXPECT_FALSE(aead.open_into(Bytes(12), {}, sealed, room));
  EXPECT_EQ(room, Bytes(kMessage.size()));
}

TEST(TypedKeys, AreTheUntypedOnes) {
  const auto pair = must(MlDsa65::generate_keypair());
  const Bytes signature = must(MlDsa65::sign(pair.secret_key, kMessage));
  must(MlDsa65::verify(pair.public_key, kMessage, signature));
  must(verify(pair.public_key.untyped(), kMessage, signature));
  const auto again = must(MlDsa65::Public::from_raw(pair.public_key.to_raw()));
  EXPECT_EQ(again, pair.public_key);
  const auto kyber = must(Kyber::generate_keypair());
  const auto sent = must(Kyber::encapsulate(kyber.public_key));
  EXPECT_TRUE(must(Kyber::decapsulate(kyber.secret_key, sent.ciphertext)) == sent.shared_secret);
}

}  // namespace
}  // namespace synapsed::crypto
