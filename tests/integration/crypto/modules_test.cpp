// The built-in modules, as objects.

#include <algorithm>
#include <atomic>
#include <thread>

#include <synapsed/crypto.hpp>

#include "tests/support/results.hpp"

namespace synapsed::test {
namespace {

using crypto::CryptoModule;
using crypto::load_crypto_module;

Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

crypto::CryptoModuleOptions small() {
  return {.config = small_config(), .keys = nullptr, .tenant = "alice"};
}

class CryptoModules : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!load_crypto_module("vault", small())) GTEST_SKIP() << "this build has no built-in modules";
  }
};

TEST_F(CryptoModules, UnknownNamesAreRefused) {
  const auto module = load_crypto_module("kyber", small());
  ASSERT_TRUE(fails_with(module, ErrorCode::kUnknownModule));
  EXPECT_NE(module.error().hint().find("kyber_encrypt"), std::string::npos);
}

TEST_F(CryptoModules, KyberEncryptsToKeysOfTheCallersAndItsOwn) {
  auto module = must(load_crypto_module("kyber_encrypt", small()));
  for (const std::size_t size : {0UZ, 1UZ, 65536UZ, 65537UZ, 300'000UZ}) {
    const Bytes plaintext(size, std::byte{42});
    EXPECT_EQ(must(module.decrypt(must(module.encrypt(plaintext)))), plaintext) << size;
    const auto pair = must(module.generate_keypair());
    const Bytes envelope = must(module.encrypt(plaintext, pair.public_key, bytes_of("mail")));
    EXPECT_EQ(must(module.decrypt(envelope, pair.secret_key.view(), bytes_of("mail"))), plaintext);
    EXPECT_TRUE(fails_with(module.decrypt(envelope, pair.secret_key.view(), bytes_of("other")),
                           ErrorCode::kHostFunctionFailed));
    // The library opens what the guest sealed.
    const auto key = must(crypto::SecretKey::from_raw(crypto::KeyAlgorithm::kMlKem768,
                                                      pair.secret_key.view()));
    const Bytes context = bytes_of("mail");
    const auto opened = must(crypto::open_envelope(key, envelope, {.context = context,
                                                                   .associated = {}}));
    EXPECT_TRUE(std::ranges::equal(opened.view(), plaintext));
  }
}

TEST_F(CryptoModules, AnOwnKeyLastsInItsStore) {
  auto options = small();
  options.keys = std::make_shared<crypto::KeyStore>(crypto::KeyStore::in_memory());
  Bytes envelope;
  {
    auto module = must(load_crypto_module("kyber_encrypt", {.config = small_config(),
                                                            .keys = options.keys,
                                                            .tenant = "alice"}));
    envelope = must(module.encrypt(bytes_of("later")));
  }
  auto module = must(load_crypto_module("kyber_encrypt", std::move(options)));
  EXPECT_EQ(must(module.decrypt(envelope)), bytes_of("later"));
  auto other = must(load_crypto_module("kyber_encrypt", small()));
  EXPECT_TRUE(fails_with(other.decrypt(envelope), ErrorCode::kHostFunctionFailed));
}

TEST_F(CryptoModules, TheNotaryCertifies) {
  auto notary = must(load_crypto_module("notary", small()));
  const Bytes document = bytes_of("I owe you a bottle of wine.");
  EXPECT_TRUE(fails_with(notary.call("certify", {document, "IOU", std::uint64_t{1'700'000'000}}),
                         ErrorCode::kHostFunctionFailed));
  const WasmValue key = must(notary.call("create_key", {}));
  const Bytes certificate =
      *must(notary.call("certify", {document, "IOU", std::uint64_t{1'700'000'000}}))
           .get_if<Bytes>();
  // Another notary's module, which has no key, checks it.
  auto other = must(load_crypto_module("notary", small()));
  const WasmValue statement = must(other.call("check", {document, certificate, key}));
  const auto* record = statement.get_if<WasmRecord>();
  EXPECT_EQ(*record->find("title"), WasmValue("IOU"));
  EXPECT_EQ(*record->find("certified_at"), WasmValue(std::uint64_t{1'700'000'000}));
  const auto refused = [&](const Bytes& text, const Bytes& paper) {
    return fails_with(other.call("check", {text, paper, key}), ErrorCode::kHostFunctionFailed);
  };
  EXPECT_TRUE(refused(bytes_of("I owe you two."), certificate));
  for (std::size_t i = 0; i < certificate.size(); i += 97) {
    Bytes changed = certificate;
    changed[i] ^= std::byte{4};
    EXPECT_TRUE(refused(document, changed)) << i;
    EXPECT_TRUE(refused(document, Bytes(certificate.begin(),
                                        certificate.begin() + static_cast<std::ptrdiff_t>(i))));
  }
}

TEST_F(CryptoModules, TheVaultKeepsToItsPolicies) {
  auto vault = must(load_crypto_module("vault", small()));
  const auto policy = [](WasmList readers, std::uint64_t from, std::uint64_t until) {
    return WasmRecord{{"readers", std::move(readers)}, {"not_before", from}, {"expires_at", until}};
  };
  const Bytes secret = bytes_of("correct horse battery staple");
  const WasmValue sealed =
      must(vault.call("seal", {secret, policy({{"alice", "bob"}}, 100, 200)}));
  EXPECT_EQ(must(vault.call("unseal", {sealed, "bob", std::uint64_t{100}})), WasmValue(secret));
  const auto why = [&](const WasmValue& what, const char* reader, std::uint64_t now) {
    const auto opened = vault.call("unseal", {what, reader, now});
    return opened ? std::string("opened") : opened.error().message();
  };
  EXPECT_EQ(why(sealed, "eve", 100), "the policy names no such reader");
  EXPECT_EQ(why(sealed, "bob", 99), "the policy's time has not come");
  EXPECT_EQ(why(sealed, "bob", 200), "the policy's time is over");
  // A policy that somebody widened is not the one it was sealed with.
  Bytes widened = *sealed.get_if<Bytes>();
  widened[9 + 15] = std::byte{255};
  EXPECT_EQ(why(WasmValue(widened), "bob", 100), "the sealed secret is not genuine");
  EXPECT_EQ(why(WasmValue(bytes_of("SYNV")), "bob", 100), "it is no sealed secret");
  EXPECT_TRUE(fails_with(vault.call("seal", {secret, policy({}, 1, 2)}),
                         ErrorCode::kHostFunctionFailed));
}

TEST_F(CryptoModules, SeveralThreadsUseOneModule) {
  auto module = must(load_crypto_module("kyber_encrypt", small()));
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const Bytes text(static_cast<std::size_t>(i) * 1000, std::byte{1});
      for (int round = 0; round < 5; ++round) {
        const auto envelope = module.encrypt(text);
        if (envelope && module.decrypt(*envelope) == text) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 40);
}

}  // namespace
}  // namespace synapsed::test
