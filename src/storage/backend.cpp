#include "storage/backend.hpp"

#include <string_view>

#include <fmt/format.h>

namespace synapsed::storage {

Result<std::unique_ptr<Backend>> open_backend(const StorageOptions& options) {
  constexpr std::string_view kSqlite = "sqlite:";
  const std::string_view url = options.url;
  if (url == "memory:") return open_memory(options);
  if (url.starts_with(kSqlite) && url.size() > kSqlite.size()) {
    return open_sqlite(options, std::string(url.substr(kSqlite.size())));
  }
#ifdef SYNAPSED_WITH_POSTGRESQL
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    return open_postgresql(options);
  }
#endif
  // A URL may hold a password.
  const std::string_view scheme = url.substr(0, url.find(':'));
  return std::unexpected(
      Error(ErrorCode::kStorageInvalidArgument, "no storage is known by this URL")
          .at(fmt::format("\"{}:…\"", scheme))
          .help("memory:, sqlite:PATH"
#ifdef SYNAPSED_WITH_POSTGRESQL
                " or postgresql://USER@HOST/DATABASE"
#endif
                ));
}

}  // namespace synapsed::storage
