#pragma once

/// \file
/// What the compressed part of a snapshot's bytes holds. Thread rule: pure functions.

#include <memory>

#include <synapsed/error.hpp>

#include "base/bytes.hpp"
#include "snapshot/data.hpp"

namespace synapsed::snapshot {

/// Uncompressed bytes, which need not be set before they are written.
struct Body {
  std::unique_ptr<std::byte[]> bytes;
  std::size_t size = 0;
  [[nodiscard]] ByteSpan span() const { return {bytes.get(), size}; }
};

/// What `data` has and `earlier`, which may be null, has not.
[[nodiscard]] Body write_body(const Snapshot::Data& data, const Snapshot::Data* earlier);

/// Into `data`. Pages that are not in the body are those of `earlier`, unless it is null. Error:
/// `snapshot.corrupt`.
Result<void> read_body(ByteSpan body, const Snapshot::Data* earlier, Snapshot::Data& data);

}  // namespace synapsed::snapshot
