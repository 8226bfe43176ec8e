#pragma once

/// \file
/// Snapshots as bytes: docs/formats/snapshot.md. Thread rule: pure functions.

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

#include "base/bytes.hpp"
#include "snapshot/data.hpp"

namespace synapsed::snapshot {

/// `earlier`, of the same module, may be null. Error: `host.engine`.
[[nodiscard]] Result<Bytes> encode(const Snapshot::Data& data, const Snapshot::Data* earlier);

/// Errors: those of `Snapshot::from_bytes`.
[[nodiscard]] Result<std::shared_ptr<Snapshot::Data>> decode(ByteSpan bytes,
                                                             const Snapshot::Data* earlier,
                                                             const SnapshotLimits& limits);

/// See `Snapshot::digest`.
[[nodiscard]] Result<Sha256Digest> digest_of(const Snapshot::Data& data);

}  // namespace synapsed::snapshot
