#pragma once

/// \file
/// The URL of a PostgreSQL server, and what may be told of it. Thread rule: a value.

#include <string>

#include <synapsed/error.hpp>

namespace synapsed::storage::postgresql {

struct Address {
  std::string url;    ///< as libpq takes it; may hold a password
  std::string where;  ///< `postgresql://HOST:PORT/DATABASE`: for errors

  /// Error: `storage.invalid_argument` for what libpq does not take, which is not repeated.
  [[nodiscard]] static Result<Address> parse(const std::string& url);
};

}  // namespace synapsed::storage::postgresql
