#include "storage/commit_group.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/try.hpp"

namespace synapsed::storage {
namespace {

using Requests = std::span<const CommitRequest* const>;

bool is_entry(ByteSpan key) { return key.front() == static_cast<std::byte>(KeyClass::kEntry); }

bool is_blob(std::optional<ByteSpan> record) {
  return record && kind_of(*record) == RecordKind::kBlob;
}

std::string name_of(const SpaceName& space) {
  return fmt::format("tenant \"{}\", module \"{}\"", space.tenant, space.module);
}

Error conflict(std::string message) {
  return Error(ErrorCode::kStorageConflict, std::move(message)).help("run the transaction again");
}

Error not_a_counter(ByteSpan key) {
  const auto entry = read_entry_key(key);
  return Error(ErrorCode::kStorageNotACounter,
               "the value is no counter of 8 bytes, or would be beyond 64 bits")
      .at(entry ? name_of(entry->space()) : "");
}

Result<void> check_quota(const Quota& quota, const Usage& usage, std::string where) {
  const bool keys = quota.keys_max != 0 && usage.keys > quota.keys_max;
  if (!keys && (quota.bytes_max == 0 || usage.bytes <= quota.bytes_max)) return {};
  return std::unexpected(
      Error(ErrorCode::kStorageQuota, keys ? fmt::format("more than {} keys", quota.keys_max)
                                           : fmt::format("more than {} bytes", quota.bytes_max))
          .at(std::move(where))
          .help("remove keys, or raise the quota"));
}

}  // namespace

ByteSpan CommitGroup::keep(Bytes bytes) { return kept_.emplace_back(std::move(bytes)); }

void CommitGroup::sort_slots() {
  if (!std::ranges::is_sorted(slots_, BytesLess{}, &Slot::key)) {
    std::ranges::sort(slots_, BytesLess{}, &Slot::key);
  }
  const auto repeated = std::ranges::unique(slots_, is_equal, &Slot::key);
  slots_.erase(repeated.begin(), repeated.end());
}

std::vector<CommitGroup::Slot>::iterator CommitGroup::slots_from(ByteSpan key) {
  return std::ranges::lower_bound(slots_, key, BytesLess{}, &Slot::key);
}

CommitGroup::Slot& CommitGroup::slot_of(ByteSpan key) {
  if (next_slot_ >= slots_.size() || !is_equal(slots_[next_slot_].key, key)) {
    next_slot_ = static_cast<std::size_t>(slots_from(key) - slots_.begin());
  }
  return slots_[next_slot_++];
}

Result<void> CommitGroup::prepare(Requests requests) {
  for (const CommitRequest* request : requests) {
    for (const auto& [key, change] : request->changes) slots_.push_back({.key = key});
  }
  sort_slots();
  TRY(read_lengths());
  TRY(read_records(requests));
  return find_chunks();
}

Result<void> CommitGroup::read_lengths() {
  std::vector<ByteSpan> keys;
  keys.reserve(slots_.size());
  for (const Slot& slot : slots_) keys.push_back(slot.key);
  const auto lengths = TRY(writer_.lengths(keys));
  for (std::size_t i = 0; i < keys.size(); ++i) slots_[i].length = lengths[i];
  return {};
}

/// Of counters that are added to, and of what may be a blob: its pieces go with it.
Result<void> CommitGroup::read_records(Requests requests) {
  std::vector<ByteSpan> keys;
  for (const CommitRequest* request : requests) {
    for (const auto& [key, change] : request->changes) {
      const Slot& slot = slot_of(key);
      const bool is_added = change.kind == BufferedChange::Kind::kAdd && slot.length;
      if (is_added || (is_entry(key) && slot.length == kBlobRecordBytes)) keys.emplace_back(key);
    }
  }
  std::ranges::sort(keys, BytesLess{});
  const auto repeated = std::ranges::unique(keys, is_equal);
  keys.erase(repeated.begin(), repeated.end());
  if (keys.empty()) return {};
  auto records = TRY(writer_.get_all(keys));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (records[i]) slot_of(keys[i]).record = keep(std::move(*records[i]));
  }
  return {};
}

