#include "storage/survey.hpp"

#include <fmt/format.h>

#include "base/try.hpp"

namespace synapsed::storage {
namespace {

constexpr std::size_t kPieceNumberBytes = 4;

std::unexpected<Error> unsound(std::string what, const SpaceName& space = {}) {
  return std::unexpected(
      Error(ErrorCode::kStorageCorrupt, std::move(what))
          .at(fmt::format("tenant \"{}\", module \"{}\"", space.tenant, space.module))
          .help("restore the storage from a backup"));
}

}  // namespace

Result<void> Survey::add(ByteSpan key, ByteSpan value) {
  if (is_equal(key, version_key())) {
    if (value.size() != sizeof(Version)) return unsound("the number of the last commit is none");
    report_.version = read_u64(value);
    return {};
  }
  if (read_history_key(key)) return {};
  if (const auto entry = read_entry_key(key)) {
    Usage& usage = counted_[entry->space()];
    usage.bytes += entry->key.size() + value.size();
    if (entry->key_class == KeyClass::kChunk) return add_piece(key, value);
    ++usage.keys;
    return add_entry(*entry, value);
  }
  const auto usage = read_usage(value);
  if (!usage) return unsound("there is an entry of no known kind");
  if (auto space = read_space_usage_key(key)) {
    recorded_[std::move(*space)] = *usage;
    return {};
  }
  if (key.front() != static_cast<std::byte>(KeyClass::kTenantUsage)) {
    return unsound("there is an entry of no known kind");
  }
  recorded_tenants_[std::string(as_text(key.subspan(1)))] = *usage;
  return {};
}

Result<void> Survey::add_entry(const EntryKey& entry, ByteSpan record) {
  if (!kind_of(record)) return unsound("a value is not what was written", entry.space());
  const auto blob = read_blob_record(record);
  if (!blob || blob->bytes == 0) return {};
  blobs_[chunk_prefix(entry.space(), entry.key, blob->number)] = {chunks_of(blob->bytes)};
  return {};
}

Result<void> Survey::add_piece(ByteSpan key, ByteSpan record) {
  const SpaceName space = read_entry_key(key)->space();
  const auto blob = blobs_.find(key.first(key.size() - std::min(key.size(), kPieceNumberBytes)));
  if (blob == blobs_.end()) return unsound("a piece belongs to no blob", space);
  if (!kind_of(record)) return unsound("a piece of a blob is not what was written", space);
  if (--blob->second.pieces_left == 0) blobs_.erase(blob);
  return {};
}

Result<StorageReport> Survey::finish() {
  if (!blobs_.empty()) return unsound("pieces of a blob are missing");
  std::map<std::string, Usage> tenants;
  for (const auto& [space, usage] : counted_) {
    const auto recorded = recorded_.find(space);
    if (recorded == recorded_.end() || recorded->second != usage) {
      return unsound("the space's usage is miscounted", space);
    }
    Usage& tenant = tenants[space.tenant];
    tenant.keys += usage.keys;
    tenant.bytes += usage.bytes;
    ++report_.spaces;
    report_.keys += usage.keys;
    report_.bytes += usage.bytes;
  }
  if (recorded_.size() != counted_.size()) return unsound("usage of a space without keys");
  if (tenants != recorded_tenants_) return unsound("the usage of a tenant is miscounted");
  return report_;
}

}  // namespace synapsed::storage
