#include "storage/postgresql/errors.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include <fmt/format.h>

namespace synapsed::storage::postgresql {
namespace {

constexpr std::size_t kSqlStateLength = 5;

struct Row {
  std::string_view prefix;  ///< of the SQLSTATE
  ErrorCode code;
};
/// The first that fits counts.
constexpr std::array kCodes = std::to_array<Row>({
    {"0A000", ErrorCode::kStorageReadOnly},     // writing to a server in recovery
    {"25006", ErrorCode::kStorageReadOnly},     // read_only_sql_transaction
    {"25P03", ErrorCode::kStorageUnavailable},  // idle_in_transaction_session_timeout
    {"40", ErrorCode::kStorageBusy},            // deadlock, conflict with recovery
    {"42501", ErrorCode::kStorageReadOnly},     // insufficient_privilege
    {"42", ErrorCode::kStorageCorrupt},         // the tables are not as we made them
    {"53100", ErrorCode::kStorageFull},         // disk_full
    {"53300", ErrorCode::kStorageBusy},         // too_many_connections
    {"53400", ErrorCode::kStorageFull},         // configuration_limit_exceeded
    {"54", ErrorCode::kStorageTooLarge},        // program_limit_exceeded
    {"55P03", ErrorCode::kStorageBusy},         // lock_not_available
    {"57014", ErrorCode::kStorageBusy},         // query_canceled: statement_timeout
    {"58P01", ErrorCode::kStorageCorrupt},      // undefined_file
    {"XX001", ErrorCode::kStorageCorrupt},      // data_corrupted
    {"XX002", ErrorCode::kStorageCorrupt},      // index_corrupted
});

/// Without the white space that libpq ends messages with.
std::string_view trimmed(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \n\t");
  return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

bool is_sqlstate(std::string_view text) {
  return text.size() == kSqlStateLength && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
}

struct Report {
  std::string_view sqlstate;  ///< empty: none
  std::string_view message;
};

/// What the server said last, if it spoke: `… FATAL:  28P01: message`, in a language of its own.
Report report_of(std::string_view text) {
  constexpr std::string_view kBefore = ":  ";
  for (std::size_t at = text.rfind(kBefore); at != std::string_view::npos;
       at = at == 0 ? std::string_view::npos : text.rfind(kBefore, at - 1)) {
    const std::string_view rest = text.substr(at + kBefore.size());
    const std::string_view state = rest.substr(0, kSqlStateLength);
    if (!is_sqlstate(state) || rest.substr(kSqlStateLength, 2) != ": ") continue;
    const std::string_view message = rest.substr(kSqlStateLength + 2);
    return {state, message.substr(0, message.find('\n'))};
  }
  return {{}, text};
}

}  // namespace

ErrorCode code_of(std::string_view sqlstate) {
  const auto row = std::ranges::find_if(
      kCodes, [&](const Row& candidate) { return sqlstate.starts_with(candidate.prefix); });
  return row == kCodes.end() ? ErrorCode::kStorageUnavailable : row->code;
}

Error error_of(const PGconn* connection, const PGresult* result, const std::string& where) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string_view text =
      trimmed(message != nullptr ? message : PQerrorMessage(connection));
  const ErrorCode code = code_of(state == nullptr ? "" : state);
  return Error(code, fmt::format("PostgreSQL: {}{}{}", text, state == nullptr ? "" : ", SQLSTATE ",
                                 state == nullptr ? "" : state))
      .at(where);
}

ConnectFailure connect_failure_of(const PGconn* connection, const std::string& where) {
  const Report report = report_of(trimmed(PQerrorMessage(connection)));
  // Who we are (28), the database (3D) and our rights (42) do not change by waiting.
  const bool is_final = report.sqlstate.starts_with("28") || report.sqlstate.starts_with("3D") ||
                        report.sqlstate.starts_with("42");
  const bool is_busy = code_of(report.sqlstate) == ErrorCode::kStorageBusy;
  return {
      Error(is_busy ? ErrorCode::kStorageBusy : ErrorCode::kStorageUnavailable,
            fmt::format("cannot connect to PostgreSQL: {}", report.message))
          .at(where)
          .help(is_busy ? "raise max_connections of the server, or lower connections_max" : ""),
      !is_final};
}

}  // namespace synapsed::storage::postgresql
