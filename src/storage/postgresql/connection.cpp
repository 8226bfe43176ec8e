#include "storage/postgresql/connection.hpp"

#include <poll.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/try.hpp"
#include "storage/postgresql/errors.hpp"

namespace synapsed::storage::postgresql {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kAttemptLeast{1000};  // to connect, however short the patience
constexpr milliseconds kPauseFirst{5};
constexpr milliseconds kPauseMost{250};
constexpr int kServerVersionLeast = 120'000;

/// Before the URL, which may say otherwise. A server that is gone is noticed within half a minute.
constexpr std::array kKeywords = std::to_array<const char*>(
    {"keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
     "client_encoding", "fallback_application_name", "dbname", nullptr});
constexpr std::array kValues = std::to_array<const char*>(
    {"10", "5", "3", "15000", "UTF8", "synapsed", nullptr /* the URL */, nullptr});

/// Entries are found by their keys, always: plans that read more are ruled out. A server whose
/// client is gone gives up its lock soon, too. Commits last.
constexpr const char* kSession =
    "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; SET jit = off; "
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; "
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') = 'off'";

/// False when the time is up.
bool wait_for(int socket, bool to_read, Clock::time_point until) {
  const auto left = std::chrono::ceil<milliseconds>(until - Clock::now()).count();
  const short events = to_read ? POLLIN : POLLOUT;
  pollfd entry{.fd = socket, .events = events, .revents = 0};
  return ::poll(&entry, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX))) != 0;
}

bool is_good(const Rows& rows) {
  const ExecStatusType status = PQresultStatus(rows.raw());
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

Error no_answer(const std::string& where) {
  return Error(ErrorCode::kStorageUnavailable, "PostgreSQL does not answer").at(where);
}

}  // namespace

/// One attempt to connect.
class Connecting {
 public:
  explicit Connecting(const Address& address) : where_(address.where) {
    auto values = kValues;
    values[values.size() - 2] = address.url.c_str();
    connection_.reset(PQconnectStartParams(kKeywords.data(), values.data(), 1));
    PQsetErrorVerbosity(connection_.get(), PQERRORS_VERBOSE);
    PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
  }

  std::expected<std::unique_ptr<Connection>, ConnectFailure> finish(Clock::time_point until) {
    if (!negotiate(until)) return std::unexpected(ConnectFailure{no_answer(where_)});
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
      return std::unexpected(connect_failure_of(connection_.get(), where_));
    }
    PQsetErrorVerbosity(connection_.get(), PQERRORS_DEFAULT);
    if (PQserverVersion(connection_.get()) < kServerVersionLeast) return std::unexpected(too_old());
    std::unique_ptr<Connection> made(new Connection(std::move(connection_), where_));
    const auto session = made->run(kSession);
    if (!session) return std::unexpected(ConnectFailure{session.error()});
    return made;
  }

 private:
  /// False when the time is up.
  bool negotiate(Clock::time_point until) {
    if (PQstatus(connection_.get()) == CONNECTION_BAD) return true;
    PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
    while (wanted == PGRES_POLLING_READING || wanted == PGRES_POLLING_WRITING) {
      const bool to_read = wanted == PGRES_POLLING_READING;
      if (!wait_for(PQsocket(connection_.get()), to_read, until)) return false;
      wanted = PQconnectPoll(connection_.get());
    }
    return true;
  }

  [[nodiscard]] ConnectFailure too_old() const {
    return {Error(ErrorCode::kStorageUnavailable, "PostgreSQL 12 or later is needed").at(where_),
            false};
  }

  const std::string where_;
  Connection::Handle connection_;
};

Connection::Connection(Handle connection, std::string where)
    : connection_(std::move(connection)), where_(std::move(where)) {}

Result<std::unique_ptr<Connection>> Connection::open(const Address& address,
                                                     Clock::time_point until) {
  milliseconds pause = kPauseFirst;
  while (true) {
    Connecting connecting(address);
    auto made = connecting.finish(std::max(until, Clock::now() + kAttemptLeast));
    if (made) return std::move(*made);
    if (!made.error().may_pass || Clock::now() + pause > until) {
      return std::unexpected(std::move(made.error().error));
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kPauseMost);
  }
}

Result<Rows> Connection::run(Statement statement, std::initializer_list<ByteSpan> parameters) {
  TRY(prepare(statement));
  std::array<const char*, kParametersMax> values{};
  std::array<int, kParametersMax> lengths{};
  std::array<int, kParametersMax> formats{};
  formats.fill(1);
  int count = 0;
  for (const ByteSpan parameter : parameters) {
    const auto at = static_cast<std::size_t>(count++);
    values[at] = parameter.empty() ? "" : as_text(parameter).data();  // a null pointer is a null
    lengths[at] = static_cast<int>(parameter.size());
  }
  const std::string name = std::to_string(static_cast<int>(statement));
  return accept(Rows(PQexecPrepared(connection_.get(), name.c_str(), count, values.data(),
                                    lengths.data(), formats.data(), 1)));
}

Result<void> Connection::prepare(Statement statement) {
  const auto index = static_cast<std::size_t>(statement);
  if (is_prepared_[index]) return {};
  const std::string name = std::to_string(index);
  TRY(accept(Rows(PQprepare(connection_.get(), name.c_str(), kStatements[index], 0, nullptr))));
  is_prepared_[index] = true;
  return {};
}

Result<Rows> Connection::run(const std::string& sql) {
  return accept(Rows(PQexec(connection_.get(), sql.c_str())));
}

Result<Rows> Connection::run_until(Clock::time_point until, const std::string& sql) {
  if (PQtransactionStatus(connection_.get()) != PQTRANS_IDLE) TRY(receive(until));  // `roll_back`
  PQsendQuery(connection_.get(), sql.c_str());
  return receive(until);
}

/// The last result, or the first error.
Result<Rows> Connection::receive(Clock::time_point until) {
  std::optional<Rows> last;
  while (true) {
    while (PQisBusy(connection_.get()) != 0) {
      if (!wait_for(PQsocket(connection_.get()), true, until)) {
        is_given_up_ = true;
        return std::unexpected(no_answer(where_));
      }
      if (PQconsumeInput(connection_.get()) == 0) break;
    }
    Rows rows(PQgetResult(connection_.get()));
    if (rows.raw() == nullptr) return accept(last ? std::move(*last) : std::move(rows));
    if (!last || is_good(*last)) last = std::move(rows);
  }
}

Result<void> Connection::commit() {
  auto rows = TRY(run("COMMIT"));
  // The commit of a transaction that failed rolls it back, and succeeds.
  if (std::string_view(PQcmdStatus(rows.raw())) == "COMMIT") return {};
  return std::unexpected(
      Error(ErrorCode::kStorageUnavailable, "PostgreSQL rolled the transaction back").at(where_));
}

void Connection::roll_back() {
  if (PQtransactionStatus(connection_.get()) == PQTRANS_IDLE) return;
  PQsendQuery(connection_.get(), "ROLLBACK");
}

Result<Rows> Connection::accept(Rows rows) const {
  if (is_good(rows)) return rows;
  return std::unexpected(error_of(connection_.get(), rows.raw(), where_));
}

}  // namespace synapsed::storage::postgresql
