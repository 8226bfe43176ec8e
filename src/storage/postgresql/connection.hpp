#pragma once

/// \file
/// A connection to a PostgreSQL server. Thread rule: one thread at a time.

#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <initializer_list>
#include <memory>
#include <string>

#include <synapsed/error.hpp>

#include "base/bytes.hpp"
#include "storage/postgresql/address.hpp"
#include "storage/postgresql/statements.hpp"
#include "storage/postgresql/wire.hpp"

namespace synapsed::storage::postgresql {

using Clock = std::chrono::steady_clock;

class Connection {
 public:
  /// Tries until `until`, once at least; what waiting does not change is told at once. Errors:
  /// `storage.unavailable`; `storage.busy` when the server takes no more connections.
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const Address& address,
                                                                Clock::time_point until);

  [[nodiscard]] Result<Rows> run(Statement statement, std::initializer_list<ByteSpan> parameters);
  /// One or more statements at once; the rows are the last one's, as text.
  [[nodiscard]] Result<Rows> run(const std::string& sql);
  /// The same; a server that does not answer by `until` is given up.
  [[nodiscard]] Result<Rows> run_until(Clock::time_point until, const std::string& sql);
  Result<void> commit();
  /// If there is a transaction. Does not wait for the server, which does so before anything else.
  void roll_back();

  /// The server was there when it was last used.
  [[nodiscard]] bool is_alive() const {
    return !is_given_up_ && PQstatus(connection_.get()) == CONNECTION_OK;
  }
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  using Handle = std::unique_ptr<PGconn, Finish>;

  Connection(Handle connection, std::string where);
  Result<void> prepare(Statement statement);
  Result<Rows> receive(Clock::time_point until);
  [[nodiscard]] Result<Rows> accept(Rows rows) const;

  friend class Connecting;

  Handle connection_;
  const std::string where_;
  std::array<bool, kStatements.size()> is_prepared_{};
  bool is_given_up_ = false;
};

}  // namespace synapsed::storage::postgresql
