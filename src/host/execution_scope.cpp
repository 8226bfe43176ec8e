#include "host/execution_scope.hpp"

#include <fmt/format.h>

namespace synapsed {

std::optional<Error> GasAccount::charge(std::uint64_t gas) {
  std::uint64_t total = 0;
  const bool overflowed = __builtin_add_overflow(used, gas, &total);
  if (overflowed) total = UINT64_MAX;
  if (!limit || (total <= *limit && !overflowed)) {
    used = total;
    return std::nullopt;
  }
  const std::uint64_t had = used;
  used = *limit;
  return Error(ErrorCode::kOutOfGas,
               fmt::format("a host call costs {} gas, and {} of {} is left", gas, used - had, used))
      .help("raise the execution's gas limit");
}

std::optional<Error> ExecutionScope::stop_reason() const {
  if (cancellation.is_cancelled()) {
    return Error(ErrorCode::kCancelled, "the execution was cancelled");
  }
  if (deadline == std::chrono::steady_clock::time_point::max() ||
      std::chrono::steady_clock::now() < deadline) {
    return std::nullopt;
  }
  return Error(ErrorCode::kDeadline, "the execution reached its deadline");
}

}  // namespace synapsed
