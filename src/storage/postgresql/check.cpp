#include "storage/postgresql/check.hpp"

#include <string>

#include "base/try.hpp"

namespace synapsed::storage::postgresql {
namespace {

/// Through the table alone, every value in full.
constexpr const char* kByTable =
    "SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = off; "
    "SET LOCAL enable_indexonlyscan = off; "
    "SELECT count(md5(value)) FROM synapsed_entries";
/// Through the index alone; the second number is of keys out of order.
constexpr const char* kByIndex =
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = on; "
    "SET LOCAL enable_indexonlyscan = on; "
    "SELECT count(*), count(*) FILTER (WHERE before >= key) "
    "FROM (SELECT key, lag(key) OVER (ORDER BY key) AS before FROM synapsed_entries) AS pairs";

constexpr const char* kHasAmcheck =
    "SELECT 1 WHERE coalesce(has_function_privilege("
    "to_regprocedure('bt_index_check(regclass, boolean)'), 'EXECUTE'), false)";
constexpr const char* kAmcheck =
    "SELECT bt_index_check(indexrelid, true) FROM pg_index "
    "WHERE indrelid = 'synapsed_entries'::regclass";

}  // namespace

Result<void> check_entries(Connection& connection) {
  const auto by_table = TRY(connection.run(kByTable));
  const auto by_index = TRY(connection.run(kByIndex));
  const auto as_said = as_text(by_table.bytes(0, 0));
  if (as_said != as_text(by_index.bytes(0, 0)) || as_text(by_index.bytes(0, 1)) != "0") {
    return std::unexpected(
        Error(ErrorCode::kStorageCorrupt, "the index of synapsed_entries does not fit the table")
            .at(connection.where())
            .help("REINDEX TABLE synapsed_entries, then verify again"));
  }
  const auto has_amcheck = TRY(connection.run(kHasAmcheck));
  if (has_amcheck.size() > 0) TRY(connection.run(kAmcheck));
  return {};
}

}  // namespace synapsed::storage::postgresql
