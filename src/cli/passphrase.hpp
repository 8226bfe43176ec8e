#pragma once

/// \file
/// Passphrases, from the terminal and from files.

#include <string>

#include <synapsed/crypto_primitives.hpp>

#include "cli/interrupts.hpp"

namespace synapsed::cli {

/// Asks on the terminal of the process, which shows nothing of what is typed. Error:
/// `crypto.master_key` when there is none, or the answer is too long.
[[nodiscard]] Result<crypto::SecretBytes> ask_passphrase(const std::string& question,
                                                         Interrupts& interrupts);
/// The same, twice. Error: `crypto.master_key` unless both are alike.
[[nodiscard]] Result<crypto::SecretBytes> ask_new_passphrase(const std::string& question,
                                                             Interrupts& interrupts);
/// The first line of a file, which only its owner may read.
[[nodiscard]] Result<crypto::SecretBytes> read_passphrase(const std::string& path);

}  // namespace synapsed::cli
