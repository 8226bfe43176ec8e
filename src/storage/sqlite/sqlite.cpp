// A backend in a file of SQLite's, with a write-ahead log: readers see the state they began with, and
// a commit is one fsync of the log. Several processes may use one file.

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "base/try.hpp"
#include "storage/backend.hpp"
#include "storage/layout.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/writer_turn.hpp"

namespace synapsed::storage {
namespace sqlite {
namespace {

constexpr std::int64_t kApplicationId = 0x53594e53;  // "SYNS"
/// Each makes a file of the version after of one of the version that is its place.
constexpr std::array kMigrations{
    "CREATE TABLE entries (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "PRAGMA application_id = 1398361683;"
    "PRAGMA user_version = 1"};
constexpr std::chrono::milliseconds kRetryAfter{5};
constexpr auto kSchema = static_cast<std::int64_t>(kMigrations.size());

constexpr const char* kGet = "SELECT value FROM entries WHERE key = ?1";
constexpr const char* kLength = "SELECT length(value) FROM entries WHERE key = ?1";
constexpr const char* kLengths =
    "SELECT key, length(value) FROM entries WHERE key BETWEEN ?1 AND ?2 ORDER BY key LIMIT ?3";
/// Rows written by one statement: its own cost is a third of a row's.
constexpr std::size_t kRowsAtOnce = 32;
constexpr const char* kRemove = "DELETE FROM entries WHERE key = ?1";
constexpr const char* kForward = "SELECT key, value FROM entries WHERE key >= ?1 ORDER BY key";
constexpr const char* kForwardTo =
    "SELECT key, value FROM entries WHERE key >= ?1 AND key < ?2 ORDER BY key";
constexpr const char* kBackward = "SELECT key, value FROM entries WHERE key >= ?1 ORDER BY key DESC";
constexpr const char* kBackwardTo =
    "SELECT key, value FROM entries WHERE key >= ?1 AND key < ?2 ORDER BY key DESC";

/// A connection and what is asked again and again.
struct Reader {
  std::unique_ptr<Connection> connection;
  Statement begin;
  Statement end;
  Statement get;
};

/// Sets so many keys; each is two parameters.
std::string set_of(std::size_t rows) {
  std::string sql = "INSERT INTO entries (key, value) VALUES (?, ?)";
  for (std::size_t row = 1; row < rows; ++row) sql += ", (?, ?)";
  return sql + " ON CONFLICT (key) DO UPDATE SET value = excluded.value";
}

Result<void> run_once(const Connection& connection, const Statement& statement) {
  const Resetting resetting(statement);
  const int code = statement.step();
  if (code != SQLITE_DONE) return std::unexpected(connection.error(code));
  return {};
}

Result<std::unique_ptr<Reader>> open_reader(const std::string& path, const StorageOptions& options,
                                            const char* begin) {
  auto connection = TRY(Connection::open(path, options));
  TRY(connection->run("PRAGMA synchronous = FULL"));
  Statement beginning = TRY(connection->prepare(begin));
  Statement ending = TRY(connection->prepare("COMMIT"));
  Statement get = TRY(connection->prepare(kGet));
  return std::make_unique<Reader>(Reader{.connection = std::move(connection),
                                         .begin = std::move(beginning),
                                         .end = std::move(ending),
                                         .get = std::move(get)});
}

class SqliteCursor final : public BackendCursor {
 public:
  SqliteCursor(const Connection& connection, Statement statement, KeyRange range)
      : connection_(connection), statement_(std::move(statement)), range_(std::move(range)) {
    statement_.bind(1, range_.begin);
    if (range_.end) statement_.bind(2, *range_.end);
  }

  Result<bool> next() override {
    if (is_over_) return false;
    const int code = statement_.step();
    if (code == SQLITE_ROW) return true;
    is_over_ = true;
    statement_.reset();
    if (code == SQLITE_DONE) return false;
    return std::unexpected(connection_.error(code));
  }
  [[nodiscard]] ByteSpan key() const override { return statement_.bytes(0); }
  [[nodiscard]] ByteSpan value() const override { return statement_.bytes(1); }

