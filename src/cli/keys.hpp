#pragma once

/// \file
/// What the commands below `synapsed keys` have in common.

#include <optional>
#include <string>
#include <vector>

#include <synapsed/crypto_keystore.hpp>

#include "cli/command.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"

namespace synapsed::cli {

/// At most one is given; none: a passphrase of the environment or the terminal.
struct MasterOptions {
  std::optional<std::string> file;
  std::optional<std::string> os;
  std::optional<std::string> passphrase_file;
};

/// Declares them: `--PREFIXmaster-file`, `--PREFIXmaster-os`, `--PREFIXpassphrase-file`. `description`
/// says what they are of.
void add_master_options(CLI::App& app, MasterOptions& master, const std::string& prefix,
                        const std::string& description);

/// Of all of the commands; each declares those it has.
struct KeysOptions {
  std::optional<std::string> keys;
  MasterOptions master;
  MasterOptions new_master;
  std::optional<std::string> tenant;
  std::string name;
  std::optional<std::string> algorithm;
  std::vector<std::string> uses;
  std::vector<std::string> modules;
  std::optional<std::string> format;
  std::optional<std::string> out;
  std::string file;
  bool no_modules = false;
  bool json = false;
  bool force = false;
  bool yes = false;

  [[nodiscard]] crypto::KeyName key() const { return {tenant.value_or(""), name}; }
};

/// The file that is named by `--keys`, or the environment.
[[nodiscard]] std::optional<std::string> find_key_file(const KeysOptions& options,
                                                       const Invocation& invocation);
/// The master key of a file there is.
[[nodiscard]] Result<crypto::MasterKey> read_master(const KeysOptions& options,
                                                    const Invocation& invocation);
/// The one that a file gets: `options.master` of a new file, else `options.new_master`. A
/// passphrase is asked for twice.
enum class NewMaster : std::uint8_t { kOfNewFile, kInPlaceOfTheOld };
[[nodiscard]] Result<crypto::MasterKey> read_new_master(const KeysOptions& options, NewMaster which,
                                                        const Invocation& invocation);

int report_no_key_file(const Invocation& invocation);

/// Opens the store and does what `act` does with it, which returns a `Result<void>`.
template <typename Act>
int act_on_store(const KeysOptions& options, const Invocation& invocation, const Act& act) {
  const auto path = find_key_file(options, invocation);
  if (!path) return report_no_key_file(invocation);
  auto master = read_master(options, invocation);
  if (!master) return report_failure(options.json, invocation, master.error());
  auto store = crypto::KeyStore::open(*path, *master);
  if (!store) return report_failure(options.json, invocation, store.error());
  const Result<void> done = act(*store);
  return done ? kSuccess : report_failure(options.json, invocation, done.error());
}

/// `"signing"`, with its tenant where it has one.
[[nodiscard]] std::string shown(const crypto::KeyName& name);
[[nodiscard]] Json to_json(const crypto::KeyInfo& info);
/// `json` with `"error": null` before it.
[[nodiscard]] Json without_error(Json json);

int init_keys(const KeysOptions& options, const Invocation& invocation);
int generate_key(const KeysOptions& options, const Invocation& invocation);
int list_keys(const KeysOptions& options, const Invocation& invocation);
int show_key(const KeysOptions& options, const Invocation& invocation);
int write_public_key(const KeysOptions& options, const Invocation& invocation);
int import_key(const KeysOptions& options, const Invocation& invocation);
int export_key(const KeysOptions& options, const Invocation& invocation);
int set_key_policy(const KeysOptions& options, const Invocation& invocation);
int rotate_key(const KeysOptions& options, const Invocation& invocation);
int rotate_master(const KeysOptions& options, const Invocation& invocation);
int remove_key(const KeysOptions& options, const Invocation& invocation);
int verify_keys(const KeysOptions& options, const Invocation& invocation);

/// What `--use` says. Error: `crypto.invalid_argument` for a use that keys of the algorithm have
/// not.
[[nodiscard]] Result<crypto::KeyUse> uses_of(const KeysOptions& options,
                                             crypto::KeyAlgorithm algorithm);

}  // namespace synapsed::cli
