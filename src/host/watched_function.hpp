#pragma once

/// \file
/// Host functions whose calls are counted and timed.
///
/// Thread rule: safe from any thread.

#include <atomic>
#include <cstdint>
#include <memory>

#include "host/host_functions.hpp"

namespace synapsed {

/// Of one import of one module.
struct HostCallCounters {
  std::atomic<std::uint64_t> calls{0};
  std::atomic<std::uint64_t> failed{0};  ///< that ended their guest, but for those where it exits
  std::atomic<std::uint64_t> ns{0};
};

/// The same function; each call of it counts when it ends. Of one that waits the waiting is part.
[[nodiscard]] BoundHostFunction watched(BoundHostFunction function,
                                        std::shared_ptr<HostCallCounters> counters);

}  // namespace synapsed
