#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "crypto/key_file_format.hpp"
#include "tests/unit/crypto/key_file_fixture.hpp"

namespace synapsed::crypto {
namespace {

using namespace test;  // the fixture's

constexpr std::size_t kDescribedBytes = 31;
constexpr std::size_t kHeadBytes = kDescribedBytes + kDataKeyBytes + kSealBytes;

/// A file of two keys.
Bytes small_file(int master = 1) {
  const auto content = std::make_shared<Content>();
  auto store = must(KeyStore::create(storage_of(content), raw_master(master)));
  must(store.add({"alice", "one"}, aes_key(1), {kSeal, {"vault"}}));
  must(store.add({"", "two"}, aes_key(2), {}));
  return *content->bytes;
}

Result<KeyStore> open_bytes(Bytes bytes, const MasterKey& master = raw_master()) {
  return KeyStore::open(storage_of(content_of(std::move(bytes))), master);
}

/// As somebody without the keys can: what is left of a changed file has the right digest.
Bytes with_new_digest(Bytes file) {
  const auto parts = parse_key_file(file);
  if (!parts) return file;
  const Bytes digest = must(hash(HashAlgorithm::kSha256, parts->body));
  std::ranges::copy(digest, file.begin() + (parts->digest.data() - file.data()));
  return file;
}

/// Refused, with a place and a text.
::testing::AssertionResult is_refused(const Result<KeyStore>& store,
                                      bool may_be_master_key = false) {
  if (store) return ::testing::AssertionFailure() << "opened";
  const Error& error = store.error();
  const bool is_expected = error.code() == ErrorCode::kCryptoKeyFile ||
                           (may_be_master_key && error.code() == ErrorCode::kCryptoMasterKey);
  if (is_expected && error.where() == "memory" && !error.message().empty()) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << error.to_string();
}

Bytes with_number(Bytes file, std::size_t at, std::uint32_t number) {
  for (int i = 0; i < 4; ++i) {
    file[at + static_cast<std::size_t>(i)] = static_cast<std::byte>(number >> (24 - 8 * i));
  }
  return file;
}

TEST(KeyFileFormat, IsReadAndWrittenByteForByte) {
  const Bytes file = small_file();
  const auto parts = must(parse_key_file(file));
  EXPECT_EQ(parts.generation, 3U);
  EXPECT_EQ(parts.records.size(), 2U);
  EXPECT_EQ(parts.head.size(), kHeadBytes);
  EXPECT_EQ(write_description(parts.master), Bytes(file.begin(), file.begin() + kDescribedBytes));
  const Bytes body = write_body(parts.head, parts.generation, parts.records);
  EXPECT_TRUE(std::ranges::equal(body, parts.body));
}

TEST(KeyFileFormat, ARecordIsReadAndWrittenByteForByte) {
  const KeyInfo info{.name = {"älice", "signing key"},
                     .algorithm = KeyAlgorithm::kMlDsa65,
                     .policy = {KeyUse::kSign | KeyUse::kExport, {"notary", "*"}},
                     .version = 7,
                     .created_at = std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000))};
  const Bytes secret(32, std::byte{9});
  const SecretBytes written = write_record(info, secret);
  const KeyRecord read = must(parse_record(written.view()));
  EXPECT_EQ(read.info.name, info.name);
  EXPECT_EQ(read.info.policy, info.policy);
  EXPECT_EQ(read.info.version, 7U);
  EXPECT_EQ(read.info.created_at, info.created_at);
  EXPECT_TRUE(std::ranges::equal(read.secret, secret));
  EXPECT_TRUE(write_record(read.info, read.secret) == written);
  for (std::size_t length = 0; length < written.size(); ++length) {
    EXPECT_TRUE(fails_with(parse_record(written.view().first(length)), ErrorCode::kCryptoKeyFile));
  }
}

TEST(KeyFile, IsRefusedWithAnySingleBitChanged) {
  const Bytes file = small_file();
  must(open_bytes(file));
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (const std::byte flip : {std::byte{0x01}, std::byte{0x80}, std::byte{0xff}}) {
      Bytes changed = file;
      changed[at] ^= flip;
      ASSERT_TRUE(is_refused(open_bytes(changed))) << at;
    }
  }
}