 private:
  const Connection& connection_;
  const Statement statement_;
  const KeyRange range_;
  bool is_over_ = false;
};

Result<std::optional<ByteSpan>> get_from(const Reader& reader, ByteSpan key) {
  reader.get.reset();
  reader.get.bind(1, key);
  const int code = reader.get.step();
  if (code == SQLITE_ROW) return reader.get.bytes(0);
  if (code == SQLITE_DONE) return std::optional<ByteSpan>();
  return std::unexpected(reader.connection->error(code));
}

Result<std::unique_ptr<BackendCursor>> scan_of(const Reader& reader, const KeyRange& range,
                                               Direction direction) {
  const bool forward = direction == Direction::kForward;
  const char* sql = range.end ? (forward ? kForwardTo : kBackwardTo) : (forward ? kForward : kBackward);
  Statement statement = TRY(reader.connection->prepare(sql));
  return std::make_unique<SqliteCursor>(*reader.connection, std::move(statement), range);
}

/// Connections that nobody uses now.
class Readers {
 public:
  Readers(std::string path, StorageOptions options)
      : path_(std::move(path)), options_(std::move(options)) {}

  Result<std::unique_ptr<Reader>> take() {
    std::unique_lock lock(mutex_);
    const auto is_room = [&] { return !idle_.empty() || taken_ < options_.connections_max; };
    if (!given_back_.wait_for(lock, options_.busy_timeout, is_room)) {
      return std::unexpected(Error(ErrorCode::kStorageBusy, "too many transactions read at once")
                                 .at(path_)
                                 .help("raise the storage's connections_max"));
    }
    ++taken_;
    if (!idle_.empty()) {
      auto reader = std::move(idle_.back());
      idle_.pop_back();
      return reader;
    }
    lock.unlock();
    auto reader = open_reader(path_, options_, "BEGIN");
    if (!reader) forget();
    return reader;
  }
  void give_back(std::unique_ptr<Reader> reader) {
    {
      const std::unique_lock lock(mutex_);
      --taken_;
      idle_.push_back(std::move(reader));
    }
    given_back_.notify_one();
  }
  /// One that was taken is of no use any more.
  void forget() {
    {
      const std::unique_lock lock(mutex_);
      --taken_;
    }
    given_back_.notify_one();
  }

 private:
  const std::string path_;
  const StorageOptions options_;
  std::mutex mutex_;
  std::condition_variable given_back_;
  std::vector<std::unique_ptr<Reader>> idle_;  // guarded by mutex_
  std::uint32_t taken_ = 0;                    // likewise
};

class SqliteSnapshot final : public BackendSnapshot {
 public:
  SqliteSnapshot(Readers& readers, std::unique_ptr<Reader> reader)
      : readers_(readers), reader_(std::move(reader)) {}
  ~SqliteSnapshot() override {
    reader_->get.reset();
    if (run_once(*reader_->connection, reader_->end)) {
      readers_.give_back(std::move(reader_));
    } else {
      reader_.reset();
      readers_.forget();
    }
  }
  Result<std::optional<ByteSpan>> get(ByteSpan key) override { return get_from(*reader_, key); }
  Result<std::unique_ptr<BackendCursor>> scan(const KeyRange& range, Direction direction) override {
    return scan_of(*reader_, range, direction);
  }

 private:
  Readers& readers_;
  std::unique_ptr<Reader> reader_;
};

/// The connection that writes, and its statements.
struct WriteConnection {
  std::unique_ptr<Reader> reader;
  Statement length;
  Statement lengths;
  Statement set;
  Statement set_many;  ///< `kRowsAtOnce`
  Statement remove;
};

class SqliteWriter final : public BackendWriter {
 public:
  SqliteWriter(WriteConnection& connection, WriterTurn::Taken turn)
      : connection_(connection), turn_(std::move(turn)) {}
  ~SqliteWriter() override {
    connection_.reader->get.reset();
    const Connection& connection = *connection_.reader->connection;
    if (connection.is_in_transaction()) static_cast<void>(connection.run("ROLLBACK"));
  }

  Result<std::optional<ByteSpan>> get(ByteSpan key) override {
    return get_from(*connection_.reader, key);
  }
  Result<std::unique_ptr<BackendCursor>> scan(const KeyRange& range, Direction direction) override {
    return scan_of(*connection_.reader, range, direction);
  }
  Result<std::vector<std::optional<Bytes>>> get_all(std::span<const ByteSpan> keys) override {
    std::vector<std::optional<Bytes>> values;
    values.reserve(keys.size());
    for (const ByteSpan key : keys) {
      const auto value = TRY(get(key));
      values.push_back(value ? std::optional(copy_of(*value)) : std::nullopt);
    }
    return values;
  }
  Result<std::vector<std::optional<std::uint64_t>>> lengths(
      std::span<const ByteSpan> keys) override {
    std::vector<std::optional<std::uint64_t>> lengths(keys.size());
    std::size_t known = 0;
    if (keys.size() > 1 && std::ranges::is_sorted(keys, BytesLess{})) {
      known = TRY(walk_lengths(keys, lengths));
    }
    for (; known < keys.size(); ++known) lengths[known] = TRY(length(keys[known]));
    return lengths;
  }
  Result<void> apply(std::span<const BackendChange> changes) override {
    connection_.reader->get.reset();
    while (!changes.empty()) {
      const auto next = changes.first(std::min(changes.size(), kRowsAtOnce));
      const auto removal = std::ranges::find(next, false, &BackendChange::sets);
      const auto sets = static_cast<std::size_t>(removal - next.begin());
      const std::size_t rows = sets == kRowsAtOnce ? kRowsAtOnce : 1;
      TRY(apply_with(sets == 0             ? connection_.remove
                     : rows == kRowsAtOnce ? connection_.set_many
                                           : connection_.set,
                     changes.first(rows)));
      changes = changes.subspan(rows);
    }
    return {};
  }
  Result<void> commit() override {
    connection_.reader->get.reset();
    return run_once(*connection_.reader->connection, connection_.reader->end);
  }