/// Pieces of blobs that are replaced or removed.
Result<void> CommitGroup::find_chunks() {
  std::vector<ByteSpan> missing;
  for (const Slot& slot : slots_) {
    if (!is_entry(slot.key) || !is_blob(slot.record)) continue;
    const auto entry = *read_entry_key(slot.key);
    const auto blob = *read_blob_record(*slot.record);
    const Bytes prefix = chunk_prefix(entry.space(), entry.key, blob.number);
    for (std::uint32_t number = 0; number < chunks_of(blob.bytes); ++number) {
      missing.push_back(keep(chunk_key(prefix, number)));
    }
  }
  if (missing.empty()) return {};
  const auto lengths = TRY(writer_.lengths(missing));
  for (std::size_t i = 0; i < missing.size(); ++i) {
    slots_.push_back({.key = missing[i], .length = lengths[i]});
  }
  sort_slots();
  return {};
}

Result<void> CommitGroup::take(const CommitRequest& request) {
  TRY(check_conflicts(request));
  const std::vector<Step> steps = TRY(steps_of(request));
  TRY(grow(growth_of(steps)));
  for (const auto& [slot, record] : steps) {
    slot->is_changed = true;
    slot->record = record;
    slot->length = record ? std::optional<std::uint64_t>(record->size()) : std::nullopt;
    if (is_entry(slot->key)) written_.push_back(slot->key);
  }
  has_taken_ = true;
  return {};
}

Result<void> CommitGroup::check_conflicts(const CommitRequest& request) {
  if (!request.snapshot || request.reads.is_empty()) return {};
  auto written = TRY(history_.written_after(writer_, *request.snapshot));
  if (!written) {
    return std::unexpected(conflict("more commits were made meanwhile than are remembered"));
  }
  written->insert(written->end(), written_.begin(), written_.end());
  if (!request.reads.conflicts_with(WrittenKeys(std::move(*written)))) return {};
  return std::unexpected(conflict("what the transaction read was changed meanwhile"));
}

Result<std::vector<CommitGroup::Step>> CommitGroup::steps_of(const CommitRequest& request) {
  std::vector<Step> steps;
  steps.reserve(request.changes.size());
  for (const auto& [key, change] : request.changes) {
    Slot& slot = slot_of(key);
    remove_chunks(slot, request, steps);
    std::optional<ByteSpan> record;
    if (change.kind == BufferedChange::Kind::kSet) record = change.value;
    if (change.kind == BufferedChange::Kind::kAdd) {
      record = TRY(sum_of(slot, change.delta, key));
    }
    steps.push_back({&slot, record});
  }
  return steps;
}

/// A blob that is replaced takes its pieces along.
void CommitGroup::remove_chunks(const Slot& slot, const CommitRequest& request,
                                std::vector<Step>& steps) {
  if (!is_entry(slot.key) || !is_blob(slot.record)) return;
  const auto entry = *read_entry_key(slot.key);
  const auto blob = *read_blob_record(*slot.record);
  const Bytes prefix = chunk_prefix(entry.space(), entry.key, blob.number);
  for (auto chunk = slots_from(prefix); chunk != slots_.end() && begins_with(chunk->key, prefix);
       ++chunk) {
    if (chunk->length && !request.changes.contains(chunk->key)) {
      steps.push_back({&*chunk, std::nullopt});
    }
  }
}

Result<ByteSpan> CommitGroup::sum_of(const Slot& slot, std::int64_t delta, ByteSpan key) {
  const auto before = slot.length ? (slot.record ? counter_of(*slot.record) : std::nullopt)
                                  : std::optional<std::int64_t>(0);
  const auto sum = before ? add_numbers(*before, delta) : std::nullopt;
  if (!sum) return std::unexpected(not_a_counter(key));
  return keep(make_counter(*sum));
}

