#pragma once

/// \file
/// The last commits, as a backend keeps them (docs/formats/storage.md): which keys each changed, for
/// conflicts and subscriptions, and a token, by which a commit is known to whoever made it.
/// Thread rule: values.

#include <array>
#include <cstddef>
#include <vector>

#include <synapsed/storage.hpp>

#include "storage/backend.hpp"

namespace synapsed::storage {

using CommitToken = std::array<std::byte, 16>;

/// Nobody else's: random.
[[nodiscard]] CommitToken make_commit_token();

struct ChangedKey {
  Bytes key;  ///< a backend's, of class `kEntry`
  bool is_removed = false;
};

struct HistoryRecord {
  CommitToken token{};
  std::vector<ChangedKey> changes;  ///< in the order of keys

  [[nodiscard]] std::size_t bytes() const;
};

[[nodiscard]] Bytes encode(const HistoryRecord& record);
/// Error: `storage.corrupt`.
[[nodiscard]] Result<HistoryRecord> decode_history(ByteSpan bytes);

struct HistoryEntry {
  Version version = 0;
  HistoryRecord record;
};
/// The records after `after`, up to `last`, oldest first. None when not all of them are remembered.
[[nodiscard]] Result<std::optional<std::vector<HistoryEntry>>> read_history(BackendReader& reader,
                                                                           Version after,
                                                                           Version last);
/// The number of the last commit. Error: `storage.corrupt`.
[[nodiscard]] Result<Version> read_version(BackendReader& reader);

}  // namespace synapsed::storage
