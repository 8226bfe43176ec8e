#pragma once

/// \file
/// What stands behind a key: its bytes, or their seal. Thread rule: pure functions, but for the cipher.

#include <string_view>

#include "storage/layout.hpp"

namespace synapsed::storage {

/// The record of a value. `place` is the backend's key.
[[nodiscard]] Result<Bytes> seal_record(ValueCipher* cipher, std::string_view tenant, ByteSpan place,
                                        ByteSpan value);
/// The value of a record that is not a blob's; `room` holds what is not in the record itself. Errors:
/// `storage.corrupt`, `storage.sealed`.
[[nodiscard]] Result<ByteSpan> open_record(ValueCipher* cipher, std::string_view tenant,
                                           ByteSpan place, ByteSpan record, Bytes& room);
/// None of a record that is no blob's. Error: `storage.corrupt`.
[[nodiscard]] Result<std::optional<BlobRecord>> blob_of(ByteSpan record);

}  // namespace synapsed::storage
