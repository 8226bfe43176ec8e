#pragma once

/// \file
/// What a storage rests on: ordered keys and values, read as of one moment, changed by one writer at a
/// time. Transactions, spaces, quotas and the history of commits are made of this and nothing else, so
/// that they are the same on every backend.
///
/// Errors: those of storage.hpp; a backend turns its own into them.
///
/// Thread rule: a backend is safe from any thread; snapshots, cursors and writers are used by one
/// thread at a time, which may be another each time, and are gone before their backend.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <synapsed/storage.hpp>

#include "base/bytes.hpp"

namespace synapsed::storage {

class BackendCursor {
 public:
  virtual ~BackendCursor() = default;
  /// To the next entry; false after the last, and then always.
  virtual Result<bool> next() = 0;
  /// Valid until `next`.
  [[nodiscard]] virtual ByteSpan key() const = 0;
  [[nodiscard]] virtual ByteSpan value() const = 0;
};

/// What can be read. The keys and values returned are valid until the next call on the same object.
class BackendReader {
 public:
  virtual ~BackendReader() = default;
  [[nodiscard]] virtual Result<std::optional<ByteSpan>> get(ByteSpan key) = 0;
  /// Several cursors may be open at once, and `get` called between.
  [[nodiscard]] virtual Result<std::unique_ptr<BackendCursor>> scan(const KeyRange& range,
                                                                    Direction direction) = 0;
};

/// Everything as it was when the snapshot was made, whatever is committed meanwhile.
class BackendSnapshot : public BackendReader {};

/// Sets a key, or removes it.
struct BackendChange {
  ByteSpan key;
  std::optional<ByteSpan> value;  ///< none: removes it, if it is there

  [[nodiscard]] bool sets() const { return value.has_value(); }
};

/// Of several processes' writers one is at work. Dropped without `commit`, it has changed nothing.
/// What is read is read before the first `apply`.
class BackendWriter : public BackendReader {
 public:
  /// Of each key's value; none where there is no such key. In one go where that is faster.
  [[nodiscard]] virtual Result<std::vector<std::optional<Bytes>>> get_all(
      std::span<const ByteSpan> keys) = 0;
  /// The same of their lengths.
  [[nodiscard]] virtual Result<std::vector<std::optional<std::uint64_t>>> lengths(
      std::span<const ByteSpan> keys) = 0;
  /// No key twice, in the order of keys.
  virtual Result<void> apply(std::span<const BackendChange> changes) = 0;
  /// Once it returns the changes last. After an error they may or may not have been made: another
  /// writer sees which, as there is none while this commit may still be under way; a snapshot may not.
  /// Nothing is called afterwards.
  virtual Result<void> commit() = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;
  [[nodiscard]] virtual Result<std::unique_ptr<BackendSnapshot>> snapshot() = 0;
  /// Waits for other writers, at most for the options' `busy_timeout` (`storage.busy`).
  [[nodiscard]] virtual Result<std::unique_ptr<BackendWriter>> write() = 0;
  /// Whether what it keeps is sound, by its own means. Error: `storage.corrupt`.
  virtual Result<void> check() = 0;
  /// Changes outlive the process, and a commit takes as long as its disk.
  [[nodiscard]] virtual bool is_durable() const = 0;
  [[nodiscard]] virtual std::string where() const = 0;  ///< for errors; without passwords
};

/// By the URL of the options. A backend whose URL names something else than ours is refused.
[[nodiscard]] Result<std::unique_ptr<Backend>> open_backend(const StorageOptions& options);

[[nodiscard]] std::unique_ptr<Backend> open_memory(const StorageOptions& options);
[[nodiscard]] Result<std::unique_ptr<Backend>> open_sqlite(const StorageOptions& options,
                                                           const std::string& path);
[[nodiscard]] Result<std::unique_ptr<Backend>> open_postgresql(const StorageOptions& options);

}  // namespace synapsed::storage