TEST(KeyFile, IsRefusedWithAnySingleByteChangedAndTheDigestMadeAnew) {
  const Bytes file = small_file();
  for (std::size_t at = 0; at < file.size(); ++at) {
    Bytes changed = file;
    changed[at] ^= std::byte{0x01};
    ASSERT_TRUE(is_refused(open_bytes(with_new_digest(changed)), at < kHeadBytes) ||
                with_new_digest(changed) == file)
        << at;
  }
}

TEST(KeyFile, IsRefusedWhenItsEndIsMissing) {
  const Bytes file = small_file();
  for (std::size_t length = 0; length < file.size(); ++length) {
    ASSERT_TRUE(is_refused(
        open_bytes(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length)))))
        << length;
  }
  Bytes longer = file;
  longer.push_back(std::byte{0});
  EXPECT_TRUE(is_refused(open_bytes(longer)));
}

TEST(KeyFile, ATornFileOfTwoGenerationsIsRefused) {
  const auto content = std::make_shared<Content>();
  auto store = must(KeyStore::create(storage_of(content), raw_master()));
  must(store.add({"", "one"}, aes_key(1), {}));
  const Bytes before = *content->bytes;
  must(store.set_policy({"", "one"}, {kSeal, {}}));
  const Bytes after = *content->bytes;
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t cut = 1; cut < before.size(); ++cut) {
    Bytes torn = after;
    std::copy_n(before.begin(), cut, torn.begin());
    if (torn == before || torn == after) continue;
    ASSERT_TRUE(is_refused(open_bytes(torn))) << cut;
  }
}

TEST(KeyFile, RecordsCannotBeSwappedDroppedOrRepeated) {
  const Bytes file = small_file();
  const auto parts = must(parse_key_file(file));
  const auto with_records = [&](const std::vector<ByteSpan>& records) {
    Bytes changed = write_body(parts.head, parts.generation, records);
    changed.insert(changed.end(), file.end() - 60, file.end());
    return with_new_digest(changed);
  };
  const auto& records = parts.records;
  must(open_bytes(with_records(records)));
  EXPECT_TRUE(is_refused(open_bytes(with_records({records[1], records[0]}))));
  EXPECT_TRUE(is_refused(open_bytes(with_records({records[0]}))));
  EXPECT_TRUE(is_refused(open_bytes(with_records({}))));
  EXPECT_TRUE(is_refused(open_bytes(with_records({records[0], records[0]}))));
}

TEST(KeyFile, RecordsOfAnotherFileUnderTheSameMasterKeyAreRefused) {
  const Bytes file = small_file();
  const Bytes other = small_file();
  EXPECT_NE(file, other);
  const auto parts = must(parse_key_file(file));
  const auto foreign = must(parse_key_file(other));
  for (const bool takes_end : {false, true}) {
    Bytes mixed = write_body(parts.head, parts.generation, foreign.records);
    const Bytes& end = takes_end ? other : file;
    mixed.insert(mixed.end(), end.end() - 60, end.end());
    EXPECT_TRUE(is_refused(open_bytes(with_new_digest(mixed))));
  }
}

TEST(KeyFile, AWrongMasterKeyIsToldFromADamagedFile) {
  const auto wrong = open_bytes(small_file(), raw_master(2));
  EXPECT_TRUE(fails_with(wrong, ErrorCode::kCryptoMasterKey));
  EXPECT_EQ(wrong.error().where(), "memory");
  Bytes damaged = small_file();
  damaged[kHeadBytes - 1] ^= std::byte{1};  // of the sealed data key
  EXPECT_TRUE(fails_with(open_bytes(damaged), ErrorCode::kCryptoKeyFile));
  EXPECT_TRUE(fails_with(open_bytes(damaged, raw_master(2)), ErrorCode::kCryptoKeyFile));
}

TEST(KeyFile, WhatIsNoneAndWhatIsNewerIsSaid) {
  EXPECT_TRUE(is_refused(open_bytes({})));
  const auto none = open_bytes(Bytes(1000, std::byte{'x'}));
  EXPECT_TRUE(is_refused(none));
  EXPECT_EQ(none.error().message(), "it is no key file");
  Bytes newer = small_file();
  newer[4] = std::byte{2};
  const auto refused = open_bytes(newer);
  EXPECT_TRUE(is_refused(refused));
  EXPECT_NE(refused.error().message().find("version 2"), std::string::npos);
}

