#pragma once

/// \file
/// Compiled code in a directory: docs/formats/code-cache.md. Used by any number of processes at once.
///
/// An entry that is damaged, cut short, of another module or written by somebody who does not have the
/// installation's key is no entry: it is counted, and whoever asked compiles again.
///
/// Thread rule: safe from any thread.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

#include "base/bytes.hpp"
#include "base/native/descriptor.hpp"
#include "base/sha256.hpp"
#include "code_cache/entry.hpp"

namespace synapsed::code_cache {

struct Contents {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
};

/// Since it was opened.
struct Counts {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t refused = 0;  ///< among the misses: entries that were not authentic
  std::uint64_t written = 0;
  std::uint64_t not_written = 0;  ///< the directory did not take them
  std::uint64_t evicted = 0;
};

class Cache {
 public:
  /// An entry that was checked, open: nobody can put another in its place.
  struct Found {
    Descriptor file;
    Bytes extra;
    /// Where the code can be read from, as its first bytes, while this lives.
    [[nodiscard]] std::string path() const;
  };

  /// Makes the directory, readable by its owner only, when there is none. Entries used least recently are
  /// removed when there are more than `bytes_max`. Errors: `host.io`; `config.invalid` for a directory that
  /// others can write to.
  [[nodiscard]] static Result<std::shared_ptr<Cache>> open(const std::string& directory,
                                                           std::uint64_t bytes_max);

  [[nodiscard]] std::unique_ptr<Found> find(const Sha256Digest& key);
  /// What cannot be written is counted: the cache is no condition for anything.
  void put(const Sha256Digest& key, ByteSpan code, ByteSpan extra);
  /// The entry was found, but the engine did not take it.
  void refuse(const Sha256Digest& key);

  [[nodiscard]] Counts counts() const;
  /// Error: `host.io`, as below.
  [[nodiscard]] Result<Contents> contents() const;
  /// Removes all entries, and what processes left that ended in the middle. Returns what it removed.
  Result<Contents> clear();

 private:
  struct File {
    std::string path;
    std::uint64_t bytes = 0;
    std::int64_t used_ns = 0;
    bool is_entry = false;
  };

  Cache(std::string directory, std::uint64_t bytes_max, const Secret& secret)
      : directory_(std::move(directory)), bytes_max_(bytes_max), secret_(secret) {}

  [[nodiscard]] std::string path_of(const Sha256Digest& key) const;
  [[nodiscard]] Result<std::vector<File>> files() const;
  void evict();

  const std::string directory_;
  const std::uint64_t bytes_max_;
  const Secret secret_;
  std::atomic<std::uint64_t> hits_ = 0;
  std::atomic<std::uint64_t> misses_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  std::atomic<std::uint64_t> written_ = 0;
  std::atomic<std::uint64_t> not_written_ = 0;
  std::atomic<std::uint64_t> evicted_ = 0;
};

}  // namespace synapsed::code_cache
