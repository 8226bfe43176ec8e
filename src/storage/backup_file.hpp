#pragma once

/// \file
/// The file of a backup: docs/formats/storage-backup.md. Thread rule: one thread at a time.

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include <synapsed/storage.hpp>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "base/sha256.hpp"

namespace synapsed::storage {

class BackupWriter {
 public:
  /// The file appears with `complete`.
  [[nodiscard]] static Result<BackupWriter> create(const std::string& path);
  Result<void> add(ByteSpan key, ByteSpan value);
  Result<void> complete();

 private:
  explicit BackupWriter(PendingFile file) : file_(std::move(file)) {}
  Result<void> begin();
  Result<void> flush();

  PendingFile file_;
  Bytes block_;
  Sha256Digest chain_{};
  std::uint64_t entries_ = 0;
};

/// Gives the entries of a file, each once its block is known to be what was written. Errors:
/// `storage.corrupt`, `storage.schema` for a newer format, `load.unreadable`.
class BackupReader {
 public:
  [[nodiscard]] static Result<BackupReader> open(const std::string& path);
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, Close>;
  /// An open file; `path` is what errors call it.
  [[nodiscard]] static Result<BackupReader> read_from(File file, std::string path);

  struct Entry {
    ByteSpan key;
    ByteSpan value;
  };
  /// None after the last, when the file is whole. Valid until the next call.
  [[nodiscard]] Result<std::optional<Entry>> next();

 private:
  BackupReader(File file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}

  Result<void> read_head();
  /// False: it was the end.
  [[nodiscard]] Result<bool> read_block();
  [[nodiscard]] Result<void> read_end();
  [[nodiscard]] Result<Bytes> read(std::size_t bytes);
  [[nodiscard]] Error corrupt(const char* what) const;

  File file_;
  std::string path_;
  Bytes block_;
  std::size_t at_ = 0;  ///< in the block
  Sha256Digest chain_{};
  std::uint64_t entries_ = 0;
  bool is_over_ = false;
};

}  // namespace synapsed::storage
