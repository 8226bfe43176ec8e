#include "storage/postgresql/schema.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/try.hpp"

namespace synapsed::storage::postgresql {
namespace {

/// Each makes the version that is its place, from 1 on, of the one before. What was released stays
/// as it is; later versions come after it.
constexpr std::array kSteps = std::to_array<const char*>({
    "CREATE TABLE synapsed_schema (version integer NOT NULL); "
    "CREATE TABLE synapsed_entries (key bytea PRIMARY KEY, value bytea NOT NULL)",
});
constexpr std::size_t kVersion = kSteps.size();

/// Any number that others do not take: the letters `synapsed`.
constexpr std::int64_t kCreationLock = 0x73796e6170736564;

/// Reading a table, if only that of tables, has the server look for what others made meanwhile.
constexpr const char* kFindTable =
    "SELECT 1 FROM pg_catalog.pg_class WHERE oid = to_regclass('synapsed_schema')";

/// 0: there are no tables.
Result<std::size_t> version_of(Connection& connection) {
  const auto table = TRY(connection.run(kFindTable));
  if (table.size() == 0) return 0;
  const auto rows = TRY(connection.run("SELECT version FROM synapsed_schema"));
  const std::string_view text = rows.size() == 1 ? as_text(rows.bytes(0, 0)) : "";
  std::size_t version = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), version);
  if (parsed.ec == std::errc() && version > 0) return version;
  return std::unexpected(
      Error(ErrorCode::kStorageCorrupt, "the table synapsed_schema does not hold one version")
          .at(connection.where()));
}

Error other_version(const Connection& connection, std::size_t version) {
  const bool is_newer = version > kVersion;
  return Error(ErrorCode::kStorageSchema,
               fmt::format("the storage is of version {}, this program's of version {}", version,
                           kVersion))
      .at(connection.where())
      .help(is_newer ? "use the version of the program that made it, or a later one"
                     : "open it for writing once");
}

Error missing(const Connection& connection) {
  return Error(ErrorCode::kStorageUnavailable, "the database holds no storage")
      .at(connection.where())
      .help("check the URL, or open it with `create`");
}

/// Within a transaction.
Result<void> take_steps(Connection& connection) {
  const std::size_t version = TRY(version_of(connection));
  if (version > kVersion) return std::unexpected(other_version(connection, version));
  if (version == kVersion) return {};
  for (std::size_t made = version; made < kVersion; ++made) TRY(connection.run(kSteps[made]));
  TRY(connection.run(fmt::format(
      "DELETE FROM synapsed_schema; INSERT INTO synapsed_schema VALUES ({})", kVersion)));
  return {};
}

Result<void> update(Connection& connection, std::chrono::milliseconds patience) {
  TRY(connection.run(fmt::format(
      "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = {}; "
      "SELECT pg_advisory_xact_lock({})",
      std::max<std::int64_t>(patience.count(), 1), kCreationLock)));
  auto taken = take_steps(connection);
  if (taken) taken = connection.commit();
  if (!taken) connection.roll_back();
  return taken;
}

}  // namespace

Result<void> prepare_schema(Connection& connection, SchemaAccess access,
                            std::chrono::milliseconds patience) {
  const std::size_t version = TRY(version_of(connection));
  if (version == kVersion) return {};
  if (version > kVersion) return std::unexpected(other_version(connection, version));
  if (version == 0 && access != SchemaAccess::kCreate) return std::unexpected(missing(connection));
  if (access == SchemaAccess::kLook) return std::unexpected(other_version(connection, version));
  return update(connection, patience);
}

}  // namespace synapsed::storage::postgresql
