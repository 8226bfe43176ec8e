// Values that are encrypted at rest, and keys that rest in storage.

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <synapsed/sealed_storage.hpp>

#include "tests/integration/storage/storages.hpp"

namespace synapsed::storage::test {
namespace {

using crypto::KeyAlgorithm;
using crypto::KeyStore;
using crypto::KeyUse;
using crypto::MasterKey;

const SpaceName kNotes{.tenant = "alice", .module = "notes"};
constexpr std::string_view kSecret = "nobody may read this in a file";

std::shared_ptr<KeyStore> keys_in_memory() {
  return std::make_shared<KeyStore>(KeyStore::in_memory());
}

MasterKey master_key(std::byte fill = std::byte{7}) {
  return must(MasterKey::from_bytes(Bytes(32, fill)));
}

class SealedTest : public OnStorage {
 protected:
  [[nodiscard]] Storage open_sealed(std::shared_ptr<KeyStore> keys) const {
    StorageOptions options;
    options.cipher = seal_values(std::move(keys));
    return open(std::move(options));
  }
};
INSTANTIATE_TEST_SUITE_P(Storage, SealedTest, every_kind(), param_name);

TEST_P(SealedTest, WhatIsSealedIsRead) {
  Storage storage = open_sealed(keys_in_memory());
  must(storage.set("key", kSecret, kNotes));
  must(storage.set("empty", "", kNotes));
  EXPECT_EQ(value_of(storage.get("key", kNotes)), kSecret);
  EXPECT_EQ(value_of(storage.get("empty", kNotes)), "");
  Transaction transaction = storage.begin();
  Space space = transaction.space(kNotes);
  EXPECT_EQ(must(space.length("key")), kSecret.size());
  must(space.add("count", 3));
  must(space.add("count", 4));
  auto blob = must(space.write_blob("blob"));
  must(blob.write(std::string(150'000, 'b')));
  must(blob.finish());
  const auto cursor = must(space.scan({.range = KeyRange::prefix("key")}));
  EXPECT_TRUE(must(cursor->next()));
  EXPECT_EQ(text_of(cursor->value()), kSecret);
  must(transaction.commit());
  const Transaction later = storage.begin();
  Space stored = later.space(kNotes);
  EXPECT_EQ(must(stored.increment("count", 0)), 7);
  EXPECT_EQ(value_of(stored.get("blob")), std::string(150'000, 'b'));
  EXPECT_EQ(must(storage.verify()).keys, 4u);
}

TEST_P(SealedTest, WithoutItsKeyNothingIsRead) {
  if (is_memory()) GTEST_SKIP() << "nobody else has a storage in memory";
  must(open_sealed(keys_in_memory()).set("key", kSecret, kNotes));
  EXPECT_TRUE(fails_with(open().get("key", kNotes), ErrorCode::kStorageSealed));
  EXPECT_FALSE(open_sealed(keys_in_memory()).get("key", kNotes));
}

TEST_P(SealedTest, AValueOpensInItsPlaceAlone) {
  if (is_memory()) GTEST_SKIP() << "nobody else has a storage in memory";
  const auto keys = keys_in_memory();
  must(open_sealed(keys).set("a", kSecret, kNotes));
  {
    const auto backend = must(open_backend(options()));
    const auto writer = must(backend->write());
    const auto cursor = must(writer->scan(KeyRange::prefix("\x04"), Direction::kForward));
    ASSERT_TRUE(must(cursor->next()));
    Bytes moved(cursor->key().begin(), cursor->key().end());
    moved.back() = std::byte{'b'};
    Bytes flipped(cursor->value().begin(), cursor->value().end());
    flipped.back() ^= std::byte{1};
    const Bytes place(cursor->key().begin(), cursor->key().end());
    const Bytes value(cursor->value().begin(), cursor->value().end());
    const std::vector<BackendChange> changes{{.key = place, .value = flipped},
                                             {.key = moved, .value = value}};
    must(writer->apply(changes));
    must(writer->commit());
  }
  Storage storage = open_sealed(keys);
  EXPECT_TRUE(fails_with(storage.get("a", kNotes), ErrorCode::kStorageSealed));
  EXPECT_TRUE(fails_with(storage.get("b", kNotes), ErrorCode::kStorageSealed));
}

TEST_P(SealedTest, NewValuesAreSealedUnderTheNewKeyAndOldOnesToo) {
  const auto keys = keys_in_memory();
  Storage storage = open_sealed(keys);
  must(storage.set("key", kSecret, kNotes));
  for (int i = 0; i < 250; ++i) must(storage.set("note" + std::to_string(i), kSecret, kNotes));
  must(storage.set("other", "1", {.tenant = "bob", .module = "notes"}));
  const SealingReport report = must(rotate_data_key(storage, *keys, "alice"));
  EXPECT_EQ(report.keys, 251u);
  EXPECT_EQ(report.spaces, 1u);
  EXPECT_EQ(value_of(storage.get("key", kNotes)), kSecret);
  EXPECT_EQ(value_of(storage.get("note249", kNotes)), kSecret);
}

TEST_P(SealedTest, WhatWasWrittenBeforeIsSealedWhenItIsWrittenAgain) {
  if (is_memory()) GTEST_SKIP() << "nobody else has a storage in memory";
  must(open().set("key", kSecret, kNotes));
  Storage storage = open_sealed(keys_in_memory());
  EXPECT_EQ(value_of(storage.get("key", kNotes)), kSecret);
  EXPECT_EQ(must(seal_again(storage, "alice")).keys, 1u);
  EXPECT_EQ(value_of(storage.get("key", kNotes)), kSecret);
  EXPECT_TRUE(fails_with(open().get("key", kNotes), ErrorCode::kStorageSealed));
}

TEST_P(SealedTest, RotationUnderLoadLosesNothing) {
  const auto keys = keys_in_memory();
  Storage storage = open_sealed(keys);
  constexpr int kThreads = 2;
  std::atomic<bool> is_over = false;
  std::vector<int> written(kThreads);
  for (int i = 0; i < 200; ++i) must(storage.set("note" + std::to_string(i), "0", kNotes));
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      while (!is_over) {
        const int number = ++written[static_cast<std::size_t>(thread)];
        const int note = 2 * (number % 100) + thread;
        must(storage.set("note" + std::to_string(note), std::to_string(number), kNotes));
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
  }
  for (int i = 0; i < 3; ++i) must(rotate_data_key(storage, *keys, "alice"));
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  for (int thread = 0; thread < kThreads; ++thread) {
    const int last = written[static_cast<std::size_t>(thread)];
    for (int number = std::max(1, last - 99); number <= last; ++number) {
      const std::string key = "note" + std::to_string(2 * (number % 100) + thread);
      EXPECT_EQ(value_of(storage.get(key, kNotes)), std::to_string(number));
    }
  }
  EXPECT_EQ(must(storage.verify()).keys, 200u);
}

TEST_P(SealedTest, KeysRestInStorage) {
  const auto storage = std::make_shared<Storage>(open());
  const crypto::KeyName name{.tenant = "alice", .name = "signing"};
  {
    KeyStore keys = must(KeyStore::create(keys_in(storage), master_key()));
    must(keys.generate(name, KeyAlgorithm::kEd25519, {.uses = KeyUse::kSign, .modules = {"notary"}}));
  }
  EXPECT_TRUE(fails_with(KeyStore::create(keys_in(storage), master_key()),
                         ErrorCode::kCryptoKeyExists));
  EXPECT_TRUE(fails_with(KeyStore::open(keys_in(storage), master_key(std::byte{8})),
                         ErrorCode::kCryptoMasterKey));
  KeyStore keys = must(KeyStore::open(keys_in(storage), master_key()));
  KeyStore others = must(KeyStore::open(keys_in(storage), master_key()));
  EXPECT_EQ(must(keys.find(name))->info.algorithm, KeyAlgorithm::kEd25519);
  must(others.rotate(name));
  EXPECT_EQ(must(keys.find(name))->info.version, 2u);
  EXPECT_EQ(must(keys.check()), 2u);
}

TEST_P(SealedTest, KeysThatSeveralChangeAreNotLost) {
  const auto storage = std::make_shared<Storage>(open());
  must(KeyStore::create(keys_in(storage), master_key()));
  constexpr int kEach = 10;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&, thread] {
      KeyStore keys = must(KeyStore::open(keys_in(storage), master_key()));
      for (int i = 0; i < kEach; ++i) {
        must(keys.generate({.tenant = std::to_string(thread), .name = std::to_string(i)},
                           KeyAlgorithm::kAes256Gcm, {.uses = KeyUse::kEncrypt, .modules = {}}));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(must(must(KeyStore::open(keys_in(storage), master_key())).check()), 2u * kEach);
}

/// Of the files of SQLite, with its log.
TEST(SealedFiles, HoldNoPlaintext) {
  const Folder folder;
  const auto read_all = [&] {
    std::string all;
    for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
      std::ifstream stream(file.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(stream), {});
    }
    return all;
  };
  const auto write = [&](std::shared_ptr<ValueCipher> cipher) {
    Storage storage = must(Storage::open(
        {.url = "sqlite:" + folder.file("test.db"), .cipher = std::move(cipher)}));
    must(storage.set("key", kSecret, kNotes));
    Transaction transaction = storage.begin();
    Space space = transaction.space(kNotes);
    auto blob = must(space.write_blob("blob"));
    for (int i = 0; i < 5000; ++i) must(blob.write(kSecret));
    must(blob.finish());
    must(transaction.commit());
    must(storage.backup(folder.file("backup")));
    return read_all();
  };
  EXPECT_EQ(write(seal_values(keys_in_memory())).find(kSecret.substr(0, 16)), std::string::npos);
  EXPECT_NE(write(nullptr).find(kSecret), std::string::npos);  // it finds what is there
}

}  // namespace
}  // namespace synapsed::storage::test
