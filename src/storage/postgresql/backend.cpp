// Entries in a table of a PostgreSQL database.

#include <memory>
#include <string>
#include <utility>

#include "base/try.hpp"
#include "storage/backend.hpp"
#include "storage/postgresql/address.hpp"
#include "storage/postgresql/check.hpp"
#include "storage/postgresql/pool.hpp"
#include "storage/postgresql/reader.hpp"
#include "storage/postgresql/schema.hpp"
#include "storage/postgresql/writer.hpp"

namespace synapsed::storage {
namespace postgresql {
namespace {

/// The first query of a transaction takes its snapshot.
constexpr const char* kBeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1";

Error too_many_readers(const std::string& where) {
  return Error(ErrorCode::kStorageBusy, "too many transactions read at once")
      .at(where)
      .help("end transactions sooner, or raise the storage's connections_max");
}

Error other_writer(const std::string& where) {
  return Error(ErrorCode::kStorageBusy, "another commit takes too long")
      .at(where)
      .help("try again, or raise the storage's busy_timeout");
}

class Snapshot final : public BackendSnapshot {
 public:
  explicit Snapshot(Lease lease) : lease_(std::move(lease)), reader_(*lease_) {}
  Result<std::optional<ByteSpan>> get(ByteSpan key) override { return reader_.get(key); }
  Result<std::unique_ptr<BackendCursor>> scan(const KeyRange& range,
                                              Direction direction) override {
    return reader_.scan(range, direction);
  }

 private:
  Lease lease_;
  Reader reader_;
};

class PostgresqlBackend final : public Backend {
 public:
  PostgresqlBackend(const Address& address, const StorageOptions& options)
      : where_(address.where),
        is_read_only_(options.read_only),
        readers_(address, options.connections_max, options.busy_timeout, too_many_readers(where_)),
        writers_(address, 1, options.busy_timeout, other_writer(where_)) {}

  Result<std::unique_ptr<BackendSnapshot>> snapshot() override {
    return std::make_unique<Snapshot>(TRY(readers_.begin(kBeginRead)));
  }
  Result<std::unique_ptr<BackendWriter>> write() override {
    if (!is_read_only_) return begin_write(writers_);
    return std::unexpected(
        Error(ErrorCode::kStorageReadOnly, "the storage was opened for reading").at(where_));
  }
  Result<void> check() override {
    const Lease lease = TRY(readers_.begin(kBeginRead));
    return check_entries(*lease);
  }
  [[nodiscard]] bool is_durable() const override { return true; }
  [[nodiscard]] std::string where() const override { return where_; }

 private:
  const std::string where_;
  const bool is_read_only_;
  Pool readers_;
  Pool writers_;  ///< one that readers do not take
};

SchemaAccess schema_access(const StorageOptions& options) {
  if (options.read_only) return SchemaAccess::kLook;
  return options.create ? SchemaAccess::kCreate : SchemaAccess::kUpdate;
}

}  // namespace
}  // namespace postgresql

Result<std::unique_ptr<Backend>> open_postgresql(const StorageOptions& options) {
  using namespace postgresql;
  const auto address = TRY(Address::parse(options.url));
  const auto connection = TRY(Connection::open(address, Clock::now() + options.busy_timeout));
  TRY(prepare_schema(*connection, schema_access(options), options.busy_timeout));
  return std::make_unique<PostgresqlBackend>(address, options);
}

}  // namespace synapsed::storage
