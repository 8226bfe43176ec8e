#pragma once

/// \file
/// Whether entries of a backend, in the order of keys, are those of a sound storage: every record is
/// one, blobs have their pieces and no piece is without its blob, and the counts of usage are right.
///
/// Thread rule: one thread at a time.

#include <algorithm>
#include <map>
#include <string>

#include "storage/layout.hpp"

namespace synapsed::storage {

class Survey {
 public:
  /// Error: `storage.corrupt`.
  Result<void> add(ByteSpan key, ByteSpan value);
  [[nodiscard]] Result<StorageReport> finish();

 private:
  struct Blob {
    std::uint32_t pieces_left = 0;
  };
  Result<void> add_entry(const EntryKey& entry, ByteSpan record);
  Result<void> add_piece(ByteSpan key, ByteSpan record);

  StorageReport report_;
  std::map<SpaceName, Usage> counted_;
  std::map<SpaceName, Usage> recorded_;
  std::map<std::string, Usage> recorded_tenants_;
  std::map<Bytes, Blob, BytesLess> blobs_;  ///< by what the keys of their pieces begin with
};

}  // namespace synapsed::storage
