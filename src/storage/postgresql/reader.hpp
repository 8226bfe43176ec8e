#pragma once

/// \file
/// Reads of entries within a transaction on a connection. Thread rule: one thread at a time.

#include <memory>
#include <optional>

#include "storage/backend.hpp"
#include "storage/postgresql/connection.hpp"
#include "storage/postgresql/wire.hpp"

namespace synapsed::storage::postgresql {

class Reader {
 public:
  /// `connection` outlives it and its cursors.
  explicit Reader(Connection& connection) : connection_(connection) {}

  /// Valid until the next one.
  [[nodiscard]] Result<std::optional<ByteSpan>> get(ByteSpan key);
  [[nodiscard]] Result<std::unique_ptr<BackendCursor>> scan(const KeyRange& range,
                                                            Direction direction);

 private:
  Connection& connection_;
  std::optional<Rows> got_;
};

}  // namespace synapsed::storage::postgresql
