#pragma once

/// \file
/// The state of an instance, taken and put back.
///
/// Thread rule: the instance is used by nobody else meanwhile; `InitialImages` is safe from any thread.

#include <memory>
#include <optional>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/snapshot.hpp>

#include "base/sync.hpp"
#include "runtime/instances.hpp"
#include "runtime/state.hpp"
#include "snapshot/memory_image.hpp"

namespace synapsed {

struct LoadedModule;

/// What a module's memories hold before any of its code has run.
class InitialImages {
 public:
  using Images = std::vector<std::shared_ptr<const snapshot::MemoryImage>>;

  /// By the order of the state's layout; made from an instance when they are first asked for. Errors:
  /// those of making an instance.
  [[nodiscard]] Result<Images> get(RuntimeState& state, LoadedModule& module);

 private:
  Mutex mutex_;
  std::optional<Images> images_;  // under mutex_
};

/// Error: `snapshot.disabled`.
[[nodiscard]] Result<void> check_has_layout(const LoadedModule& module);

/// Errors: `snapshot.disabled`, `snapshot.reference` for what cannot leave the instance, and those of
/// `InitialImages`.
[[nodiscard]] Result<Snapshot> take_state(RuntimeState& state, LoadedModule& module,
                                          LiveInstance& live);

/// Into an instance that was just made, before any of its code has run. Whether the guest's segments
/// must be dropped then, by its function `StateLayout::drop`. Errors: `snapshot.disabled`,
/// `snapshot.other_module`, `snapshot.corrupt` for a state that the module cannot have, `limit.*`.
[[nodiscard]] Result<bool> put_state(RuntimeState& state, LoadedModule& module, LiveInstance& live,
                                     const Snapshot& snapshot);

}  // namespace synapsed
