#pragma once

/// \file
/// The tables in the database: `synapsed_entries`, and `synapsed_schema` that says of which version
/// they are. Thread rule: a plain function.

#include <chrono>
#include <cstdint>

#include <synapsed/error.hpp>

#include "storage/postgresql/connection.hpp"

namespace synapsed::storage::postgresql {

enum class SchemaAccess : std::uint8_t {
  kLook,    ///< it is there, and of this version
  kUpdate,  ///< and what is older becomes so
  kCreate,  ///< and it is made when it is not there
};

/// Of several processes at once one makes or updates the tables: all of it or nothing.
/// Errors: `storage.schema` for another version, `storage.unavailable` when there are none.
Result<void> prepare_schema(Connection& connection, SchemaAccess access,
                            std::chrono::milliseconds patience);

}  // namespace synapsed::storage::postgresql
