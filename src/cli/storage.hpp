#pragma once

/// \file
/// What the commands below `synapsed storage` have in common.

#include <memory>
#include <optional>
#include <string>

#include <synapsed/storage.hpp>

#include "cli/command.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#ifdef SYNAPSED_WITH_CRYPTO
#include "cli/keys.hpp"
#endif

namespace synapsed::cli {

/// Which storage, and with which keys its values are sealed.
struct StorageAccess {
  std::optional<std::string> url;
#ifdef SYNAPSED_WITH_CRYPTO
  KeysOptions keys;
#endif
};
/// Declares `--storage` and, where there is crypto, `--keys` and what opens it. `prefix` is that of the
/// options of the keys.
void add_storage_access(CLI::App& app, StorageAccess& access);

/// Of all of the commands; each declares those it has.
struct StorageCliOptions {
  StorageAccess access;
  std::string tenant;
  std::string module;
  std::string key;
  std::optional<std::string> value;
  std::optional<std::string> file;
  std::optional<std::string> out;
  std::optional<std::string> prefix;
  std::uint64_t limit = UINT64_MAX;
  bool all = false;
  bool hex = false;
  bool reverse = false;
  bool values = false;
  bool json = false;

  [[nodiscard]] storage::SpaceName space() const { return {tenant, module}; }
};

/// Whether it may be made, or changed.
enum class StorageUse : std::uint8_t { kRead, kChange, kMake };

/// The one that is named by `--storage`, or the environment.
[[nodiscard]] Result<storage::Storage> open_storage(const StorageAccess& access, StorageUse use,
                                                    const Invocation& invocation);


/// Opens the storage and does what `act` does with it, which returns a `Result<void>`.
template <typename Act>
int act_on_storage(const StorageCliOptions& options, StorageUse use, const Invocation& invocation,
                   const Act& act) {
  auto opened = open_storage(options.access, use, invocation);
  if (!opened) return report_failure(options.json, invocation, opened.error());
  const Result<void> done = act(*opened);
  return done ? kSuccess : report_failure(options.json, invocation, done.error());
}

/// Bytes as people read them: text, or hexadecimal digits after `hex:` where they are none.
[[nodiscard]] std::string shown(std::span<const std::byte> bytes);
/// As JSON: `NAME` for text, `NAME_hex` for other bytes.
void put_bytes(Json& json, const std::string& name, std::span<const std::byte> bytes);
[[nodiscard]] std::string shown(const storage::SpaceName& space);

int get_value(const StorageCliOptions& options, const Invocation& invocation);
int set_value(const StorageCliOptions& options, const Invocation& invocation);
int remove_value(const StorageCliOptions& options, const Invocation& invocation);
int list_values(const StorageCliOptions& options, const Invocation& invocation);
int list_spaces(const StorageCliOptions& options, const Invocation& invocation);
int watch_storage(const StorageCliOptions& options, const Invocation& invocation);
int export_storage(const StorageCliOptions& options, const Invocation& invocation);
int import_storage(const StorageCliOptions& options, const Invocation& invocation);
int backup_storage(const StorageCliOptions& options, const Invocation& invocation);
int restore_storage(const StorageCliOptions& options, const Invocation& invocation);
int verify_storage(const StorageCliOptions& options, const Invocation& invocation);
#ifdef SYNAPSED_WITH_CRYPTO
int rotate_storage_key(const StorageCliOptions& options, const Invocation& invocation);
#endif

}  // namespace synapsed::cli
