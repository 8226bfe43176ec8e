#pragma once

/// \file
/// Whole files. Native only; portable rooms take bytes.

#include <cstdint>
#include <span>
#include <string>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

namespace synapsed {

/// Reads a regular file, pipe or device. Errors: `load.unreadable`; `load.too_large` when it holds
/// more than `bytes_max`.
[[nodiscard]] Result<Bytes> read_file(const std::string& path, std::uint64_t bytes_max);

/// The same for an open descriptor, which stays open; `name` is what errors call it.
[[nodiscard]] Result<Bytes> read_descriptor(int descriptor, const std::string& name,
                                            std::uint64_t bytes_max);

/// Who may read a new file.
enum class FileAccess : std::uint8_t { kAsUsual, kOwnerOnly };

/// Writes a temporary file in the same directory and renames it: `path` holds either what it held
/// before or all of `bytes`. A symbolic link stays one: what it leads to is replaced. Error:
/// `host.io`.
[[nodiscard]] Result<void> write_file_atomically(const std::string& path,
                                                 std::span<const std::byte> bytes,
                                                 FileAccess access = FileAccess::kAsUsual);

/// Writes all of `bytes` to an open descriptor, which stays open; `name` is what errors call it.
/// Error: `host.io`.
[[nodiscard]] Result<void> write_descriptor(int descriptor, const std::string& name,
                                            std::span<const std::byte> bytes);

}  // namespace synapsed
