#pragma once

/// \file
/// The newest part of the history, in memory. Thread rule: one thread at a time.

#include <deque>

#include "storage/history.hpp"

namespace synapsed::storage {

class HistoryCache {
 public:
  /// Takes in what others committed. Error: that of reading.
  Result<void> catch_up(BackendReader& reader, Version last);
  /// A commit of ours.
  void append(HistoryEntry entry);
  /// Keys that were written after `version`, viewed until the next change of the cache. None when not
  /// all of these commits are remembered.
  [[nodiscard]] Result<std::optional<std::vector<ByteSpan>>> written_after(BackendReader& reader,
                                                                          Version version);

 private:
  void push_back(HistoryEntry entry);
  void trim();

  std::deque<HistoryEntry> entries_;  ///< up to `last_`, without gaps
  Version last_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace synapsed::storage