TEST(KeyFile, AHostileFileCannotAskForMoreWorkThanTheLimit) {
  const auto content = std::make_shared<Content>();
  const auto secret = [] { return MasterKey::passphrase("x", kQuick); };
  must(KeyStore::create(storage_of(content), secret()));
  const Bytes file = *content->bytes;
  // Memory, passes, lanes.
  for (const auto& [at, number] : {std::pair{6U, kArgon2MemoryKibMax + 1},
                                   {6U, 0xffffffffU},
                                   {6U, 31U},
                                   {10U, kArgon2PassesMost + 1},
                                   {10U, 0U}}) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(is_refused(open_bytes(with_new_digest(with_number(file, at, number)), secret())));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(50));
  }
  Bytes lanes = file;
  lanes[14] = std::byte{17};
  EXPECT_TRUE(is_refused(open_bytes(lanes, secret())));
}

TEST(KeyFile, CountsAndLengthsBeyondTheFileAreRefused) {
  const Bytes file = small_file();
  const std::size_t count_at = kHeadBytes + 8;
  for (const std::uint32_t count : {3U, 100'000U, 100'001U, 0xffffffffU}) {
    EXPECT_TRUE(is_refused(open_bytes(with_number(file, count_at, count))));
  }
  for (const std::uint32_t length : {0U, 27U, 0xffffffffU}) {
    EXPECT_TRUE(is_refused(open_bytes(with_number(file, count_at + 4, length))));
  }
}

// --- As a storage. ---

class KeyFileStorage : public InFolder {};

TEST_F(KeyFileStorage, IsForItsOwnerAlone) {
  const mode_t mask = ::umask(0);
  const auto storage = key_file(path("a"));
  EXPECT_FALSE(must(storage->read()));
  EXPECT_EQ(must(storage->stamp()), KeyStorageStamp{});
  must(storage->lock());
  must(storage->write(as_bytes("hello")));
  storage->unlock();
  ::umask(mask);
  EXPECT_EQ(as_text(*must(storage->read())), "hello");
  EXPECT_EQ(mode_of(path("a")), 0600U);
  EXPECT_EQ(mode_of(path("a.lock")), 0600U);
  EXPECT_FALSE(std::filesystem::exists(path("a.new")));
}

TEST_F(KeyFileStorage, EveryWriteHasAnotherStamp) {
  const auto storage = key_file(path("a"));
  std::vector<KeyStorageStamp> stamps;
  for (int i = 0; i < 200; ++i) {
    must(storage->write(as_bytes(i % 2 == 0 ? "one" : "two")));
    stamps.push_back(must(storage->stamp()));
  }
  std::ranges::sort(stamps);
  EXPECT_EQ(std::ranges::adjacent_find(stamps), stamps.end());
}

TEST_F(KeyFileStorage, WhatAKilledProcessLeftIsNoObstacle) {
  must(write_file_atomically(path("a.new"), as_bytes("half")));
  const auto storage = key_file(path("a"));
  must(storage->write(as_bytes("whole")));
  EXPECT_EQ(as_text(*must(storage->read())), "whole");
  EXPECT_FALSE(std::filesystem::exists(path("a.new")));
}

TEST_F(KeyFileStorage, ASymbolicLinkStaysOne) {
  must(key_file(path("a"))->write(as_bytes("old")));
  std::filesystem::create_symlink(path("a"), path("link"));
  must(key_file(path("link"))->write(as_bytes("new")));
  EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
  EXPECT_EQ(as_text(*must(key_file(path("a"))->read())), "new");
}

TEST_F(KeyFileStorage, FailuresSayWhere) {
  EXPECT_TRUE(fails_with(key_file(folder_.string())->read(), ErrorCode::kCryptoKeyFile));
  const auto nowhere = key_file(path("no/where"))->write({});
  EXPECT_TRUE(fails_with(nowhere, ErrorCode::kIo));
  EXPECT_EQ(nowhere.error().where(), path("no/where"));
  EXPECT_TRUE(fails_with(key_file(path("no/where"))->lock(), ErrorCode::kIo));
  EXPECT_TRUE(fails_with(KeyStore::open(path("missing"), raw_master()), ErrorCode::kCryptoKeyFile));
}

TEST_F(KeyFileStorage, ALockKeepsOthersOut) {
  const auto one = key_file(path("a"));
  const auto two = key_file(path("a"));
  must(one->lock());
  std::atomic<bool> is_released = false;
  std::thread other([&] {
    must(two->lock());
    EXPECT_TRUE(is_released);
    two->unlock();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  is_released = true;
  one->unlock();
  other.join();
}

}  // namespace
}  // namespace synapsed::crypto
