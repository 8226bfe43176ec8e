#include "storage/sqlite/connection.hpp"

#include <algorithm>
#include <array>

#include "base/try.hpp"

namespace synapsed::storage::sqlite {
namespace {

struct Translation {
  int primary;
  ErrorCode code;
  const char* message;
  const char* help;
};
constexpr std::array kTranslations{
    Translation{SQLITE_BUSY, ErrorCode::kStorageBusy, "another process holds the storage",
                "try again, or raise the storage's busy_timeout"},
    Translation{SQLITE_LOCKED, ErrorCode::kStorageBusy, "the storage is locked", "try again"},
    Translation{SQLITE_READONLY, ErrorCode::kStorageReadOnly, "the storage cannot be written to",
                "the file and its directory must be writable"},
    Translation{SQLITE_PERM, ErrorCode::kStorageReadOnly, "the storage may not be accessed", ""},
    Translation{SQLITE_CORRUPT, ErrorCode::kStorageCorrupt, "the storage is damaged",
                "restore it from a backup"},
    Translation{SQLITE_NOTADB, ErrorCode::kStorageCorrupt, "the file is no SQLite database",
                "name another file, or restore it from a backup"},
    Translation{SQLITE_FULL, ErrorCode::kStorageFull, "the disk is full",
                "make room; what was committed is there"},
    Translation{SQLITE_CANTOPEN, ErrorCode::kStorageUnavailable, "the file cannot be opened",
                "its directory must exist and be accessible"},
};

}  // namespace

void Statement::bind(int index, ByteSpan bytes) const {
  // An empty span may have no address, which SQLite would take for NULL.
  const void* data = bytes.empty() ? "" : static_cast<const void*>(bytes.data());
  sqlite3_bind_blob64(statement_.get(), index, data, bytes.size(), SQLITE_STATIC);
}

ByteSpan Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return {static_cast<const std::byte*>(data), size};
}

std::string Statement::text(int column) const { return std::string(as_text(bytes(column))); }

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path,
                                                     const StorageOptions& options) {
  const int access = options.read_only ? SQLITE_OPEN_READONLY
                     : options.create  ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                       : SQLITE_OPEN_READWRITE;
  sqlite3* database = nullptr;
  const int opened = sqlite3_open_v2(path.c_str(), &database,
                                     access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  auto connection = std::make_unique<Connection>(database, path);
  if (opened != SQLITE_OK) return std::unexpected(connection->error(opened));
  sqlite3_busy_timeout(database, static_cast<int>(options.busy_timeout.count()));
  return connection;
}

Result<Statement> Connection::prepare(const char* sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                                      nullptr);
  Statement prepared(statement);
  if (code != SQLITE_OK) return std::unexpected(error(code));
  return prepared;
}

Result<void> Connection::run(const char* sql) const {
  const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error(code));
  return {};
}

Result<std::int64_t> Connection::number(const char* sql) const {
  const Statement statement = TRY(prepare(sql));
  const int code = statement.step();
  if (code != SQLITE_ROW) return std::unexpected(error(code));
  return statement.number(0);
}

Error Connection::error(int code) const {
  const std::string detail = database_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database_.get());
  const auto found = std::ranges::find(kTranslations, code & 0xff, &Translation::primary);
  if (found == kTranslations.end()) {
    return Error(ErrorCode::kIo, "SQLite: " + detail).at(path_);
  }
  Error error = Error(found->code, std::string(found->message) + " (" + detail + ")").at(path_);
  return *found->help == '\0' ? error : std::move(error).help(found->help);
}

}  // namespace synapsed::storage::sqlite
