#pragma once

/// \file
/// Connections that are kept open. Thread rule: a pool is safe from any thread; a lease is used by one
/// thread at a time, and ends before its pool.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/sync.hpp"
#include "storage/postgresql/connection.hpp"

namespace synapsed::storage::postgresql {

class Pool;

/// A connection until it goes back, or a place for one; its transaction is rolled back then.
class Lease {
 public:
  explicit Lease(Pool& pool) : pool_(&pool) {}
  Lease(Lease&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)), connection_(std::move(other.connection_)) {}
  Lease& operator=(Lease&& other) = delete;
  ~Lease();

  Connection& operator*() const { return *connection_; }
  Connection* operator->() const { return connection_.get(); }

 private:
  friend class Pool;

  Pool* pool_;
  std::unique_ptr<Connection> connection_;
};

class Pool {
 public:
  /// `busy` is the error when others use all connections for too long.
  Pool(Address address, std::size_t connections_max, std::chrono::milliseconds patience, Error busy);

  /// A connection in the transaction that `sql` begins: reconnects to a server that comes back, and
  /// waits for other leases, for `patience` in all. In `sql`, `{}` are the milliseconds left.
  /// Errors: `storage.unavailable`, `storage.busy`, those of `sql`.
  [[nodiscard]] Result<Lease> begin(const std::string& sql);

 private:
  friend class Lease;
  using Kept = std::unique_ptr<Connection>;

  Result<Lease> wait_for_place(Clock::time_point until);
  [[nodiscard]] Kept take_kept();
  void give_back(Kept connection);

  const Address address_;
  const std::size_t connections_max_;
  const std::chrono::milliseconds patience_;
  const Error busy_;
  Mutex mutex_;
  Condition has_place_;
  std::size_t lent_ = 0;
  std::vector<Kept> kept_;  ///< those used last at the end
};

}  // namespace synapsed::storage::postgresql
