// Published test vectors (C2SP Wycheproof), through the C++ functions and through a guest. Each file
// prints how many cases it has of each kind; of those that are `acceptable` it says what became.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/hex.hpp"
#include "tests/integration/crypto/guest_face.hpp"
#include "tests/support/results.hpp"

namespace synapsed::test {
namespace {

using Json = nlohmann::json;

std::string path_of(const std::string& file) {
  const char* chosen = std::getenv("SYNAPSED_VECTORS");
  return std::string(chosen != nullptr ? chosen : SYNAPSED_TEST_VECTORS) + "/" + file;
}

Bytes hex(const Json& owner, const char* key) {
  return from_hex(owner.value(key, std::string())).value();
}

/// What a case says, and what was found.
struct Case {
  const Json& group;
  const Json& test;
  CryptoFace& face;

  [[nodiscard]] Bytes bytes(const char* key) const { return hex(test, key); }
  [[nodiscard]] Bytes group_bytes(const char* key) const { return hex(group, key); }
};

/// Valid cases that are refused: OpenSSL takes nonces of AES-GCM of at most 1024 bits.
bool is_beyond_openssl(const Json& group) { return group.value("ivSize", 0) > 1024; }

/// True when the function did what the vector says a right one does; false when it refused.
using Check = std::function<bool(const Case&)>;

class Vectors : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    face_ = GetParam() == "guest" ? guest_face() : direct_face();
    if (!face_) GTEST_SKIP() << "the guest was not built: no Clang for wasm32-wasi";
  }

  void run(const std::string& file, const Check& check) {
    const std::string path = path_of(file);
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "no vectors at " << path;
    const Json table = Json::parse(std::ifstream(path));
    std::map<std::string, std::pair<int, int>> counts;  // accepted, refused
    for (const Json& group : table["testGroups"]) {
      for (const Json& test : group["tests"]) {
        const std::string expected = test["result"];
        const bool accepted = check({group, test, *face_});
        auto& [yes, no] = counts[expected];
        ++(accepted ? yes : no);
        const bool should = expected == "valid" && !is_beyond_openssl(group);
        EXPECT_TRUE(expected == "acceptable" || accepted == should)
            << file << " case " << test["tcId"] << ": " << test.value("comment", "");
      }
    }
    std::string line = file + ":";
    for (const auto& [expected, count] : counts) {
      line += fmt::format(" {} {} ({} accepted, {} refused)", count.first + count.second, expected,
                          count.first, count.second);
    }
    std::cout << line << '\n';
  }

  std::unique_ptr<CryptoFace> face_;
};

// --- Authenticated encryption. ---

bool check_aead(const Case& test, KeyAlgorithm algorithm) {
  const Bytes key = test.bytes("key");
  const Bytes nonce = test.bytes("iv");
  const Bytes associated = test.bytes("aad");
  Bytes sealed = test.bytes("ct");
  const Bytes tag = test.bytes("tag");
  sealed.insert(sealed.end(), tag.begin(), tag.end());
  const auto opened = test.face.aead_open(algorithm, key, nonce, associated, sealed);
  if (!opened) return false;
  EXPECT_EQ(*opened, test.bytes("msg"));
  EXPECT_EQ(test.face.aead_seal(algorithm, key, nonce, associated, *opened), sealed);
  return true;
}

TEST_P(Vectors, AesGcm) {
  run("aes_gcm_test.json", [](const Case& test) {
    const int bits = test.group["keySize"];
    return check_aead(test, bits == 128   ? KeyAlgorithm::kAes128Gcm
                            : bits == 192 ? KeyAlgorithm::kAes192Gcm
                                          : KeyAlgorithm::kAes256Gcm);
  });
}

TEST_P(Vectors, ChaCha20Poly1305) {
  run("chacha20_poly1305_test.json",
      [](const Case& test) { return check_aead(test, KeyAlgorithm::kChacha20Poly1305); });
}

// --- Authentication and derivation. ---

TEST_P(Vectors, HmacSha256) {
  run("hmac_sha256_test.json", [](const Case& test) {
    const auto tag = test.face.hmac(HashAlgorithm::kSha256, test.bytes("key"), test.bytes("msg"));
    const Bytes expected = test.bytes("tag");
    return tag && std::ranges::equal(std::span(*tag).first(expected.size()), expected);
  });
}