 private:
  Result<std::optional<std::uint64_t>> length(ByteSpan key) {
    const Resetting resetting(connection_.length);
    connection_.length.bind(1, key);
    const int code = connection_.length.step();
    if (code == SQLITE_DONE) return std::optional<std::uint64_t>();
    if (code != SQLITE_ROW) return std::unexpected(error(code));
    return static_cast<std::uint64_t>(connection_.length.number(0));
  }

  /// `changes` are as many as the statement has rows.
  Result<void> apply_with(const Statement& statement, std::span<const BackendChange> changes) {
    const Resetting resetting(statement);
    int parameter = 0;
    for (const auto& [key, value] : changes) {
      statement.bind(++parameter, key);
      if (value) statement.bind(++parameter, *value);
    }
    const int code = statement.step();
    if (code != SQLITE_DONE) return std::unexpected(error(code));
    return {};
  }

  /// Sorted keys that lie close together, or where nothing lies, are found faster by walking over what is
  /// there; not too far. How many are known then.
  Result<std::size_t> walk_lengths(std::span<const ByteSpan> keys,
                                   std::vector<std::optional<std::uint64_t>>& lengths) {
    const Statement& statement = connection_.lengths;
    const Resetting resetting(statement);
    const std::size_t most = 2 * keys.size() + 16;
    statement.bind(1, keys.front());
    statement.bind(2, keys.back());
    statement.bind_number(3, static_cast<std::int64_t>(most));
    std::size_t known = 0;
    for (std::size_t walked = 0; walked < most; ++walked) {
      const int code = statement.step();
      if (code == SQLITE_DONE) return keys.size();
      if (code != SQLITE_ROW) return std::unexpected(error(code));
      const ByteSpan key = statement.bytes(0);
      while (known < keys.size() && BytesLess{}(keys[known], key)) ++known;
      for (; known < keys.size() && is_equal(keys[known], key); ++known) {
        lengths[known] = static_cast<std::uint64_t>(statement.number(1));
      }
    }
    return known;
  }

  [[nodiscard]] Error error(int code) const { return connection_.reader->connection->error(code); }

  WriteConnection& connection_;
  const WriterTurn::Taken turn_;
};

class Sqlite final : public Backend {
 public:
  Sqlite(std::string path, const StorageOptions& options)
      : path_(std::move(path)), options_(options), readers_(path_, options) {}

  /// SQLite itself does not wait for another that turns the write-ahead log on.
  Result<void> open() {
    const auto end = std::chrono::steady_clock::now() + options_.busy_timeout;
    while (true) {
      auto opened = open_once();
      if (opened || opened.error().code() != ErrorCode::kStorageBusy) return opened;
      if (std::chrono::steady_clock::now() >= end) return opened;
      std::this_thread::sleep_for(kRetryAfter);
    }
  }

  Result<std::unique_ptr<BackendSnapshot>> snapshot() override {
    auto reader = TRY(readers_.take());
    // SQLite takes the snapshot with the first read.
    auto begun = run_once(*reader->connection, reader->begin);
    if (begun) {
      auto read = get_from(*reader, version_key());
      if (!read) begun = std::unexpected(std::move(read).error());
    }
    if (begun) return std::make_unique<SqliteSnapshot>(readers_, std::move(reader));
    reader.reset();
    readers_.forget();
    return std::unexpected(std::move(begun).error());
  }

  Result<std::unique_ptr<BackendWriter>> write() override {
    if (options_.read_only) {
      return std::unexpected(
          Error(ErrorCode::kStorageReadOnly, "the storage was opened for reading").at(path_));
    }
    auto turn = TRY(turn_.take(options_.busy_timeout, path_));
    if (!writing_) TRY(open_writing());
    TRY(run_once(*writing_->reader->connection, writing_->reader->begin));
    return std::make_unique<SqliteWriter>(*writing_, std::move(turn));
  }

