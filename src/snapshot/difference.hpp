#pragma once

/// \file
/// What two snapshots have different. Thread rule: pure functions.

#include "snapshot/data.hpp"

namespace synapsed::snapshot {

/// Of the same module. What a page held at first is not known here: a page that only one of the two has
/// counts as different as a whole.
[[nodiscard]] SnapshotDifference difference_of(const Snapshot::Data& before,
                                               const Snapshot::Data& after);

}  // namespace synapsed::snapshot
