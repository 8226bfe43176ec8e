#pragma once

/// \file
/// Whole files. Native only; portable rooms take bytes.

#include <cstdint>
#include <memory>
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

/// A file that appears under its name when it is complete: until then the name has what it had. It is
/// written beside it. A symbolic link stays one: what it leads to is replaced. Errors: `host.io`.
///
/// Thread rule: one thread at a time.
class PendingFile {
 public:
  [[nodiscard]] static Result<PendingFile> create(const std::string& path,
                                                  FileAccess access = FileAccess::kAsUsual);
  PendingFile(PendingFile&& other) noexcept;
  PendingFile& operator=(PendingFile&&) = delete;
  /// What was not completed is removed.
  ~PendingFile();

  Result<void> write(std::span<const std::byte> bytes);
  /// Once it returns the file lasts.
  Result<void> complete();

 private:
  struct Parts;
  explicit PendingFile(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// All of a `PendingFile` at once.
[[nodiscard]] Result<void> write_file_atomically(const std::string& path,
                                                 std::span<const std::byte> bytes,
                                                 FileAccess access = FileAccess::kAsUsual);

/// Writes all of `bytes` to an open descriptor, which stays open; `name` is what errors call it.
/// Error: `host.io`.
[[nodiscard]] Result<void> write_descriptor(int descriptor, const std::string& name,
                                            std::span<const std::byte> bytes);

}  // namespace synapsed
