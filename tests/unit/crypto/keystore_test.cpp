#include <atomic>
#include <thread>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "crypto/key_file_format.hpp"
#include "crypto/sealed_keys.hpp"
#include "tests/unit/crypto/key_file_fixture.hpp"

namespace synapsed::crypto {
namespace {

using namespace test;  // the fixture's

constexpr KeyUse kSignVerify = KeyUse::kSign | KeyUse::kVerify;

class KeyStores : public InFolder {
 protected:
  KeyStores() : store_(must(KeyStore::create(path("a.keys"), raw_master()))) {}
  [[nodiscard]] KeyStore again() const {
    return must(KeyStore::open(path("a.keys"), raw_master()));
  }

  KeyStore store_;
};

TEST_F(KeyStores, KeepKeysOfEveryAlgorithm) {
  for (const KeyTraits& traits : key_algorithms()) {
    // One of the slow ones is enough.
    if (traits.name.starts_with("slh-dsa") && traits.name != "slh-dsa-sha2-128f") continue;
    const KeyName name{"alice", std::string(traits.name)};
    const KeyInfo made = must(store_.generate(name, traits.algorithm, {kSignVerify, {"notary"}}));
    EXPECT_EQ(made.algorithm, traits.algorithm);
    EXPECT_EQ(made.public_key.has_value(), traits.public_bytes != 0) << traits.name;
    const auto kept = must(again().find(name));
    EXPECT_TRUE(kept->key.to_raw() == must(store_.find(name))->key.to_raw()) << traits.name;
    EXPECT_EQ(kept->info.public_key, made.public_key);
    EXPECT_EQ(kept->info.policy, made.policy);
    EXPECT_EQ(kept->info.created_at, made.created_at);
  }
  EXPECT_EQ(must(store_.list()).size(), must(store_.check()));
}

TEST_F(KeyStores, KeepTenantsApart) {
  must(store_.add({"alice", "k"}, aes_key(1), {}));
  must(store_.add({"bob", "k"}, aes_key(2), {}));
  EXPECT_TRUE(must(store_.find({"bob", "k"}))->key.to_raw() == aes_key(2).to_raw());
  EXPECT_TRUE(fails_with(store_.find({"", "k"}), ErrorCode::kCryptoKeyNotFound));
  must(store_.remove({"alice", "k"}));
  EXPECT_TRUE(fails_with(store_.find({"alice", "k"}), ErrorCode::kCryptoKeyNotFound));
  EXPECT_EQ(must(store_.list()).size(), 1U);
}

TEST_F(KeyStores, RefuseWhatIsThereAndWhatIsNot) {
  must(store_.add({"", "k"}, aes_key(), {}));
  EXPECT_TRUE(fails_with(store_.add({"", "k"}, aes_key(), {}), ErrorCode::kCryptoKeyExists));
  const KeyName none{"", "none"};
  EXPECT_TRUE(fails_with(store_.rotate(none), ErrorCode::kCryptoKeyNotFound));
  EXPECT_TRUE(fails_with(store_.remove(none), ErrorCode::kCryptoKeyNotFound));
  EXPECT_TRUE(fails_with(store_.set_policy(none, {}), ErrorCode::kCryptoKeyNotFound));
  const auto missing = store_.find(none);
  EXPECT_EQ(missing.error().where(), path("a.keys"));
  EXPECT_TRUE(
      fails_with(KeyStore::create(path("a.keys"), raw_master()), ErrorCode::kCryptoKeyExists));
}

TEST_F(KeyStores, TakeNamesOfAnyLanguageAndNoControlCharacters) {
  must(store_.add({"jörg", "schlüssel/签名 key"}, aes_key(), {}));
  const std::string longest(kKeyNameBytesMax, 'x');
  must(store_.add({longest, longest}, aes_key(), {}));
  for (const std::string& bad :
       {std::string(), longest + "x", std::string("a\nb"), std::string("\x1b[31m"),
        std::string("a\0b", 3), std::string("\xff"), std::string("\x7f"),
        std::string("\xc2\x9b")}) {
    EXPECT_TRUE(
        fails_with(store_.add({"", bad}, aes_key(), {}), ErrorCode::kCryptoInvalidArgument));
    const auto added = store_.add({"", "k"}, aes_key(), {kSeal, {bad}});
    EXPECT_TRUE(fails_with(added, ErrorCode::kCryptoInvalidArgument));
    if (bad.empty()) continue;
    EXPECT_TRUE(
        fails_with(store_.add({bad, "k"}, aes_key(), {}), ErrorCode::kCryptoInvalidArgument));
  }
  const KeyPolicy wide{kSeal, std::vector<std::string>(kKeyModulesMax + 1, "m")};
  EXPECT_TRUE(
      fails_with(store_.add({"", "k"}, aes_key(), wide), ErrorCode::kCryptoInvalidArgument));
  const KeyPolicy unknown{static_cast<KeyUse>(64), {}};
  EXPECT_TRUE(
      fails_with(store_.add({"", "k"}, aes_key(), unknown), ErrorCode::kCryptoInvalidArgument));
}

TEST_F(KeyStores, RotatedKeysKeepTheirVersions) {
  const KeyName name{"", "k"};
  must(store_.generate(name, KeyAlgorithm::kEd25519, {kSignVerify, {"notary"}}));
  const auto first = must(store_.find(name));
  EXPECT_EQ(must(store_.rotate(name)).version, 2U);
  EXPECT_EQ(must(store_.rotate(name)).version, 3U);
  const auto versions = must(again().find_versions(name));
  ASSERT_EQ(versions.size(), 3U);
  EXPECT_EQ(versions.front()->info.version, 3U);
  EXPECT_EQ(versions.back()->info.public_key, first->info.public_key);
  EXPECT_NE(versions.front()->info.public_key, first->info.public_key);
  EXPECT_EQ(must(store_.list()).size(), 1U);
  EXPECT_EQ(must(store_.check()), 3U);
  must(store_.remove(name));
  EXPECT_EQ(must(again().check()), 0U);
}

TEST_F(KeyStores, APolicyIsThatOfAllVersions) {
  const KeyName name{"", "k"};
  must(store_.generate(name, KeyAlgorithm::kEd25519, {kSignVerify, {"notary"}}));
  must(store_.rotate(name));
  const auto before = must(store_.find(name));
  const KeyPolicy policy{KeyUse::kVerify, {"*"}};
  must(store_.set_policy(name, policy));
  for (const auto& version : must(again().find_versions(name))) {
    EXPECT_EQ(version->info.policy, policy);
  }
  EXPECT_EQ(must(store_.find(name))->info.public_key, before->info.public_key);
  EXPECT_EQ(before->info.policy.uses, kSignVerify) << "what was found before does not change";
}

TEST_F(KeyStores, AnotherMasterKeySealsTheSameKeys) {
  must(store_.add({"", "k"}, aes_key(), {kSeal, {}}));
  const Bytes before = must(read_file(path("a.keys"), 10'000));
  auto other = again();
  must(store_.change_master_key(MasterKey::passphrase("new", kQuick)));
  EXPECT_TRUE(
      fails_with(KeyStore::open(path("a.keys"), raw_master()), ErrorCode::kCryptoMasterKey));
  auto opened = must(KeyStore::open(path("a.keys"), MasterKey::passphrase("new", kQuick)));
  EXPECT_TRUE(must(opened.find({"", "k"}))->key.to_raw() == aes_key().to_raw());
  EXPECT_EQ(must(opened.find({"", "k"}))->info.policy.uses, kSeal);
  must(store_.add({"", "l"}, aes_key(), {}));
  EXPECT_EQ(must(opened.check()), 2U);
  const auto stale = other.find({"", "k"});
  EXPECT_TRUE(fails_with(stale, ErrorCode::kCryptoMasterKey));
  // Everything was sealed anew.
  const Bytes after = must(read_file(path("a.keys"), 10'000));
  const Bytes old_record(before.end() - 100, before.end() - 76);
  EXPECT_EQ(std::search(after.begin(), after.end(), old_record.begin(), old_record.end()),
            after.end());
}

TEST_F(KeyStores, SeeEachOthersChanges) {
  auto other = again();
  must(store_.add({"", "one"}, aes_key(1), {}));
  EXPECT_TRUE(must(other.find({"", "one"}))->key.to_raw() == aes_key(1).to_raw());
  must(other.add({"", "two"}, aes_key(2), {}));
  must(store_.find({"", "two"}));
  const auto held = must(store_.find({"", "one"}));
  must(other.set_policy({"", "two"}, {kSeal, {"m"}}));
  EXPECT_EQ(must(store_.find({"", "two"}))->info.policy.uses, kSeal);
  EXPECT_EQ(must(store_.find({"", "one"})), held) << "what did not change stays open";
  must(other.remove({"", "one"}));
  EXPECT_TRUE(fails_with(store_.find({"", "one"}), ErrorCode::kCryptoKeyNotFound));
  must(store_.add({"", "one"}, aes_key(3), {}));
  EXPECT_TRUE(must(other.find({"", "one"}))->key.to_raw() == aes_key(3).to_raw());
}

TEST_F(KeyStores, RefuseAnOlderFileWhileTheyAreOpen) {
  must(store_.add({"", "k"}, aes_key(), {}));
  const Bytes old = must(read_file(path("a.keys"), 10'000));
  must(store_.remove({"", "k"}));
  must(write_file_atomically(path("a.keys"), old));
  EXPECT_TRUE(fails_with(store_.find({"", "k"}), ErrorCode::kCryptoKeyFile));
  EXPECT_TRUE(fails_with(store_.add({"", "l"}, aes_key(), {}), ErrorCode::kCryptoKeyFile));
  EXPECT_TRUE(fails_with(store_.check(), ErrorCode::kCryptoKeyFile));
  must(again().find({"", "k"}));
}

TEST_F(KeyStores, RefuseTwoHistoriesOfAFile) {
  const Bytes fork = must(read_file(path("a.keys"), 10'000));
  must(store_.add({"", "k"}, aes_key(1), {}));
  must(write_file_atomically(path("b.keys"), fork));
  must(must(KeyStore::open(path("b.keys"), raw_master())).add({"", "l"}, aes_key(2), {}));
  must(write_file_atomically(path("a.keys"), must(read_file(path("b.keys"), 10'000))));
  EXPECT_TRUE(fails_with(store_.find({"", "k"}), ErrorCode::kCryptoKeyFile));
}

TEST_F(KeyStores, RefuseAnotherFileInTheSamePlace) {
  auto other = must(KeyStore::create(path("b.keys"), raw_master()));
  for (int i = 0; i < 5; ++i) must(other.add({"", fmt::format("{}", i)}, aes_key(), {}));
  std::filesystem::rename(path("b.keys"), path("a.keys"));
  EXPECT_FALSE(store_.find({"", "1"}));
  std::filesystem::remove(path("a.keys"));
  EXPECT_TRUE(fails_with(store_.find({"", "1"}), ErrorCode::kCryptoKeyFile));
}

TEST_F(KeyStores, GoOnWithACopyOfTheSameFile) {
  must(store_.add({"", "k"}, aes_key(), {}));
  must(write_file_atomically(path("a.keys"), must(read_file(path("a.keys"), 10'000))));
  must(store_.find({"", "k"}));
}

TEST_F(KeyStores, AFailedChangeChangesNothing) {
  must(store_.add({"", "k"}, aes_key(), {}));
  std::filesystem::create_directory(path("a.keys.new"));  // in the way of the next file
  EXPECT_TRUE(fails_with(store_.add({"", "l"}, aes_key(), {}), ErrorCode::kIo));
  EXPECT_TRUE(fails_with(store_.find({"", "l"}), ErrorCode::kCryptoKeyNotFound));
  std::filesystem::remove(path("a.keys.new"));
  must(store_.add({"", "l"}, aes_key(), {}));
  EXPECT_EQ(must(again().check()), 2U);
}

TEST_F(KeyStores, ServeManyThreads) {
  constexpr int kThreads = 8;
  constexpr int kKeysEach = 10;
  auto other = again();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      KeyStore& mine = thread % 2 == 0 ? store_ : other;
      KeyStore& theirs = thread % 2 == 0 ? other : store_;
      for (int i = 0; i < kKeysEach; ++i) {
        const KeyName name{fmt::format("{}", thread), fmt::format("{}", i)};
        must(mine.add(name, aes_key(i), {kSeal, {}}));
        EXPECT_TRUE(must(theirs.find(name))->key.to_raw() == aes_key(i).to_raw());
        if (i % 3 == 0) must(theirs.rotate(name));
        if (i % 5 == 0) must(mine.remove(name));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(must(store_.list()).size(), kThreads * (kKeysEach - 2U));
  EXPECT_EQ(must(other.check()), must(store_.check()));
}

TEST(KeyStoresInMemory, DoWhatThoseInFilesDo) {
  KeyStore store = KeyStore::in_memory();
  EXPECT_TRUE(must(store.list()).empty());
  must(store.generate({"", "k"}, KeyAlgorithm::kMlKem768, {KeyUse::kDecrypt, {"*"}}));
  must(store.rotate({"", "k"}));
  must(store.set_policy({"", "k"}, {}));
  must(store.change_master_key(raw_master()));
  EXPECT_EQ(must(store.find_versions({"", "k"})).size(), 2U);
  EXPECT_EQ(must(store.check()), 2U);
  must(store.remove({"", "k"}));
  EXPECT_EQ(must(store.check()), 0U);
}

TEST(KeyStoreLimits, OneKeyMoreThanTheLimitIsRefused) {
  const auto head = must(make_head(raw_master()));
  KeyTable table;
  for (std::size_t i = 0; i < KeyStore::kKeysMax; ++i) {
    const KeyInfo info{.name = {"", fmt::format("{:06}", i)},
                       .algorithm = KeyAlgorithm::kAes256Gcm};
    table[info.name] = {must(SealedKey::seal(info, Bytes(32), head.data_key))};
  }
  const auto content = content_of(must(write_key_file(head, 1, table)));
  auto store = must(KeyStore::open(storage_of(content), raw_master()));
  const auto writes = content->writes;
  const auto refused = store.add({"", "one more"}, aes_key(), {});
  EXPECT_TRUE(fails_with(refused, ErrorCode::kInvalidLimit));
  EXPECT_EQ(content->writes, writes);
  must(store.remove({"", "000000"}));
  must(store.add({"", "one more"}, aes_key(), {}));
}

TEST(KeyUses, HaveNames) {
  EXPECT_EQ(names_of(kSignVerify | KeyUse::kExport),
            (std::vector<std::string_view>{"sign", "verify", "export"}));
  for (const std::string_view name : {"sign", "verify", "decrypt", "encrypt", "wrap", "export"}) {
    EXPECT_EQ(names_of(find_key_use(name).value()), std::vector{name});
  }
  EXPECT_FALSE(find_key_use("Sign"));
}

/// Secrets are in the file and in its errors only sealed.
TEST(KeyStoreSecrets, AreNotInTheFile) {
  const auto content = std::make_shared<Content>();
  auto store = must(KeyStore::create(storage_of(content), raw_master()));
  must(store.generate({"", "k"}, KeyAlgorithm::kEd25519MlDsa65, {}));
  const SecretBytes secret = must(store.find({"", "k"}))->key.to_raw();
  const Bytes& file = *content->bytes;
  for (std::size_t at = 0; at + 16 <= secret.size(); ++at) {
    const auto window = secret.view().subspan(at, 16);
    EXPECT_EQ(std::search(file.begin(), file.end(), window.begin(), window.end()), file.end());
  }
}

}  // namespace
}  // namespace synapsed::crypto
