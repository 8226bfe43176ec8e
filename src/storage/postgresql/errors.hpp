#pragma once

/// \file
/// What PostgreSQL and libpq report, as errors of the storage. Thread rule: plain functions.

#include <libpq-fe.h>

#include <string>
#include <string_view>

#include <synapsed/error.hpp>

namespace synapsed::storage::postgresql {

/// By the SQLSTATE (PostgreSQL manual, appendix A); empty: the connection was lost.
[[nodiscard]] ErrorCode code_of(std::string_view sqlstate);

/// Of a statement that failed.
[[nodiscard]] Error error_of(const PGconn* connection, const PGresult* result,
                             const std::string& where);

struct ConnectFailure {
  Error error;
  bool may_pass = true;  ///< false: the server is there and does not want us
};
/// Of a connection that was not made, whose verbosity was `PQERRORS_VERBOSE`.
[[nodiscard]] ConnectFailure connect_failure_of(const PGconn* connection, const std::string& where);

}  // namespace synapsed::storage::postgresql
