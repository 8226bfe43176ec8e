#include "storage/postgresql/address.hpp"

#include <libpq-fe.h>

#include <memory>
#include <string_view>

#include <fmt/format.h>

namespace synapsed::storage::postgresql {
namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Options = std::unique_ptr<PQconninfoOption, FreeOptions>;

/// Empty when the URL does not say.
std::string_view value_of(const Options& options, std::string_view keyword) {
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->keyword == keyword && option->val != nullptr) return option->val;
  }
  return {};
}

/// A password whose special characters were not written as %XX ends up in other parts.
bool may_hold_password(const Options& options) {
  const std::string_view host = value_of(options, "host");
  const std::string_view port = value_of(options, "port");
  return host.find('@', 1) != std::string_view::npos ||
         port.find_first_not_of("0123456789,") != std::string_view::npos;
}

std::string where_of(const Options& options) {
  const std::string_view port = value_of(options, "port");
  const std::string_view database = value_of(options, "dbname");
  const bool is_doubtful = database.find('@') != std::string_view::npos;
  return fmt::format("postgresql://{}{}{}/{}", value_of(options, "host"), port.empty() ? "" : ":",
                     port, is_doubtful ? "" : database);
}

}  // namespace

Result<Address> Address::parse(const std::string& url) {
  char* message = nullptr;
  const Options options(PQconninfoParse(url.c_str(), &message));
  if (message != nullptr) PQfreemem(message);  // it may repeat the password
  if (options == nullptr || may_hold_password(options)) {
    return std::unexpected(
        Error(ErrorCode::kStorageInvalidArgument, "the URL of the PostgreSQL server is none")
            .help("write postgresql://USER@HOST:PORT/DATABASE; special characters as %XX"));
  }
  return Address{.url = url, .where = where_of(options)};
}

}  // namespace synapsed::storage::postgresql
