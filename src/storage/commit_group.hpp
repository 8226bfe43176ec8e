#pragma once

/// \file
/// Commits that are made durable together: which of them may be, in their order, and what they write.
///
/// Each is taken whole or refused whole, as if it came after those that were taken before it. Nothing
/// is written before `write`.
///
/// Thread rule: one thread at a time. The requests outlive it.

#include <deque>
#include <map>
#include <span>
#include <vector>

#include "storage/backend.hpp"
#include "storage/commit_request.hpp"
#include "storage/history_cache.hpp"

namespace synapsed::storage {

class CommitGroup {
 public:
  CommitGroup(BackendWriter& writer, HistoryCache& history, const StorageOptions& options)
      : writer_(writer), history_(history), options_(options) {}

  /// Reads what judging the requests needs.
  Result<void> prepare(std::span<const CommitRequest* const> requests);
  /// Takes one. Errors: `storage.conflict`, `storage.quota`, `storage.not_a_counter`, those of reading.
  Result<void> take(const CommitRequest& request);
  [[nodiscard]] bool is_empty() const { return !has_taken_; }
  /// Hands everything that was taken to the writer, which the caller commits, as the commit after
  /// `last`.
  [[nodiscard]] Result<HistoryEntry> write(Version last);

 private:
  /// A key that a request changes: what it will be when those taken so far are.
  struct Slot {
    ByteSpan key;
    std::optional<std::uint64_t> length;  ///< none: there is no such key
    std::optional<ByteSpan> record;       ///< where it was read, or written
    bool is_changed = false;
  };
  struct Step {
    Slot* slot;
    std::optional<ByteSpan> record;  ///< none: removes
  };
  /// What a request changes of the usage of a space.
  struct Growth {
    SpaceName space;
    std::int64_t keys = 0;
    std::int64_t bytes = 0;
  };
  struct Counted {
    Usage usage;
    bool is_changed = false;
  };

  Result<void> read_lengths();
  Result<void> read_records(std::span<const CommitRequest* const> requests);
  Result<void> find_chunks();
  Result<void> check_conflicts(const CommitRequest& request);
  [[nodiscard]] Result<std::vector<Step>> steps_of(const CommitRequest& request);
  [[nodiscard]] Result<ByteSpan> sum_of(const Slot& slot, std::int64_t delta, ByteSpan key);
  void remove_chunks(const Slot& slot, const CommitRequest& request, std::vector<Step>& steps);
  void sort_slots();
  /// That of a key which a request changes.
  [[nodiscard]] Slot& slot_of(ByteSpan key);
  /// The first that is not before `key`.
  [[nodiscard]] std::vector<Slot>::iterator slots_from(ByteSpan key);
  [[nodiscard]] static std::vector<Growth> growth_of(const std::vector<Step>& steps);
  Result<void> grow(const std::vector<Growth>& growth);
  [[nodiscard]] Result<Counted*> usage_at(Bytes key);
  [[nodiscard]] ByteSpan keep(Bytes bytes);

  BackendWriter& writer_;
  HistoryCache& history_;
  const StorageOptions& options_;
  std::vector<Slot> slots_;  ///< in the order of keys
  std::size_t next_slot_ = 0;  ///< after the last that was asked for: often the next one
  std::deque<Bytes> kept_;  ///< what slots and steps view and no request holds
  std::map<Bytes, Counted, BytesLess> usage_;
  std::vector<ByteSpan> written_;  ///< keys of class `kEntry` that those taken change
  bool has_taken_ = false;
};

}  // namespace synapsed::storage
