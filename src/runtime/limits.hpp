#pragma once

/// \file
/// The limits of one execution: what its context asks for, under the ceilings of the runtime.
///
/// Thread rule: pure functions.

#include <chrono>
#include <cstdint>

#include <synapsed/config.hpp>
#include <synapsed/context.hpp>
#include <synapsed/error.hpp>

#include "engine/store.hpp"

namespace synapsed {

struct ExecutionLimits {
  std::chrono::nanoseconds timeout{0};  ///< zero: none
  std::uint64_t memory_bytes_max = 0;

  [[nodiscard]] engine::Deadline deadline_from(engine::Deadline start) const {
    if (timeout.count() == 0 || timeout >= engine::kNoDeadline - start) return engine::kNoDeadline;
    return start + timeout;
  }
};

/// Error: `config.invalid_limit`.
[[nodiscard]] Result<ExecutionLimits> execution_limits(const RuntimeConfig& config,
                                                       const ExecutionContext& context);

}  // namespace synapsed
