// What befalls a storage from outside: damage, full disks, files that may not be written, servers that
// die in the middle of a commit. Each is told by its one error, and nothing is lost.

#include <grp.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "base/files.hpp"
#include "base/try.hpp"
#include "tests/integration/storage/entries.hpp"
#include "tests/integration/storage/places.hpp"

namespace synapsed::storage::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr std::uintmax_t kFileBytesMax = std::uintmax_t{1} << 30;

std::optional<std::string> get(Storage& storage, const std::string& key) {
  const auto value = must(storage.get(key));
  if (!value) return std::nullopt;
  return std::string(as_text(*value));
}

/// Everything of the space without names, or why not.
Result<int> read_all(Storage& storage) {
  auto transaction = storage.begin({.read_only = true});
  const auto cursor = TRY(transaction.space().scan());
  int count = 0;
  while (TRY(cursor->next())) ++count;
  return count;
}

/// Commits until it fails; how many did not.
int fill(Storage& storage, std::optional<ErrorCode>& failure) {
  const std::string value(20'000, 'x');
  for (int number = 0; number < 10'000; ++number) {
    if (const auto set = storage.set(fmt::format("{:06}", number), value); !set) {
      failure = set.error().code();
      return number;
    }
  }
  return 10'000;
}

/// A small disk, where this process may make one.
class SmallDisk {
 public:
  explicit SmallDisk(const char* size) {
    const std::string options = fmt::format("size={},mode=0777", size);
    is_there_ = ::mount("tmpfs", path().c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  ~SmallDisk() {
    if (is_there_) ::umount2(path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  [[nodiscard]] bool is_there() const { return is_there_; }
  [[nodiscard]] std::string path() const { return folder_.path().string(); }

 private:
  Folder folder_;
  bool is_there_ = false;
};

// --- Files ---

class FileFaults : public ::testing::Test {
 protected:
  [[nodiscard]] StorageOptions options() const {
    StorageOptions options;
    options.url = "sqlite:" + file();
    options.busy_timeout = milliseconds(200);
    return options;
  }
  [[nodiscard]] std::string file() const { return folder_.file("test.db"); }
  void write_file(const std::string& text) const { std::ofstream(file()) << text; }
  [[nodiscard]] Bytes content() const { return must(read_file(file(), kFileBytesMax)); }
  void run_sql(const char* sql) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sql;
    sqlite3_close(database);
  }
  void make(int entries) const {
    auto storage = must(Storage::open(options()));
    Batch batch;
    for (int i = 0; i < entries; ++i) {
      must(batch.set(fmt::format("{:06}", i), std::string(500, 'x')));
    }
    must(storage.write(batch));
  }

  Folder folder_;
};

TEST_F(FileFaults, AFileThatIsNoDatabaseIsCorruptAndLeftAlone) {
  write_file(std::string(5000, 'x'));
  const Bytes before = content();
  EXPECT_TRUE(fails_with(Storage::open(options()), ErrorCode::kStorageCorrupt));
  EXPECT_TRUE(content() == before);
}

TEST_F(FileFaults, ADatabaseOfOthersIsRefusedAndLeftAlone) {
  run_sql("CREATE TABLE notes (text)");
  const Bytes before = content();
  EXPECT_TRUE(fails_with(Storage::open(options()), ErrorCode::kStorageInvalidArgument));
  EXPECT_TRUE(content() == before);
}

TEST_F(FileFaults, ANewerSchemaIsRefusedAndLeftAlone) {
  make(10);
  run_sql("PRAGMA user_version = 1000");
  const Bytes before = content();
  auto reading = options();
  reading.read_only = true;
  EXPECT_TRUE(fails_with(Storage::open(options()), ErrorCode::kStorageSchema));
  EXPECT_TRUE(fails_with(Storage::open(reading), ErrorCode::kStorageSchema));
  EXPECT_TRUE(content() == before);
}

TEST_F(FileFaults, APlaceWhereNoFileCanBeIsUnavailable) {
  auto elsewhere = options();
  elsewhere.url = "sqlite:" + folder_.file("missing/test.db");
  EXPECT_TRUE(fails_with(Storage::open(elsewhere), ErrorCode::kStorageUnavailable));
  elsewhere.url = "sqlite:" + folder_.path().string();
  EXPECT_TRUE(fails_with(Storage::open(elsewhere), ErrorCode::kStorageUnavailable));
}

TEST_F(FileFaults, DamageIsTold) {
  make(5000);
  std::minstd_rand random(1);
  const auto size = static_cast<std::streamoff>(fs::file_size(file()));
  {
    std::fstream damaged(file(), std::ios::in | std::ios::out | std::ios::binary);
    for (std::streamoff at = 2 * 4096; at + 4096 < size; at += 4096) {
      damaged.seekp(at);
      for (int i = 0; i < 64; ++i) damaged.put(static_cast<char>(random() >> 8U));
    }
  }
  const auto read = [&]() -> Result<int> {
    auto storage = TRY(Storage::open(options()));
    return read_all(storage);
  };
  EXPECT_TRUE(fails_with(read(), ErrorCode::kStorageCorrupt));
  const auto verify = [&]() -> Result<StorageReport> {
    auto storage = TRY(Storage::open(options()));
    return storage.verify();
  };
  EXPECT_TRUE(fails_with(verify(), ErrorCode::kStorageCorrupt));
}

TEST_F(FileFaults, ATruncatedFileIsTold) {
  make(5000);
  fs::resize_file(file(), fs::file_size(file()) / 2);
  const auto read = [&]() -> Result<int> {
    auto storage = TRY(Storage::open(options()));
    return read_all(storage);
  };
  EXPECT_TRUE(fails_with(read(), ErrorCode::kStorageCorrupt));
}

TEST_F(FileFaults, AStorageThatAnotherProcessHoldsIsBusy) {
  auto storage = must(Storage::open(options()));
  must(storage.set("key", "before"));
  std::array<int, 2> told{};
  std::array<int, 2> end{};
  ASSERT_EQ(::pipe(told.data()) | ::pipe(end.data()), 0);
  const std::string path = file();
  const pid_t child = ::fork();
  if (child == 0) {
    sqlite3* database = nullptr;
    sqlite3_open(path.c_str(), &database);
    const bool is_held =
        sqlite3_exec(database, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK;
    char byte = is_held ? 1 : 0;
    if (::write(told[1], &byte, 1) != 1 || ::read(end[0], &byte, 1) != 1) ::_exit(1);
    ::_exit(0);
  }
  char is_held = 0;
  ASSERT_EQ(::read(told[0], &is_held, 1), 1);
  EXPECT_EQ(is_held, 1);
  EXPECT_TRUE(fails_with(storage.set("key", "after"), ErrorCode::kStorageBusy));
  EXPECT_EQ(get(storage, "key"), "before");
  EXPECT_EQ(::write(end[1], "", 1), 1);
  ::waitpid(child, nullptr, 0);
  must(storage.set("key", "after"));
  EXPECT_EQ(get(storage, "key"), "after");
  for (const int descriptor : {told[0], told[1], end[0], end[1]}) ::close(descriptor);
}

TEST_F(FileFaults, AFullDiskIsToldAndNothingIsLost) {
  const SmallDisk disk("3m");
  if (!disk.is_there()) GTEST_SKIP() << "this process may not mount a small disk";
  auto small = options();
  small.url = "sqlite:" + disk.path() + "/test.db";
  int made = 0;
  {
    auto storage = must(Storage::open(small));
    std::optional<ErrorCode> failure;
    made = fill(storage, failure);
    EXPECT_GT(made, 10);
    EXPECT_EQ(failure, ErrorCode::kStorageFull);
    EXPECT_EQ(read_all(storage), made);
    EXPECT_TRUE(fails_with(storage.set("more", std::string(500'000, 'x')),
                           ErrorCode::kStorageFull));
  }
  auto storage = must(Storage::open(small));
  EXPECT_EQ(read_all(storage), made);
  ASSERT_EQ(::mount(nullptr, disk.path().c_str(), nullptr, MS_REMOUNT, "size=20m"), 0);
  must(storage.set("more", std::string(500'000, 'x')));
  EXPECT_EQ(read_all(storage), made + 1);
}

/// In a process that may not do everything, as root may; the code of the error, or none.
std::optional<ErrorCode> error_as_nobody(const std::function<Result<void>()>& work) {
  constexpr int kNone = 255;
  constexpr ::gid_t kNobody = 65534;
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 &&
        (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) {
      ::_exit(kNone - 1);
    }
    const auto done = work();
    ::_exit(done ? kNone : static_cast<int>(done.error().code()));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNone) return std::nullopt;
  return static_cast<ErrorCode>(WEXITSTATUS(status));
}

class ReadOnlyFiles : public FileFaults {
 protected:
  /// Writing is told to be impossible, until it is allowed again. Whether it can be read meanwhile.
  void expect_read_only(mode_t file_mode, mode_t folder_mode,
                        std::optional<ErrorCode> of_reading = {}) {
    make(10);
    ASSERT_EQ(::chmod(file().c_str(), file_mode), 0);
    ASSERT_EQ(::chmod(folder_.path().c_str(), folder_mode), 0);
    const auto set = [&]() -> Result<void> {
      auto storage = TRY(Storage::open(options()));
      return storage.set("key", "value");
    };
    const auto read = [&]() -> Result<void> {
      auto reading = options();
      reading.read_only = true;
      auto storage = TRY(Storage::open(reading));
      const int count = TRY(read_all(storage));
      if (count == 10) return {};
      return std::unexpected(Error(ErrorCode::kIo, fmt::format("{} entries", count)));
    };
    EXPECT_EQ(error_as_nobody(set), ErrorCode::kStorageReadOnly);
    EXPECT_EQ(error_as_nobody(read), of_reading);
    ASSERT_EQ(::chmod(folder_.path().c_str(), 0777), 0);
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      ASSERT_EQ(::chmod(entry.path().c_str(), 0666), 0);
    }
    EXPECT_EQ(error_as_nobody(set), std::nullopt);
  }
};

TEST_F(ReadOnlyFiles, AFileThatMayNotBeWrittenIsReadOnly) { expect_read_only(0444, 0777); }
// Readers tell writers of themselves in a file beside, which SQLite makes unless it is there.
TEST_F(ReadOnlyFiles, AFolderThatMayNotBeWrittenIsReadOnly) {
  expect_read_only(0666, 0555, ErrorCode::kStorageReadOnly);
}
TEST_F(ReadOnlyFiles, BothThatMayNotBeWrittenAreReadOnly) {
  expect_read_only(0444, 0555, ErrorCode::kStorageReadOnly);
}

TEST_F(FileFaults, WhatMayNotBeReadIsUnavailable) {
  make(10);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0777), 0);
  ASSERT_EQ(::chmod(file().c_str(), 0000), 0);
  const auto open = [&]() -> Result<void> {
    TRY(Storage::open(options()));
    return {};
  };
  EXPECT_EQ(error_as_nobody(open), ErrorCode::kStorageUnavailable);
}

// --- Servers ---

#ifdef SYNAPSED_WITH_POSTGRESQL

using synapsed::test::PostgresServer;

class ServerFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    if (server_ == nullptr) GTEST_SKIP() << PostgresServer::why_missing();
    options_.url = server_->new_url();
    options_.busy_timeout = milliseconds(60'000);
  }
  std::string execute(const std::string& sql) { return server_->execute(options_.url, sql); }

  /// Commits are written but not acknowledged: they wait for a second server.
  void hold_commits() {
    execute("ALTER SYSTEM SET synchronous_standby_names = 'none'");
    execute("SELECT pg_reload_conf()");
    while (execute("SHOW synchronous_standby_names") != "none") pause();
  }
  /// As a setting of a server that is not running.
  void let_commits_go(const fs::path& data) const {
    std::ofstream(data / "postgresql.auto.conf", std::ios::trunc);
  }
  void wait_until_one_is_held() {
    while (execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == "0") {
      pause();
    }
  }
  static void pause() { std::this_thread::sleep_for(milliseconds(10)); }

  PostgresServer* const server_ = PostgresServer::shared();
  StorageOptions options_;
};

TEST_F(ServerFaults, ACommitThatWasMadeBeforeTheServerDiedSucceeds) {
  auto storage = must(Storage::open(options_));
  must(storage.set("key", "before"));
  const fs::path data = execute("SHOW data_directory");
  hold_commits();
  std::optional<Result<void>> committed;
  std::thread committing([&] {
    committed = storage.transact([](Transaction& transaction) -> Result<void> {
      auto space = transaction.space();
      TRY(space.add("count", 1));
      return space.set("key", "after");
    });
  });
  wait_until_one_is_held();
  server_->kill_now();
  let_commits_go(data);
  server_->start_again();
  committing.join();
  must(*committed);
  EXPECT_EQ(get(storage, "key"), "after");
  auto transaction = storage.begin();
  EXPECT_EQ(must(transaction.space().increment("count", 0)), 1) << "made more than once";
}

TEST_F(ServerFaults, ACommitWhoseConnectionIsCutSucceedsWhenItWasMade) {
  auto storage = must(Storage::open(options_));
  must(storage.set("key", "before"));
  const fs::path data = execute("SHOW data_directory");
  hold_commits();
  std::optional<Result<void>> committed;
  std::thread committing([&] { committed = storage.set("key", "after"); });
  wait_until_one_is_held();
  execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
  let_commits_go(data);
  execute("SELECT pg_reload_conf()");
  committing.join();
  must(*committed);
  EXPECT_EQ(get(storage, "key"), "after");
}

TEST_F(ServerFaults, ACommitThatWasNotMadeFailsAndLeavesNothing) {
  auto storage = must(Storage::open(options_));
  must(storage.set("key", "before"));
  auto transaction = storage.begin();
  auto space = transaction.space();
  must(space.set("key", "after"));
  EXPECT_EQ(must(space.length("other")), std::nullopt);
  // The commit is refused when it comes: its writing is cut.
  execute("CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
          "PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$; "
          "CREATE CONSTRAINT TRIGGER cut AFTER INSERT OR UPDATE ON synapsed_entries "
          "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut()");
  EXPECT_TRUE(fails_with(transaction.commit(), ErrorCode::kStorageUnavailable));
  execute("DROP TRIGGER cut ON synapsed_entries");
  EXPECT_EQ(get(storage, "key"), "before");
  must(storage.set("key", "later"));
}

TEST_F(ServerFaults, AFullDiskIsToldAndNothingIsLost) {
  const SmallDisk disk("6m");
  if (!disk.is_there()) GTEST_SKIP() << "this process may not mount a small disk";
  auto storage = must(Storage::open(options_));
  ASSERT_EQ(::chmod(fs::path(disk.path()).parent_path().c_str(), 01777) |
                ::mkdir((disk.path() + "/space").c_str(), 0777),
            0);
  const fs::path data = execute("SHOW data_directory");
  struct stat owner {};
  ASSERT_EQ(::stat(data.c_str(), &owner), 0);
  ASSERT_EQ(::chown((disk.path() + "/space").c_str(), owner.st_uid, owner.st_gid), 0);
  execute(fmt::format("CREATE TABLESPACE small LOCATION '{}/space'", disk.path()));
  execute("ALTER TABLE synapsed_entries SET TABLESPACE small");
  execute("ALTER TABLE synapsed_entries ALTER value SET STORAGE EXTERNAL");
  std::optional<ErrorCode> failure;
  const int made = fill(storage, failure);
  EXPECT_GT(made, 10);
  EXPECT_EQ(failure, ErrorCode::kStorageFull);
  EXPECT_EQ(read_all(storage), made);
  ASSERT_EQ(::mount(nullptr, disk.path().c_str(), nullptr, MS_REMOUNT, "size=40m"), 0);
  must(storage.set("more", std::string(500'000, 'x')));
  EXPECT_EQ(read_all(storage), made + 1);
  execute("DROP TABLE synapsed_entries");
  execute("DROP TABLESPACE small");
}

TEST_F(ServerFaults, ANewerSchemaIsRefused) {
  must(must(Storage::open(options_)).set("key", "value"));
  execute("UPDATE synapsed_schema SET version = 1000");
  EXPECT_TRUE(fails_with(Storage::open(options_), ErrorCode::kStorageSchema));
  execute("UPDATE synapsed_schema SET version = 1");
  auto storage = must(Storage::open(options_));
  EXPECT_EQ(get(storage, "key"), "value");
}

#endif

}  // namespace
}  // namespace synapsed::storage::test