std::vector<CommitGroup::Growth> CommitGroup::growth_of(const std::vector<Step>& steps) {
  std::vector<Growth> growth;
  for (const auto& [slot, record] : steps) {
    const auto entry = *read_entry_key(slot->key);
    const auto& before = slot->length;
    if (growth.empty() || growth.back().space.tenant != entry.tenant ||
        growth.back().space.module != entry.module) {
      growth.push_back({.space = entry.space()});
    }
    Growth& grown = growth.back();
    const auto key_bytes = static_cast<std::int64_t>(entry.key.size());
    if (entry.key_class == KeyClass::kEntry) grown.keys += (record ? 1 : 0) - (before ? 1 : 0);
    if (record) grown.bytes += key_bytes + static_cast<std::int64_t>(record->size());
    if (before) grown.bytes -= key_bytes + static_cast<std::int64_t>(*before);
  }
  return growth;
}

Result<CommitGroup::Counted*> CommitGroup::usage_at(Bytes key) {
  const auto found = usage_.find(key);
  if (found != usage_.end()) return &found->second;
  const auto value = TRY(writer_.get(key));
  const auto usage = value ? read_usage(*value) : Usage{};
  if (!usage) {
    return std::unexpected(
        Error(ErrorCode::kStorageCorrupt, "a count of usage is not what was written")
            .help("restore the storage from a backup"));
  }
  return &usage_.emplace(std::move(key), Counted{*usage}).first->second;
}

/// Quotas refuse what grows beyond them; what shrinks is always taken.
Result<void> CommitGroup::grow(const std::vector<Growth>& growth) {
  struct Grown {
    Counted* counted;
    Usage usage;
  };
  std::vector<Grown> grown;
  const auto add = [&](Counted* counted, const Growth& by, const Quota& quota,
                       std::string where) -> Result<void> {
    auto known = std::ranges::find(grown, counted, &Grown::counted);
    if (known == grown.end()) known = grown.insert(grown.end(), {counted, counted->usage});
    known->usage.keys += static_cast<std::uint64_t>(by.keys);
    known->usage.bytes += static_cast<std::uint64_t>(by.bytes);
    if (by.keys <= 0 && by.bytes <= 0) return {};
    return check_quota(quota, known->usage, std::move(where));
  };
  for (const Growth& by : growth) {
    Counted* space = TRY(usage_at(space_usage_key(by.space)));
    Counted* tenant = TRY(usage_at(tenant_usage_key(by.space.tenant)));
    TRY(add(space, by, options_.quotas.of(by.space), name_of(by.space)));
    TRY(add(tenant, by, options_.quotas.of_tenant(by.space.tenant),
            fmt::format("tenant \"{}\"", by.space.tenant)));
  }
  for (const auto& [counted, usage] : grown) *counted = {.usage = usage, .is_changed = true};
  return {};
}

Result<HistoryEntry> CommitGroup::write(Version last) {
  HistoryEntry entry{.version = last + 1,
                     .record = {.token = make_commit_token(), .changes = {}}};
  std::vector<BackendChange> changes{{version_key(), keep(encode_u64(entry.version))}};
  // The oldest commit is forgotten.
  if (entry.version > options_.history_commits_max) {
    changes.push_back({keep(history_key(entry.version - options_.history_commits_max)), std::nullopt});
  }
  const std::size_t history = changes.size();
  changes.push_back({keep(history_key(entry.version)), std::nullopt});
  for (auto& [key, counted] : usage_) {
    if (!counted.is_changed) continue;
    const bool is_none = counted.usage == Usage{};
    changes.push_back({key, is_none ? std::nullopt
                                    : std::optional(keep(encode_usage(counted.usage)))});
  }
  for (const Slot& slot : slots_) {
    if (!slot.is_changed) continue;
    changes.push_back({slot.key, slot.length ? slot.record : std::nullopt});
    if (is_entry(slot.key)) entry.record.changes.push_back({copy_of(slot.key), !slot.length});
  }
  changes[history].value = keep(encode(entry.record));
  TRY(writer_.apply(changes));
  return entry;
}

}  // namespace synapsed::storage
