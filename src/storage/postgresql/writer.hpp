#pragma once

/// \file
/// Writes of entries. Thread rule: that of backend.hpp.

#include <memory>

#include "storage/backend.hpp"
#include "storage/postgresql/pool.hpp"

namespace synapsed::storage::postgresql {

/// `pool` has one connection, so that one writer of this process is at work; a lock of the server's
/// keeps those of others out until the transaction ends.
[[nodiscard]] Result<std::unique_ptr<BackendWriter>> begin_write(Pool& pool);

}  // namespace synapsed::storage::postgresql