  Result<void> check() override {
    const auto connection = TRY(Connection::open(path_, options_));
    const Statement statement = TRY(connection->prepare("PRAGMA integrity_check(1)"));
    const int code = statement.step();
    if (code != SQLITE_ROW) return std::unexpected(connection->error(code));
    if (const std::string found = statement.text(0); found != "ok") {
      return std::unexpected(Error(ErrorCode::kStorageCorrupt, "the storage is damaged (" + found + ")")
                                 .at(path_)
                                 .help("restore it from a backup"));
    }
    return {};
  }
  [[nodiscard]] bool is_durable() const override { return true; }
  [[nodiscard]] std::string where() const override { return path_; }

 private:
  [[nodiscard]] Result<void> open_once() const {
    const auto connection = TRY(Connection::open(path_, options_));
    const bool is_ours = TRY(is_new_or_known(*connection));
    if (is_ours && !options_.read_only) {
      TRY(connection->run("PRAGMA journal_mode = WAL"));
      TRY(migrate(*connection));
    }
    return check_schema(*connection);
  }
  /// Other files are not changed.
  static Result<bool> is_new_or_known(const Connection& connection) {
    const std::int64_t application = TRY(connection.number("PRAGMA application_id"));
    if (application == kApplicationId) return TRY(connection.number("PRAGMA user_version")) <= kSchema;
    return application == 0 && TRY(connection.number("SELECT count(*) FROM sqlite_schema")) == 0;
  }
  /// Whether it is a new file, or one of an older version.
  static Result<bool> needs_migration(const Connection& connection) {
    const std::int64_t application = TRY(connection.number("PRAGMA application_id"));
    if (application == kApplicationId) return TRY(connection.number("PRAGMA user_version")) < kSchema;
    return application == 0 && TRY(connection.number("SELECT count(*) FROM sqlite_schema")) == 0;
  }
  /// Another process may be faster.
  static Result<void> migrate(const Connection& connection) {
    if (!TRY(needs_migration(connection))) return {};
    TRY(connection.run("BEGIN IMMEDIATE"));
    if (TRY(needs_migration(connection))) {
      const std::int64_t version = TRY(connection.number("PRAGMA user_version"));
      for (auto step = static_cast<std::size_t>(version); step < kMigrations.size(); ++step) {
        TRY(connection.run(kMigrations.at(step)));
      }
    }
    return connection.run("COMMIT");
  }
  [[nodiscard]] Result<void> check_schema(const Connection& connection) const {
    if (TRY(connection.number("PRAGMA application_id")) != kApplicationId) {
      return std::unexpected(
          Error(ErrorCode::kStorageInvalidArgument, "the file is no storage of Synapsed")
              .at(path_)
              .help("name another file, which is made when it does not exist"));
    }
    const std::int64_t schema = TRY(connection.number("PRAGMA user_version"));
    if (schema == kSchema) return {};
    return std::unexpected(Error(ErrorCode::kStorageSchema,
                                 "the storage has version " + std::to_string(schema) +
                                     ", and this program knows up to " + std::to_string(kSchema))
                               .at(path_)
                               .help("use a newer program"));
  }
  Result<void> open_writing() {
    auto reader = TRY(open_reader(path_, options_, "BEGIN IMMEDIATE"));
    Statement length = TRY(reader->connection->prepare(kLength));
    Statement lengths = TRY(reader->connection->prepare(kLengths));
    Statement set = TRY(reader->connection->prepare(set_of(1).c_str()));
    Statement set_many = TRY(reader->connection->prepare(set_of(kRowsAtOnce).c_str()));
    Statement remove = TRY(reader->connection->prepare(kRemove));
    writing_.emplace(WriteConnection{.reader = std::move(reader),
                                     .length = std::move(length),
                                     .lengths = std::move(lengths),
                                     .set = std::move(set),
                                     .set_many = std::move(set_many),
                                     .remove = std::move(remove)});
    return {};
  }

  const std::string path_;
  const StorageOptions options_;
  Readers readers_;
  WriterTurn turn_;
  std::optional<WriteConnection> writing_;  // used by whose turn it is
};

}  // namespace
}  // namespace sqlite

Result<std::unique_ptr<Backend>> open_sqlite(const StorageOptions& options, const std::string& path) {
  auto backend = std::make_unique<sqlite::Sqlite>(path, options);
  TRY(backend->open());
  return backend;
}

}  // namespace synapsed::storage
