#include "runtime/limits.hpp"

#include <algorithm>

namespace synapsed {

Result<ExecutionLimits> execution_limits(const RuntimeConfig& config,
                                         const ExecutionContext& context) {
  const LimitsConfig& most = config.limits;
  ExecutionLimits limits{
      .timeout = context.timeout().value_or(most.timeout),
      .memory_bytes_max = context.memory_limit().value_or(most.memory_bytes_max)};
  if (limits.timeout.count() < 0) {
    return std::unexpected(
        Error(ErrorCode::kInvalidLimit, "the timeout is negative").help("0 means none"));
  }
  if (context.time() && context.time()->time_since_epoch().count() < 0) {
    return std::unexpected(Error(ErrorCode::kInvalidLimit, "the context's time is before 1970"));
  }
  if (!config.security.enable_sandboxing) return limits;
  if (limits.timeout.count() == 0) limits.timeout = most.timeout;
  limits.timeout = std::min(limits.timeout, most.timeout);
  limits.memory_bytes_max = std::min(limits.memory_bytes_max, most.memory_bytes_max);
  return limits;
}

}  // namespace synapsed
