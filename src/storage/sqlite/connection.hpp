#pragma once

/// \file
/// SQLite's handles, and its errors as ours.
///
/// Thread rule: a connection and its statements are used by one thread at a time.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include <synapsed/storage.hpp>

#include "base/bytes.hpp"

namespace synapsed::storage::sqlite {

/// A prepared statement.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  /// Parameters count from 1; what is bound lives until the next `reset`.
  void bind(int index, ByteSpan bytes) const;
  void bind_number(int index, std::int64_t number) const {
    sqlite3_bind_int64(statement_.get(), index, number);
  }
  /// SQLite's code: `SQLITE_ROW`, `SQLITE_DONE` or an error.
  [[nodiscard]] int step() const { return sqlite3_step(statement_.get()); }
  void reset() const { sqlite3_reset(statement_.get()); }
  /// Valid until the next step or reset. Columns count from 0.
  [[nodiscard]] ByteSpan bytes(int column) const;
  [[nodiscard]] std::int64_t number(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
  }
  [[nodiscard]] std::string text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// Resets a statement when a use of it is over.
class Resetting {
 public:
  explicit Resetting(const Statement& statement) : statement_(statement) {}
  ~Resetting() { statement_.reset(); }
  Resetting(const Resetting&) = delete;
  Resetting& operator=(const Resetting&) = delete;

 private:
  const Statement& statement_;
};

class Connection {
 public:
  /// `path` is that of a file. Nothing is read yet.
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const std::string& path,
                                                                const StorageOptions& options);
  Connection(sqlite3* database, std::string path) : database_(database), path_(std::move(path)) {}

  [[nodiscard]] Result<Statement> prepare(const char* sql) const;
  /// Statements without results.
  Result<void> run(const char* sql) const;
  /// One number.
  [[nodiscard]] Result<std::int64_t> number(const char* sql) const;
  /// The error of the last call that gave `code`.
  [[nodiscard]] Error error(int code) const;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool is_in_transaction() const {
    return sqlite3_get_autocommit(database_.get()) == 0;
  }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  std::unique_ptr<sqlite3, Close> database_;
  std::string path_;
};

}  // namespace synapsed::storage::sqlite
