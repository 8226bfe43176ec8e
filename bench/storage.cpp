// What storage costs a guest, beside SQLite used directly, on files in the same directory, in the same
// run. Both write with a log and one fsync for each commit.
//
//     bench_storage [DIRECTORY [get|scan|transaction|execution|async]]
//
// DIRECTORY (default: the working directory) is on the disk that is measured.

#include <filesystem>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>
#include <synapsed/storage_host.hpp>
#include <synapsed/synapsed.hpp>

#include "bench/measure.hpp"
#include "bench/raw_engine.hpp"

namespace synapsed::bench {
namespace {

constexpr int kEntries = 100'000;
constexpr int kValueBytes = 100;
constexpr int kRows = 1000;
constexpr int kThreads = 8;

// Keys are "k" and a number of four bytes, large end first.
constexpr std::string_view kGuest = R"((module
  (import "synapsed:storage@1" "get" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "synapsed:storage@1" "set" (func $set (param i32 i32 i32 i32) (result i32)))
  (import "synapsed:storage@1" "scan" (func $scan (param i32 i32 i32 i32 i32 i64) (result i32)))
  (import "synapsed:storage@1" "scan_next" (func $scan_next (param i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func $key (param $n i32)
    (i32.store8 (i32.const 0) (i32.const 107))
    (i32.store8 (i32.const 1) (i32.shr_u (local.get $n) (i32.const 24)))
    (i32.store8 (i32.const 2) (i32.shr_u (local.get $n) (i32.const 16)))
    (i32.store8 (i32.const 3) (i32.shr_u (local.get $n) (i32.const 8)))
    (i32.store8 (i32.const 4) (local.get $n)))
  (func (export "gets") (param $n i32) (param $step i32) (result i32) (local $i i32) (local $bytes i32)
    (loop $l
      (call $key (i32.rem_u (i32.mul (local.get $i) (local.get $step)) (i32.const 100000)))
      (local.set $bytes (i32.add (local.get $bytes)
        (call $get (i32.const 0) (i32.const 5) (i32.const 1024) (i32.const 1024))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $bytes))
  (func (export "sets") (param $n i32) (param $from i32) (result i32) (local $i i32) (local $failed i32)
    (loop $l
      (call $key (i32.add (local.get $from) (local.get $i)))
      (local.set $failed (i32.or (local.get $failed)
        (call $set (i32.const 0) (i32.const 5) (i32.const 1024) (i32.const 100))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $failed))
  (func (export "scans") (result i32) (local $scan i32) (local $got i32) (local $at i32) (local $n i32)
    (local.set $scan (call $scan (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                                 (i32.const 0) (i64.const -1)))
    (block $end
      (loop $next
        (local.set $got (call $scan_next (local.get $scan) (i32.const 65536) (i32.const 65536)))
        (br_if $end (i32.le_s (local.get $got) (i32.const 0)))
        (local.set $at (i32.const 0))
        (loop $entry
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (local.set $at (i32.add (i32.add (local.get $at) (i32.const 8))
            (i32.add (i32.load (i32.add (i32.const 65536) (local.get $at)))
                     (i32.load offset=4 (i32.add (i32.const 65536) (local.get $at))))))
          (br_if $entry (i32.lt_u (local.get $at) (local.get $got))))
        (br $next)))
    (local.get $n))))";

void require(bool holds, std::string_view what) {
  if (holds) return;
  fmt::print(stderr, "{}\n", what);
  std::exit(1);
}

std::string key_of(std::uint32_t number) {
  return {'k', static_cast<char>(number >> 24), static_cast<char>(number >> 16),
          static_cast<char>(number >> 8), static_cast<char>(number)};
}

/// SQLite, as somebody would use it who has nothing else.
class Direct {
 public:
  explicit Direct(const std::string& path) {
    require(sqlite3_open(path.c_str(), &database_) == SQLITE_OK, "SQLite cannot open the file");
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = FULL");
    run("CREATE TABLE entries (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID");
    get_ = prepare("SELECT value FROM entries WHERE key = ?1");
    set_ = prepare("INSERT INTO entries VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value");
    scan_ = prepare("SELECT key, value FROM entries ORDER BY key");
  }
  ~Direct() {
    for (sqlite3_stmt* statement : {get_, set_, scan_}) sqlite3_finalize(statement);
    sqlite3_close(database_);
  }
  Direct(const Direct&) = delete;
  Direct& operator=(const Direct&) = delete;

  void run(const char* sql) {
    require(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql);
  }
  std::size_t get(const std::string& key, char* room) {
    bind(get_, 1, key);
    require(sqlite3_step(get_) == SQLITE_ROW, "a key is missing");
    const auto bytes = static_cast<std::size_t>(sqlite3_column_bytes(get_, 0));
    std::copy_n(static_cast<const char*>(sqlite3_column_blob(get_, 0)), bytes, room);
    sqlite3_reset(get_);
    return bytes;
  }
  void set(const std::string& key, const std::string& value) {
    bind(set_, 1, key);
    bind(set_, 2, value);
    require(sqlite3_step(set_) == SQLITE_DONE, "a row was not written");
    sqlite3_reset(set_);
  }
  int scan(char* room) {
    int entries = 0;
    while (sqlite3_step(scan_) == SQLITE_ROW) {
      const auto key = static_cast<std::size_t>(sqlite3_column_bytes(scan_, 0));
      const auto value = static_cast<std::size_t>(sqlite3_column_bytes(scan_, 1));
      std::copy_n(static_cast<const char*>(sqlite3_column_blob(scan_, 0)), key, room);
      std::copy_n(static_cast<const char*>(sqlite3_column_blob(scan_, 1)), value, room + key);
      ++entries;
    }
    sqlite3_reset(scan_);
    return entries;
  }

 private:
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    require(sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) == SQLITE_OK, sql);
    return statement;
  }
  static void bind(sqlite3_stmt* statement, int index, const std::string& bytes) {
    sqlite3_bind_blob(statement, index, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* get_ = nullptr;
  sqlite3_stmt* set_ = nullptr;
  sqlite3_stmt* scan_ = nullptr;
};

/// A guest with storage in a file.
class Guest {
 public:
  explicit Guest(const std::string& path)
      : storage_(std::make_shared<storage::Storage>(
            must(storage::Storage::open({.url = "sqlite:" + path})))),
        runtime_(must(WasmRuntime::create(RuntimeConfig::production()))) {
    for (auto& [name, function] :
         storage::create_storage_host_functions({.storage = storage_})) {
      runtime_.register_host_function(name, std::move(function));
    }
    module_ = must(runtime_.load_module_wat(
        "bench", kGuest,
        ModuleMetadata{}.with_capability("storage").with_capability("storage.write")));
  }

  [[nodiscard]] Session open() { return must(runtime_.open_session(module_)); }
  WasmRuntime& runtime() { return runtime_; }
  [[nodiscard]] ModuleId module() const { return module_; }

 private:
  std::shared_ptr<storage::Storage> storage_;
  WasmRuntime runtime_;
  ModuleId module_;
};

class StorageBench {
 public:
  explicit StorageBench(const std::filesystem::path& directory)
      : direct_((directory / "direct.db").string()),
        guest_((directory / "ours.db").string()),
        session_(guest_.open()) {
    const auto sets = must(session_.function<std::int32_t(std::int32_t, std::int32_t)>("sets"));
    direct_.run("BEGIN");
    for (int i = 0; i < kEntries; ++i) direct_.set(key_of(static_cast<std::uint32_t>(i)), value_);
    direct_.run("COMMIT");
    for (int i = 0; i < kEntries; i += kRows) require(must(sets(kRows, i)) == 0, "sets failed");
  }

  void gets() {
    constexpr int kGets = 10'000;
    constexpr int kStep = 7919;
    const auto gets = must(session_.function<std::int32_t(std::int32_t, std::int32_t)>("gets"));
    const auto ours = [&](std::uint64_t) {
      require(must(gets(kGets, kStep)) == kGets * kValueBytes, "gets failed");
    };
    const auto raw = [&](std::uint64_t) {
      direct_.run("BEGIN");
      for (int i = 0; i < kGets; ++i) {
        direct_.get(key_of(static_cast<std::uint32_t>(i) * kStep % kEntries), room_.data());
      }
      direct_.run("COMMIT");
    };
    print("get of 100 bytes", compare(ours, raw, 1), kGets, "at most 2");
  }

  void transactions() {
    const auto sets = must(session_.function<std::int32_t(std::int32_t, std::int32_t)>("sets"));
    std::uint32_t ours_at = kEntries;
    std::uint32_t raw_at = kEntries;
    const auto ours = [&](std::uint64_t) {
      require(must(sets(kRows, static_cast<std::int32_t>(ours_at))) == 0, "sets failed");
      ours_at += kRows;
    };
    const auto raw = [&](std::uint64_t) {
      direct_.run("BEGIN IMMEDIATE");
      for (int i = 0; i < kRows; ++i) direct_.set(key_of(raw_at++), value_);
      direct_.run("COMMIT");
    };
    print("row of a transaction of 1000", compare(ours, raw, 1, 101), kRows, "at most 1.25");
  }

  /// Executions of one write each, from several threads, beside commits of one row each. Each thread
  /// waits for its executions one by one.
  void small_executions() {
    compare_executions("execution that commits one write", [&](std::int32_t from) {
      for (int i = 0; i < kEach; ++i) {
        must(guest_.runtime().execute_function(guest_.module(), "sets", {1, from + i}));
      }
    });
  }

  /// The same while each thread has several under way.
  void asynchronous_executions() {
    compare_executions("the same, asynchronously", [&](std::int32_t from) {
      std::counting_semaphore<kUnderWay> free(kUnderWay);
      for (int i = 0; i < kEach; ++i) {
        free.acquire();
        guest_.runtime()
            .execute_function_async(guest_.module(), "sets", {1, from + i}, {},
                                    [&free](const Result<ExecutionResult>& result) {
                                      must(result);
                                      free.release();
                                    })
            .detach();
      }
      for (int i = 0; i < kUnderWay; ++i) free.acquire();
    });
  }

  void scans() {
    const auto scans = must(session_.function<std::int32_t()>("scans"));
    const int entries = must(scans());
    const auto ours = [&](std::uint64_t) { require(must(scans()) == entries, "scans failed"); };
    const auto raw = [&](std::uint64_t) {
      require(direct_.scan(room_.data()) == entries, "the files differ");
    };
    print("entry of a scan of 100,000", compare(ours, raw, 1), entries, "at most 2");
  }

 private:
  static constexpr int kEach = 200;
  static constexpr int kUnderWay = 32;

  /// `execute` runs `kEach` executions, whose keys are from a number on.
  template <typename Execute>
  void compare_executions(std::string_view name, const Execute& execute) {
    const auto ours = [&](std::uint64_t) {
      std::vector<std::thread> threads;
      for (int i = 0; i < kThreads; ++i) {
        from_ += kEach;
        threads.emplace_back(execute, from_);
      }
      for (std::thread& thread : threads) thread.join();
    };
    const auto raw = [&](std::uint64_t) {
      for (int i = 0; i < kThreads * kEach; ++i) {
        direct_.run("BEGIN IMMEDIATE");
        // SQLite leaves out what is the same.
        direct_.set(key_of(written_ % kEntries), std::to_string(written_));
        direct_.run("COMMIT");
        ++written_;
      }
    };
    print(name, compare(ours, raw, 1, 11), kThreads * kEach, "at most 0.2");
  }

  static void print(std::string_view name, const Pair& pair, int operations,
                    std::string_view wanted) {
    fmt::print("| {:<34} | {:>9.0f} ns | {:>9.0f} ns | {:>5.2f} | {} |\n", name,
               pair.ours / operations, pair.raw / operations, pair.ratio, wanted);
    std::fflush(stdout);
  }

  std::string value_ = std::string(kValueBytes, '\0');
  std::string room_ = std::string(2048, '\0');
  std::uint32_t written_ = 0;  ///< by commits of one row
  std::int32_t from_ = 0;  ///< of the keys of executions, each another
  Direct direct_;
  Guest guest_;
  Session session_;
};

int run(const std::filesystem::path& parent, std::string_view only) {
  std::string pattern = (parent / "bench-storage-XXXXXX").string();
  require(::mkdtemp(pattern.data()) != nullptr, "the directory cannot be written to");
  const std::filesystem::path directory = pattern;
  fmt::print("| {:<34} | {:>12} | {:>12} | {:>5} | wanted |\n", "what", "guest", "SQLite", "ratio");
  fmt::print("|---|---|---|---|---|\n");
  {
    StorageBench bench(directory);
    const auto wants = [&](std::string_view name) { return only.empty() || only == name; };
    if (wants("get")) bench.gets();
    if (wants("scan")) bench.scans();
    if (wants("transaction")) bench.transactions();
    if (wants("execution")) bench.small_executions();
    if (wants("async")) bench.asynchronous_executions();
  }
  std::filesystem::remove_all(directory);
  return 0;
}

}  // namespace
}  // namespace synapsed::bench

int main(int count, char** arguments) {
  return synapsed::bench::run(count > 1 ? arguments[1] : ".", count > 2 ? arguments[2] : "");
}