TEST_P(Vectors, HkdfSha256) {
  run("hkdf_sha256_test.json", [](const Case& test) {
    const auto key = test.face.hkdf(HashAlgorithm::kSha256, test.bytes("ikm"), test.bytes("salt"),
                                    test.bytes("info"), test.test["size"]);
    return key && *key == test.bytes("okm");
  });
}

TEST_P(Vectors, X25519) {
  run("x25519_test.json", [](const Case& test) {
    const auto shared = test.face.key_agreement(test.bytes("private"), test.bytes("public"));
    if (shared) {
      EXPECT_EQ(*shared, test.bytes("shared"));
    }
    return shared.has_value();
  });
}

// --- Signatures. ---

TEST_P(Vectors, Ed25519) {
  run("ed25519_test.json", [](const Case& test) {
    const Bytes key = hex(test.group["publicKey"], "pk");
    EXPECT_EQ(test.face.decode_public(KeyAlgorithm::kEd25519, test.group_bytes("publicKeyDer")),
              key);
    return test.face.verify(KeyAlgorithm::kEd25519, key, test.bytes("msg"), test.bytes("sig"), {});
  });
}

TEST_P(Vectors, EcdsaSecp256k1AsBitcoinHasIt) {
  run("ecdsa_secp256k1_sha256_bitcoin_test.json", [](const Case& test) {
    const auto key =
        test.face.decode_public(KeyAlgorithm::kEcdsaSecp256k1, test.group_bytes("publicKeyDer"));
    EXPECT_TRUE(key);
    const auto signature = test.face.ecdsa_from_der(test.bytes("sig"));
    return key && signature &&
           test.face.verify(KeyAlgorithm::kEcdsaSecp256k1, *key, test.bytes("msg"), *signature, {});
  });
}

TEST_P(Vectors, MlDsa65Verifies) {
  run("mldsa_65_verify_test.json", [](const Case& test) {
    return test.face.verify(KeyAlgorithm::kMlDsa65, test.group_bytes("publicKey"),
                            test.bytes("msg"), test.bytes("sig"), test.bytes("ctx"));
  });
}

TEST_P(Vectors, MlDsa65Signs) {
  run("mldsa_65_sign_seed_test.json", [](const Case& test) {
    const Bytes seed = test.group_bytes("privateSeed");
    const std::optional<Bytes> random =
        test.test.contains("rnd") ? std::optional(test.bytes("rnd")) : std::nullopt;
    const auto signature =
        test.test.contains("msg")
            ? test.face.sign(KeyAlgorithm::kMlDsa65, seed, test.bytes("msg"), test.bytes("ctx"),
                             random)
            : test.face.sign_digest(KeyAlgorithm::kMlDsa65, seed, test.bytes("mu"));
    if (!signature) return false;
    EXPECT_EQ(test.face.derive_public(KeyAlgorithm::kMlDsa65, seed), test.group_bytes("publicKey"));
    EXPECT_EQ(*signature, test.bytes("sig")) << test.test["tcId"];
    return true;
  });
}

// --- Key encapsulation. ---

TEST_P(Vectors, MlKem768MakesKeys) {
  run("mlkem_768_keygen_seed_test.json", [](const Case& test) {
    const auto key = test.face.derive_public(KeyAlgorithm::kMlKem768, test.bytes("seed"));
    // The expanded key is the same key.
    EXPECT_EQ(test.face.derive_public(KeyAlgorithm::kMlKem768, test.bytes("dk")), key);
    return key && *key == test.bytes("ek");
  });
}

TEST_P(Vectors, MlKem768Encapsulates) {
  run("mlkem_768_encaps_test.json", [](const Case& test) {
    const auto made =
        test.face.encapsulate(KeyAlgorithm::kMlKem768, test.bytes("ek"), test.bytes("m"));
    if (!made) return false;
    Bytes expected = test.bytes("c");
    const Bytes shared = test.bytes("K");
    expected.insert(expected.end(), shared.begin(), shared.end());
    return *made == expected;
  });
}

TEST_P(Vectors, MlKem768Decapsulates) {
  run("mlkem_768_test.json", [](const Case& test) {
    const auto shared =
        test.face.decapsulate(KeyAlgorithm::kMlKem768, test.bytes("seed"), test.bytes("c"));
    return shared && *shared == test.bytes("K");
  });
}

INSTANTIATE_TEST_SUITE_P(Faces, Vectors, ::testing::Values("cpp", "guest"),
                         [](const auto& face) { return face.param; });

}  // namespace
}  // namespace synapsed::test
