#include "storage/blob.hpp"

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "storage/history.hpp"
#include "storage/records.hpp"

namespace synapsed::storage {

BlobWriting::BlobWriting(std::shared_ptr<TransactionState> state, const SpaceName& name,
                         ByteSpan key)
    : state_(std::move(state)),
      name_(name),
      key_(copy_of(key)),
      blob_{.bytes = 0, .number = read_u64(make_commit_token())},
      prefix_(chunk_prefix(name, key, blob_.number)) {}

BlobWriting::~BlobWriting() {
  if (is_finished_ || pieces_ == 0) return;
  const auto data = state_->enter();
  if (!data) return;
  for (std::uint32_t number = 0; number < pieces_; ++number) {
    static_cast<void>((*data)->put(chunk_key(prefix_, number), std::nullopt));
  }
}

Result<void> BlobWriting::write(ByteSpan part) {
  const auto data = TRY(state_->enter());
  const std::uint64_t most = data->options().quotas.of(name_).blob_bytes_max;
  if (is_finished_ || part.size() > most - std::min(most, blob_.bytes)) {
    return std::unexpected(
        is_finished_ ? Error(ErrorCode::kStorageClosed, "the blob is finished")
                     : Error(ErrorCode::kStorageTooLarge,
                             "a blob has more than " + std::to_string(most) + " bytes")
                           .help("raise the quota's blob_bytes_max"));
  }
  while (!part.empty()) {
    const std::size_t bytes = std::min(part.size(), kBlobChunkBytes - piece_.size());
    const std::size_t size = piece_.size();
    piece_.resize(size + bytes);
    std::ranges::copy(part.first(bytes), piece_.begin() + static_cast<std::ptrdiff_t>(size));
    part = part.subspan(bytes);
    blob_.bytes += bytes;
    if (piece_.size() == kBlobChunkBytes) TRY(put_piece(*data));
  }
  return {};
}

Result<void> BlobWriting::put_piece(TransactionData& data) {
  Bytes place = chunk_key(prefix_, pieces_);
  Bytes record = TRY(seal_record(data.options().cipher.get(), name_.tenant, place, piece_));
  TRY(data.put(std::move(place), std::move(record)));
  ++pieces_;
  piece_.clear();
  return {};
}

Result<void> BlobWriting::finish() {
  const auto data = TRY(state_->enter());
  if (is_finished_) return std::unexpected(Error(ErrorCode::kStorageClosed, "the blob is finished"));
  if (!piece_.empty()) TRY(put_piece(*data));
  Bytes place = join(space_prefix(KeyClass::kEntry, name_), key_);
  TRY(drop_buffered_blob(*data, place));
  TRY(data->put(std::move(place), make_blob_record(blob_)));
  is_finished_ = true;
  return {};
}

Result<void> drop_buffered_blob(TransactionData& data, ByteSpan place) {
  const BufferedChange* change = data.writes.find(place);
  if (change == nullptr || change->kind != BufferedChange::Kind::kSet) return {};
  const auto blob = TRY(blob_of(change->value));
  if (!blob) return {};
  const auto entry = *read_entry_key(place);
  const Bytes prefix = chunk_prefix(entry.space(), entry.key, blob->number);
  for (std::uint32_t number = 0; number < chunks_of(blob->bytes); ++number) {
    TRY(data.put(chunk_key(prefix, number), std::nullopt));
  }
  return {};
}

BlobWriter::BlobWriter(std::unique_ptr<BlobWriting> writing) : writing_(std::move(writing)) {}
BlobWriter::BlobWriter(BlobWriter&&) noexcept = default;
BlobWriter& BlobWriter::operator=(BlobWriter&&) noexcept = default;
BlobWriter::~BlobWriter() = default;
Result<void> BlobWriter::write(BytesView part) { return writing_->write(part); }
Result<void> BlobWriter::finish() { return writing_->finish(); }

}  // namespace synapsed::storage
