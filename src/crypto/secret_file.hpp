#pragma once

/// \file
/// Secrets from files: the bytes are nowhere but where they are wiped. Thread rule: pure functions.

#include <cstddef>
#include <string>

#include <synapsed/crypto_primitives.hpp>

namespace synapsed::crypto {

/// Reads a descriptor to its end; it stays open, and `name` is what errors call it. Errors:
/// `load.unreadable`, and `load.too_large` beyond `bytes_max`.
[[nodiscard]] Result<SecretBytes> read_secret(int descriptor, const std::string& name,
                                              std::size_t bytes_max);
/// The same of a file.
[[nodiscard]] Result<SecretBytes> read_secret_file(const std::string& path, std::size_t bytes_max);
/// The same of a file or pipe that nobody but its owner may read or write. Error:
/// `crypto.master_key` for others.
[[nodiscard]] Result<SecretBytes> read_private_file(const std::string& path, std::size_t bytes_max);

}  // namespace synapsed::crypto
