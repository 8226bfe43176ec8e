#pragma once

/// \file
/// Whether the table of entries is sound. Thread rule: a plain function.

#include <synapsed/error.hpp>

#include "storage/postgresql/connection.hpp"

namespace synapsed::storage::postgresql {

/// Reads every value, and every key by the index, within a transaction; and has the extension
/// amcheck compare table and index where the database has it. Error: `storage.corrupt`.
Result<void> check_entries(Connection& connection);

}  // namespace synapsed::storage::postgresql
