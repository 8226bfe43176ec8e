// Backups, and what is checked of them.

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <gmock/gmock.h>

#include "tests/integration/storage/storages.hpp"
#include "tests/support/random.hpp"

namespace synapsed::storage::test {
namespace {

const SpaceName kNotes{.tenant = "alice", .module = "notes"};

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// Some of everything.
void fill(Storage& storage) {
  must(storage.set("key", "value"));
  for (int i = 0; i < 100; ++i) {
    must(storage.set("note" + std::to_string(i), std::string(1000, 'n'), kNotes));
  }
  must(storage.transact([](Transaction& transaction) -> Result<void> {
    Space space = transaction.space(kNotes);
    must(space.add("count", 5));
    auto blob = must(space.write_blob("blob"));
    must(blob.write(std::string(600'000, 'b')));
    return blob.finish();
  }));
  must(storage.remove("note7", kNotes));
}

class BackupTest : public OnStorage {
 protected:
  [[nodiscard]] std::string backup_path() const { return place_->folder().file("backup"); }
};
INSTANTIATE_TEST_SUITE_P(Storage, BackupTest, every_kind(), param_name);

TEST_P(BackupTest, WhatIsRestoredIsWhatWasThere) {
  Storage storage = open();
  fill(storage);
  const StorageReport report = must(storage.backup(backup_path()));
  EXPECT_EQ(report.keys, 102u);
  EXPECT_EQ(report.spaces, 2u);
  EXPECT_EQ(must(verify_backup(backup_path())).keys, report.keys);

  Storage restored;
  EXPECT_EQ(must(restored.restore(backup_path())).keys, report.keys);
  EXPECT_EQ(value_of(restored.get("key")), "value");
  const Transaction transaction = restored.begin();
  EXPECT_EQ(must(transaction.space(kNotes).length("blob")), 600'000u);
  EXPECT_EQ(must(restored.usage(kNotes)), must(storage.usage(kNotes)));
  EXPECT_EQ(must(restored.version()), must(storage.version()));
  EXPECT_EQ(must(restored.verify()).bytes, report.bytes);
  must(restored.set("key", "later"));
}

TEST_P(BackupTest, AnyBackendRestoresThoseOfOthers) {
  const std::string path = backup_path();
  {
    Storage memory;
    fill(memory);
    must(memory.backup(path));
  }
  Storage storage = open();
  must(storage.restore(path));
  EXPECT_EQ(must(storage.verify()).keys, 102u);
  EXPECT_TRUE(fails_with(storage.restore(path), ErrorCode::kStorageInvalidArgument));
}

/// Accounts that hold the same together at every moment, and two keys that are changed together.
TEST_P(BackupTest, ABackupUnderLoadIsOfOneMoment) {
  Storage storage = open();
  Batch batch;
  for (int i = 0; i < 10; ++i) must(batch.add("account" + std::to_string(i), 100));
  must(storage.write(batch));
  std::atomic<bool> is_over = false;
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 0; seed < 2; ++seed) {
    threads.emplace_back([&, seed] {
      synapsed::test::Random random(seed);
      while (!is_over) {
        must(storage.transact([&](Transaction& transaction) -> Result<void> {
          Space space = transaction.space();
          const auto amount = static_cast<std::int64_t>(random.below(50));
          must(space.add("account" + std::to_string(random.below(10)), amount));
          return space.add("account" + std::to_string(random.below(10)), -amount);
        }));
      }
    });
  }
  for (int i = 0; i < 5; ++i) {
    must(storage.backup(backup_path()));
    Storage restored;
    must(restored.restore(backup_path()));
    const Transaction transaction = restored.begin();
    Space space = transaction.space();
    std::int64_t sum = 0;
    for (int j = 0; j < 10; ++j) sum += must(space.increment("account" + std::to_string(j), 0));
    EXPECT_EQ(sum, 1000);
  }
  is_over = true;
  for (std::thread& thread : threads) thread.join();
}

TEST(BackupFile, WhatIsNotWhatWasWrittenIsRefusedWhole) {
  const Folder folder;
  const std::string path = folder.file("backup");
  {
    Storage storage;
    fill(storage);
    must(storage.backup(path));
  }
  const std::string text = read_text(path);
  synapsed::test::Random random(3);
  const auto refused = [&](const std::string& changed) {
    write_text(path, changed);
    Storage storage;
    const auto restored = storage.restore(path);
    EXPECT_FALSE(restored);
    EXPECT_EQ(must(storage.version()), 0u);
    EXPECT_THAT(must(storage.spaces()), ::testing::IsEmpty());
    return restored ? ErrorCode::kIo : restored.error().code();
  };
  for (const std::size_t bytes : {0uz, 3uz, 5uz, 9uz, 100uz, text.size() / 2, text.size() - 1}) {
    EXPECT_EQ(refused(text.substr(0, bytes)), ErrorCode::kStorageCorrupt) << bytes;
  }
  for (int i = 0; i < 30; ++i) {
    std::string changed = text;
    changed[5 + random.below(text.size() - 5)] ^= static_cast<char>(1 << random.below(8));
    EXPECT_EQ(refused(changed), ErrorCode::kStorageCorrupt) << i;
  }
  EXPECT_EQ(refused(text + "x"), ErrorCode::kStorageCorrupt);
  std::string newer = text;
  newer[4] = 2;
  EXPECT_EQ(refused(newer), ErrorCode::kStorageSchema);
  EXPECT_EQ(refused("something else"), ErrorCode::kStorageCorrupt);
}

TEST(BackupFile, OneThatCannotBeWrittenLeavesNothing) {
  const Folder folder;
  Storage storage;
  fill(storage);
  EXPECT_TRUE(fails_with(storage.backup(folder.file("none/backup")), ErrorCode::kIo));
  EXPECT_TRUE(fails_with(verify_backup(folder.file("backup")), ErrorCode::kLoadUnreadable));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

/// Damage that the backend cannot see, as it is in what the storage made of it.
TEST(Verify, FindsWhatIsMiscounted) {
  const Folder folder;
  const StorageOptions options{.url = "sqlite:" + folder.file("test.db")};
  {
    Storage storage = must(Storage::open(options));
    fill(storage);
    EXPECT_EQ(must(storage.verify()).spaces, 2u);
  }
  {
    const auto backend = must(open_backend(options));
    const auto writer = must(backend->write());
    const auto cursor = must(writer->scan(KeyRange::prefix("\x05"), Direction::kForward));
    ASSERT_TRUE(must(cursor->next()));
    const Bytes piece(cursor->key().begin(), cursor->key().end());
    const BackendChange change{.key = piece, .value = std::nullopt};
    must(writer->apply({&change, 1}));
    must(writer->commit());
  }
  Storage storage = must(Storage::open(options));
  EXPECT_TRUE(fails_with(storage.verify(), ErrorCode::kStorageCorrupt));
  EXPECT_TRUE(fails_with(storage.backup(folder.file("backup")), ErrorCode::kStorageCorrupt));
  EXPECT_FALSE(std::filesystem::exists(folder.file("backup")));
}

}  // namespace
}  // namespace synapsed::storage::test
