// Everything of a storage, as a file and back.

#include "base/try.hpp"
#include "storage/backup_file.hpp"
#include "storage/history.hpp"
#include "storage/storage_impl.hpp"
#include "storage/survey.hpp"

namespace synapsed::storage {
namespace {

constexpr std::size_t kBytesAtOnce = std::size_t{4} << 20;

/// Calls `visit` with every entry, those of the history left out.
template <typename Visit>
Result<void> visit_all(BackendReader& reader, const Visit& visit) {
  const auto cursor = TRY(reader.scan(KeyRange::all(), Direction::kForward));
  while (TRY(cursor->next())) {
    if (!read_history_key(cursor->key())) TRY(visit(cursor->key(), cursor->value()));
  }
  return {};
}

/// Hands entries over in portions.
class Restoring {
 public:
  explicit Restoring(BackendWriter& writer) : writer_(writer) {}

  Result<void> add(ByteSpan key, ByteSpan value) {
    bytes_ += key.size() + value.size();
    entries_.emplace_back(copy_of(key), copy_of(value));
    return bytes_ < kBytesAtOnce ? Result<void>() : flush();
  }
  Result<void> flush() {
    std::vector<BackendChange> changes;
    changes.reserve(entries_.size());
    for (const auto& [key, value] : entries_) changes.push_back({key, ByteSpan(value)});
    auto applied = writer_.apply(changes);
    entries_.clear();
    bytes_ = 0;
    return applied;
  }

 private:
  BackendWriter& writer_;
  std::vector<std::pair<Bytes, Bytes>> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace

Result<StorageReport> Storage::backup(const std::string& path) {
  const auto snapshot = TRY(impl_->backend->snapshot());
  auto file = TRY(BackupWriter::create(path));
  Survey survey;
  const auto add = [&](ByteSpan key, ByteSpan value) -> Result<void> {
    TRY(survey.add(key, value));
    return file.add(key, value);
  };
  TRY(visit_all(*snapshot, add));
  const StorageReport report = TRY(survey.finish());
  TRY(file.complete());
  return report;
}

Result<StorageReport> Storage::restore(const std::string& path) {
  auto file = TRY(BackupReader::open(path));
  const auto writer = TRY(impl_->backend->write());
  if (TRY(read_version(*writer)) != 0) {
    return std::unexpected(
        Error(ErrorCode::kStorageInvalidArgument, "the storage is not empty")
            .at(impl_->backend->where())
            .help("restore into a new one, and use that"));
  }
  Survey survey;
  Restoring restoring(*writer);
  for (;;) {
    const auto entry = TRY(file.next());
    if (!entry) break;
    TRY(survey.add(entry->key, entry->value));
    TRY(restoring.add(entry->key, entry->value));
  }
  const StorageReport report = TRY(survey.finish());
  TRY(restoring.flush());
  TRY(writer->commit());
  return report;
}

Result<StorageReport> Storage::verify() {
  TRY(impl_->backend->check());
  const auto snapshot = TRY(impl_->backend->snapshot());
  Survey survey;
  TRY(visit_all(*snapshot, [&](ByteSpan key, ByteSpan value) { return survey.add(key, value); }));
  return survey.finish();
}

Result<StorageReport> verify_backup(const std::string& path) {
  auto file = TRY(BackupReader::open(path));
  Survey survey;
  for (;;) {
    const auto entry = TRY(file.next());
    if (!entry) return survey.finish();
    TRY(survey.add(entry->key, entry->value));
  }
}

}  // namespace synapsed::storage
