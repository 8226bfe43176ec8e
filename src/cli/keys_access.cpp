// The key file and its master key, from options, the environment and the terminal.

#include <span>
#include <utility>

#include "base/bytes.hpp"
#include "base/try.hpp"
#include "cli/keys.hpp"
#include "cli/passphrase.hpp"

namespace synapsed::cli {
namespace {

using crypto::MasterKey;
using crypto::SecretBytes;

constexpr const char* kKeysVariable = "SYNAPSED_KEYS";

/// How a passphrase comes where no option says so.
struct Passphrase {
  const char* variable;
  const char* question;
  bool is_new;
  const char* help;
};
constexpr const char* kHelp =
    "--master-file, --master-os or --passphrase-file, or the variable SYNAPSED_PASSPHRASE";
constexpr Passphrase kKnown{"SYNAPSED_PASSPHRASE", "Passphrase", false, kHelp};
constexpr Passphrase kOfNewFile{"SYNAPSED_PASSPHRASE", "New passphrase", true, kHelp};
constexpr Passphrase kNext{"SYNAPSED_NEW_PASSPHRASE", "New passphrase", true,
                           "--new-master-file, --new-master-os or --new-passphrase-file, or the "
                           "variable SYNAPSED_NEW_PASSPHRASE"};

MasterKey of_passphrase(const SecretBytes& text) {
  return MasterKey::passphrase(as_text(text.view()));
}

Result<MasterKey> ask(const Passphrase& passphrase, Interrupts& interrupts) {
  auto text = passphrase.is_new ? ask_new_passphrase(passphrase.question, interrupts)
                                : ask_passphrase(passphrase.question, interrupts);
  if (text) return of_passphrase(*text);
  return std::unexpected(std::move(text).error().help(passphrase.help));
}

Result<MasterKey> read(const MasterOptions& options, const Passphrase& passphrase,
                       const Invocation& invocation) {
  if (options.file) return MasterKey::from_file(*options.file);
  if (options.os) return MasterKey::from_os(*options.os);
  if (options.passphrase_file) return of_passphrase(TRY(read_passphrase(*options.passphrase_file)));
  if (auto text = invocation.surroundings.environment(passphrase.variable)) {
    MasterKey key = MasterKey::passphrase(*text);
    crypto::wipe(std::as_writable_bytes(std::span(*text)));
    return key;
  }
  return ask(passphrase, invocation.surroundings.interrupts);
}

}  // namespace

std::optional<std::string> find_key_file(const KeysOptions& options, const Invocation& invocation) {
  auto path = options.keys ? options.keys : invocation.surroundings.environment(kKeysVariable);
  return path && !path->empty() ? path : std::nullopt;
}

Result<MasterKey> read_master(const KeysOptions& options, const Invocation& invocation) {
  return read(options.master, kKnown, invocation);
}

Result<MasterKey> read_new_master(const KeysOptions& options, NewMaster which,
                                  const Invocation& invocation) {
  return which == NewMaster::kOfNewFile ? read(options.master, kOfNewFile, invocation)
                                        : read(options.new_master, kNext, invocation);
}

int report_no_key_file(const Invocation& invocation) {
  return report_bad_usage(invocation.streams(), invocation.coloured_errors, "no key file is named",
                          "--keys FILE, or the variable SYNAPSED_KEYS");
}

}  // namespace synapsed::cli
