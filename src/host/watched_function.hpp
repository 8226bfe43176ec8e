#pragma once

/// \file
/// Host functions whose calls are counted and timed, or told to the trace of their execution.
///
/// Thread rule: safe from any thread.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "host/host_functions.hpp"

namespace synapsed {

/// Of one import of one module.
struct HostCallCounters {
  std::atomic<std::uint64_t> calls{0};
  std::atomic<std::uint64_t> failed{0};  ///< that ended their guest, but for those where it exits
  std::atomic<std::uint64_t> ns{0};
};

/// What becomes of calls.
struct Watch {
  std::shared_ptr<HostCallCounters> counters;  ///< null: they are not counted
  std::string span_name;                       ///< `module.name`; empty: they are no spans

  [[nodiscard]] bool is_empty() const { return counters == nullptr && span_name.empty(); }
};

/// The same function; each call of it is told when it ends. Of one that waits the waiting is part.
[[nodiscard]] BoundHostFunction watched(BoundHostFunction function, Watch watch);

}  // namespace synapsed
