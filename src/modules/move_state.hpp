#pragma once

/// \file
/// The state of a persistent module on its way from one version to another.
///
/// Thread rule: nothing else runs on the two versions meanwhile.

#include <synapsed/module_system.hpp>

#include "modules/serving.hpp"

namespace synapsed::modules {

/// `from` stays as it was. The same bytes have the same state (`snapshots.enable`); otherwise `from` exports
/// `state: func() -> list<u8>` and `to` exports `migrate: func(old-version: string, state: list<u8>)`, which may
/// return a result. With `snapshots.enable`, `state` runs on a copy, so that its failure harms nothing. Errors:
/// `upgrade.no_migration`, and what the two ended with.
[[nodiscard]] Result<void> move_state(const Version& from, const Version& to,
                                      const ExecutionContext& context);

}  // namespace synapsed::modules
