#include <numeric>

#include <synapsed/crypto_primitives.hpp>

#include "base/hex.hpp"
#include "tests/support/results.hpp"

namespace synapsed::crypto {
namespace {

using test::fails_with;
using test::must;

Bytes text(std::string_view string) {
  const auto bytes = std::as_bytes(std::span(string));
  return {bytes.begin(), bytes.end()};
}

struct Known {
  HashAlgorithm algorithm;
  std::string_view input;
  std::string_view digest;
};

// FIPS 180-4, FIPS 202, RFC 7693, and Ethereum's yellow paper.
const Known kKnown[] = {
    {HashAlgorithm::kSha224, "abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
    {HashAlgorithm::kSha256, "abc",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {HashAlgorithm::kSha384, "abc",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
     "8086072ba1e7cc2358baeca134c825a7"},
    {HashAlgorithm::kSha512, "abc",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {HashAlgorithm::kSha512_256, "abc",
     "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"},
    {HashAlgorithm::kSha3_256, "abc",
     "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
    {HashAlgorithm::kSha3_512, "abc",
     "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
     "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"},
    {HashAlgorithm::kShake128, "",
     "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26"},
    {HashAlgorithm::kKeccak256, "",
     "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"},
    {HashAlgorithm::kBlake2b, "abc",
     "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
     "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"},
};

TEST(Hashes, GiveTheirPublishedDigests) {
  for (const Known& known : kKnown) {
    const Bytes input = text(known.input);
    EXPECT_EQ(to_hex(must(hash(known.algorithm, input))), known.digest)
        << traits_of(known.algorithm).name;
  }
}

TEST(Hashes, OfPartsAreThoseOfTheWhole) {
  Bytes data(1000);
  std::iota(reinterpret_cast<unsigned char*>(data.data()),
            reinterpret_cast<unsigned char*>(data.data()) + data.size(), static_cast<unsigned char>(0));
  for (const HashTraits& traits : hash_algorithms()) {
    Hasher hasher = must(Hasher::create(traits.algorithm));
    for (int round = 0; round < 2; ++round) {  // it starts over
      hasher.update(std::span(data).first(1));
      hasher.update({});
      hasher.update(std::span(data).subspan(1, 500));
      hasher.update(std::span(data).subspan(501));
      EXPECT_EQ(hasher.finish(), must(hash(traits.algorithm, data))) << traits.name;
    }
    EXPECT_EQ(hasher.finish(), must(hash(traits.algorithm, Bytes()))) << traits.name;
  }
}

TEST(Hashes, HaveTheLengthsTheyHave) {
  for (const HashTraits& traits : hash_algorithms()) {
    EXPECT_EQ(must(hash(traits.algorithm, Bytes())).size(), traits.bytes);
    for (const std::size_t bytes : {1UZ, 20UZ, 63UZ}) {
      const auto digest = hash(traits.algorithm, Bytes(), bytes);
      if (traits.has_length) {
        EXPECT_EQ(must(digest).size(), bytes) << traits.name;
      } else {
        EXPECT_TRUE(fails_with(digest, ErrorCode::kCryptoInvalidArgument)) << traits.name;
      }
    }
  }
  EXPECT_EQ(must(hash(HashAlgorithm::kShake256, Bytes(), 100'000)).size(), 100'000U);
  EXPECT_TRUE(fails_with(hash(HashAlgorithm::kBlake2b, Bytes(), 65),
                         ErrorCode::kCryptoInvalidArgument));
  // BLAKE2b of another length is another hash, not a part of the long one.
  EXPECT_EQ(to_hex(must(hash(HashAlgorithm::kBlake2b, Bytes(), 32))),
            "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

TEST(Hmac, IsNotMadeOfHashesOfAnyLength) {
  EXPECT_TRUE(fails_with(hmac(HashAlgorithm::kShake128, Bytes(16), Bytes()),
                         ErrorCode::kCryptoUnsupported));
  EXPECT_TRUE(fails_with(hkdf(HashAlgorithm::kBlake2b, Bytes(16), {}, {}, 32),
                         ErrorCode::kCryptoUnsupported));
}

TEST(Hmac, VerifiesCutTagsOfEnoughBytes) {
  const Bytes key = text("key");
  const Bytes data = text("The quick brown fox jumps over the lazy dog");
  Bytes tag = must(hmac(HashAlgorithm::kSha256, key, data));
  EXPECT_EQ(to_hex(tag), "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
  for (const std::size_t bytes : {32UZ, 16UZ}) {
    must(verify_hmac(HashAlgorithm::kSha256, key, data, std::span(tag).first(bytes)));
  }
  EXPECT_TRUE(fails_with(verify_hmac(HashAlgorithm::kSha256, key, data, std::span(tag).first(15)),
                         ErrorCode::kCryptoNotAuthentic));
  tag[31] ^= std::byte{1};
  EXPECT_TRUE(fails_with(verify_hmac(HashAlgorithm::kSha256, key, data, tag),
                         ErrorCode::kCryptoNotAuthentic));
  EXPECT_FALSE(must(hmac(HashAlgorithm::kSha256, Bytes(), Bytes())).empty());
}

TEST(KeyDerivation, GivesPublishedKeys) {
  const Bytes password = text("password");
  const Bytes salt = text("salt");
  EXPECT_EQ(to_hex(must(pbkdf2(HashAlgorithm::kSha256, password, salt, 4096, 32)).view()),
            "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a");
  EXPECT_EQ(to_hex(must(argon2id(password, text("somesalt"),
                                 {.memory_kib = 65536, .passes = 2, .lanes = 1}, 32))
                       .view()),
            "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
}

TEST(KeyDerivation, RefusesWhatTheStandardsDoNotHave) {
  const Bytes salt(16);
  const auto refused = [](const auto& result) {
    return fails_with(result, ErrorCode::kCryptoInvalidArgument);
  };
  EXPECT_TRUE(refused(hkdf(HashAlgorithm::kSha256, salt, {}, {}, 255 * 32 + 1)));
  EXPECT_TRUE(refused(hkdf(HashAlgorithm::kSha256, salt, {}, {}, 0)));
  EXPECT_EQ(must(hkdf(HashAlgorithm::kSha256, salt, {}, {}, 255 * 32)).size(), 255U * 32);
  EXPECT_TRUE(refused(pbkdf2(HashAlgorithm::kSha256, salt, salt, 0, 32)));
  EXPECT_TRUE(refused(argon2id(salt, Bytes(7), {.memory_kib = 64, .passes = 1, .lanes = 1}, 32)));
  EXPECT_TRUE(refused(argon2id(salt, salt, {.memory_kib = 64, .passes = 1, .lanes = 1}, 3)));
  EXPECT_TRUE(refused(argon2id(salt, salt, {.memory_kib = 7, .passes = 1, .lanes = 1}, 32)));
  EXPECT_TRUE(refused(argon2id(salt, salt, {.memory_kib = 64, .passes = 0, .lanes = 1}, 32)));
  EXPECT_TRUE(refused(argon2id(salt, salt, {.memory_kib = 64, .passes = 1, .lanes = 0}, 32)));
}

TEST(SecretBytes, AreMovedAndCopiedOnPurpose) {
  static_assert(!std::is_copy_constructible_v<SecretBytes>);
  SecretBytes secret = SecretBytes::copy_of(text("secret"));
  const SecretBytes copy = secret.copy();
  EXPECT_TRUE(copy == secret);
  const SecretBytes moved = std::move(secret);
  EXPECT_TRUE(secret.empty());
  EXPECT_TRUE(moved == copy);
  EXPECT_FALSE(moved == SecretBytes(6));
}

TEST(SecretBytes, AreCompared) {
  EXPECT_TRUE(equal_in_constant_time(text("ab"), text("ab")));
  EXPECT_FALSE(equal_in_constant_time(text("ab"), text("ac")));
  EXPECT_FALSE(equal_in_constant_time(text("ab"), text("abc")));
  EXPECT_TRUE(equal_in_constant_time({}, {}));
}

}  // namespace
}  // namespace synapsed::crypto
