#include "storage/postgresql/pool.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/try.hpp"

namespace synapsed::storage::postgresql {

using std::chrono::milliseconds;

namespace {

/// For a server that waited for so long itself to say so.
constexpr milliseconds kGrace{1000};

}  // namespace

Lease::~Lease() {
  if (pool_ == nullptr) return;
  if (connection_ != nullptr) connection_->roll_back();
  pool_->give_back(std::move(connection_));
}

Pool::Pool(Address address, std::size_t connections_max, milliseconds patience, Error busy)
    : address_(std::move(address)),
      connections_max_(connections_max),
      patience_(patience),
      busy_(std::move(busy)) {}

Result<Lease> Pool::begin(const std::string& sql) {
  const auto until = Clock::now() + patience_;
  auto lease = TRY(wait_for_place(until));
  while (true) {
    lease.connection_ = take_kept();
    if (lease.connection_ == nullptr) lease.connection_ = TRY(Connection::open(address_, until));
    const auto left = std::chrono::ceil<milliseconds>(until - Clock::now()).count();
    auto begun = lease->run_until(
        until + kGrace, fmt::format(fmt::runtime(sql), std::max<std::int64_t>(left, 1)));
    if (begun) return lease;
    // One that was kept may be of a server that has gone since.
    if (lease->is_alive() || Clock::now() > until) return std::unexpected(begun.error());
  }
}

Result<Lease> Pool::wait_for_place(Clock::time_point until) {
  Lock<Mutex> lock(mutex_);
  if (!has_place_.wait_until(lock, until, [this] { return lent_ < connections_max_; })) {
    return std::unexpected(busy_);
  }
  ++lent_;
  return Lease(*this);
}

Pool::Kept Pool::take_kept() {
  const Lock<Mutex> lock(mutex_);
  if (kept_.empty()) return nullptr;
  Kept connection = std::move(kept_.back());
  kept_.pop_back();
  return connection;
}

void Pool::give_back(Kept connection) {
  {
    const Lock<Mutex> lock(mutex_);
    --lent_;
    if (connection != nullptr && connection->is_alive()) kept_.push_back(std::move(connection));
  }
  has_place_.notify_one();
}

}  // namespace synapsed::storage::postgresql
