#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "storage/cursor.hpp"
#include "storage/records.hpp"
#include "storage/blob.hpp"
#include "storage/transaction_data.hpp"

namespace synapsed::storage {
namespace {

Result<void> check_value(const Quota& quota, std::size_t bytes) {
  if (bytes <= quota.value_bytes_max) return {};
  return std::unexpected(Error(ErrorCode::kStorageTooLarge,
                               "a value has " + std::to_string(bytes) + " bytes, and at most " +
                                   std::to_string(quota.value_bytes_max) + " are allowed")
                             .help("write it as a blob, or raise the quota's value_bytes_max"));
}

Error blob_too_long(std::uint64_t bytes) {
  return Error(ErrorCode::kStorageTooLarge,
               "the value is a blob of " + std::to_string(bytes) + " bytes")
      .help("read it in parts");
}

/// A piece of a blob from `offset` on.
Result<std::size_t> read_chunk(TransactionData& data, const Bytes& key, std::string_view tenant,
                               std::size_t offset, std::span<std::byte> room) {
  const auto record = TRY(data.peek(key));
  if (!record) {
    return std::unexpected(Error(ErrorCode::kStorageCorrupt, "a piece of a blob is missing"));
  }
  Bytes opened;
  const ByteSpan piece =
      TRY(open_record(data.options().cipher.get(), tenant, key, *record, opened));
  const std::size_t bytes = std::min(room.size(), piece.size() - std::min(piece.size(), offset));
  std::ranges::copy(piece.subspan(offset, bytes), room.begin());
  return bytes;
}

Result<std::size_t> read_chunks(TransactionData& data, ByteSpan prefix, std::string_view tenant,
                                std::uint64_t offset, std::span<std::byte> room) {
  std::size_t done = 0;
  while (done < room.size()) {
    const std::uint64_t at = offset + done;
    const Bytes key = chunk_key(prefix, static_cast<std::uint32_t>(at / kBlobChunkBytes));
    const std::size_t bytes = TRY(read_chunk(
        data, key, tenant, static_cast<std::size_t>(at % kBlobChunkBytes), room.subspan(done)));
    if (bytes == 0) {
      return std::unexpected(Error(ErrorCode::kStorageCorrupt, "a piece of a blob is too short"));
    }
    done += bytes;
  }
  return done;
}

/// Bytes of a value, which may be a blob, from `offset` on.
Result<std::optional<std::size_t>> read_part(TransactionData& data, const SpaceName& name,
                                             const Bytes& place, ByteSpan key,
                                             std::uint64_t offset, std::span<std::byte> room) {
  const auto record = TRY(data.read(place));
  if (!record) return std::optional<std::size_t>();
  const auto blob = TRY(blob_of(*record));
  const auto part = [&](std::uint64_t bytes) {
    const std::uint64_t left = bytes - std::min(bytes, offset);
    return room.first(static_cast<std::size_t>(std::min<std::uint64_t>(left, room.size())));
  };
  if (blob) {
    return TRY(read_chunks(data, chunk_prefix(name, key, blob->number), name.tenant, offset,
                           part(blob->bytes)));
  }
  Bytes opened;
  const ByteSpan value =
      TRY(open_record(data.options().cipher.get(), name.tenant, place, *record, opened));
  const auto wanted = part(value.size());
  if (!wanted.empty()) {
    std::ranges::copy(value.subspan(static_cast<std::size_t>(offset), wanted.size()),
                      wanted.begin());
  }
  return wanted.size();
}

}  // namespace

Space::Space(std::shared_ptr<TransactionState> state, const SpaceName& name)
    : state_(std::move(state)), name_(name), prefix_(space_prefix(KeyClass::kEntry, name)) {}

Result<std::optional<Bytes>> Space::get(BytesView key) {
  TRY(check_key(key));
  const auto data = TRY(state_->enter());
  const Bytes place = join(prefix_, key);
  const auto record = TRY(data->read(place));
  if (!record) return std::optional<Bytes>();
  if (const auto blob = TRY(blob_of(*record))) {
    if (blob->bytes > data->options().quotas.of(name_).value_bytes_max) {
      return std::unexpected(blob_too_long(blob->bytes));
    }
    Bytes value(static_cast<std::size_t>(blob->bytes));
    TRY(read_chunks(*data, chunk_prefix(name_, key, blob->number), name_.tenant, 0, value));
    return value;
  }
  Bytes opened;
  return copy_of(TRY(open_record(data->options().cipher.get(), name_.tenant, place, *record, opened)));
}

Result<std::optional<std::uint64_t>> Space::get_into(BytesView key, std::span<std::byte> room) {
  TRY(check_key(key));
  const auto data = TRY(state_->enter());
  const Bytes place = join(prefix_, key);
  const auto record = TRY(data->read(place));
  if (!record) return std::optional<std::uint64_t>();
  if (const auto blob = TRY(blob_of(*record))) {
    if (blob->bytes > room.size()) return blob->bytes;
    return TRY(read_chunks(*data, chunk_prefix(name_, key, blob->number), name_.tenant, 0,
                           room.first(static_cast<std::size_t>(blob->bytes))));
  }
  Bytes opened;
  const ByteSpan value =
      TRY(open_record(data->options().cipher.get(), name_.tenant, place, *record, opened));
  if (value.size() <= room.size()) std::ranges::copy(value, room.begin());
  return value.size();
}

Result<bool> Space::contains(BytesView key) {
  TRY(check_key(key));
  const auto data = TRY(state_->enter());
  return TRY(data->read(join(prefix_, key))).has_value();
}

Result<std::optional<std::uint64_t>> Space::length(BytesView key) {
  TRY(check_key(key));
  const auto data = TRY(state_->enter());
  const Bytes place = join(prefix_, key);
  const auto record = TRY(data->read(place));
  if (!record) return std::optional<std::uint64_t>();
  if (const auto blob = TRY(blob_of(*record))) return blob->bytes;
  Bytes opened;
  const ByteSpan value =
      TRY(open_record(data->options().cipher.get(), name_.tenant, place, *record, opened));
  return value.size();
}

Result<void> Space::set(BytesView key, BytesView value) {
  TRY(check_key(key));
  const auto data = TRY(state_->enter());
  TRY(check_value(data->options().quotas.of(name_), value.span().size()));
  Bytes place = join(prefix_, key);
  Bytes record = TRY(seal_record(data->options().cipher.get(), name_.tenant, place, value));
  TRY(drop_buffered_blob(*data, place));
  return data->put(std::move(place), std::move(record));
}

Result<void> Space::remove(BytesView key) {
  TRY(check_key(key));
  const auto data = TRY(state_->enter());
  Bytes place = join(prefix_, key);
  TRY(drop_buffered_blob(*data, place));
  return data->put(std::move(place), std::nullopt);
}

Result<void> Space::add(BytesView key, std::int64_t delta) {
  TRY(check_key(key));
  {
    const auto data = TRY(state_->enter());
    Bytes place = join(prefix_, key);
    const BufferedChange* change = data->writes.find(place);
    if (data->options().cipher == nullptr &&
        (change == nullptr || change->kind == BufferedChange::Kind::kAdd)) {
      const auto sum = add_numbers(change == nullptr ? 0 : change->delta, delta);
      if (!sum) {
        return std::unexpected(
            Error(ErrorCode::kStorageNotACounter, "a counter would be beyond 64 bits"));
      }
      return data->write(
          std::move(place), {.kind = BufferedChange::Kind::kAdd, .value = {}, .delta = *sum});
    }
  }
  // The committer cannot add to what is sealed; and what was set here is known here.
  const auto sum = increment(key, delta);
  return sum ? Result<void>() : std::unexpected(sum.error());
}

Result<std::int64_t> Space::increment(BytesView key, std::int64_t delta) {
  const auto before = TRY(get(key));
  const bool is_counter = !before || before->size() == kCounterBytes;
  const auto sum = is_counter ? add_numbers(before ? static_cast<std::int64_t>(read_u64(*before)) : 0,
                                            delta)
                              : std::nullopt;
  if (!sum) {
    return std::unexpected(
        Error(ErrorCode::kStorageNotACounter,
              "the value is no counter of 8 bytes, or would be beyond 64 bits"));
  }
  TRY(set(key, encode_u64(static_cast<std::uint64_t>(*sum))));
  return *sum;
}

Result<bool> Space::compare_and_set(BytesView key, const std::optional<BytesView>& expected,
                                    BytesView value) {
  const auto found = TRY(get(key));
  const bool is_expected =
      found ? expected && is_equal(*found, *expected) : !expected;
  if (is_expected) TRY(set(key, value));
  return is_expected;
}

Result<std::unique_ptr<Cursor>> Space::scan(const ScanOptions& options) {
  const auto data = TRY(state_->enter());
  return TRY(open_cursor(state_, *data, prefix_, name_.tenant, options));
}

Result<std::optional<std::size_t>> Space::read_blob(BytesView key, std::uint64_t offset,
                                                    std::span<std::byte> room) {
  TRY(check_key(key));
  const auto data = TRY(state_->enter());
  return read_part(*data, name_, join(prefix_, key), key, offset, room);
}

Result<BlobWriter> Space::write_blob(BytesView key) {
  TRY(check_key(key));
  return BlobWriter(std::make_unique<BlobWriting>(state_, name_, key));
}

}  // namespace synapsed::storage
