#include "storage/records.hpp"

#include "base/try.hpp"

namespace synapsed::storage {
namespace {

Error corrupt() {
  return Error(ErrorCode::kStorageCorrupt, "a value is not what was written")
      .help("restore the storage from a backup");
}

}  // namespace

Result<Bytes> seal_record(ValueCipher* cipher, std::string_view tenant, ByteSpan place,
                          ByteSpan value) {
  if (cipher == nullptr) return make_record(RecordKind::kPlain, value);
  const Bytes sealed = TRY(cipher->seal(tenant, place, value));
  return make_record(RecordKind::kSealed, sealed);
}

Result<ByteSpan> open_record(ValueCipher* cipher, std::string_view tenant, ByteSpan place,
                             ByteSpan record, Bytes& room) {
  const auto kind = kind_of(record);
  if (!kind || kind == RecordKind::kBlob) return std::unexpected(corrupt());
  if (kind == RecordKind::kPlain) return record.subspan(1);
  if (cipher == nullptr) {
    return std::unexpected(Error(ErrorCode::kStorageSealed, "the value is sealed")
                               .help("open the storage with the key that it was sealed under"));
  }
  room = TRY(cipher->open(tenant, place, record.subspan(1)));
  return ByteSpan(room);
}

Result<std::optional<BlobRecord>> blob_of(ByteSpan record) {
  if (!kind_of(record)) return std::unexpected(corrupt());
  return read_blob_record(record);
}

}  // namespace synapsed::storage
