#pragma once

/// \file
/// `std::stop_token` as what cancels an execution. Owned by the room `base`; not in the umbrella,
/// since C++ libraries without threads have no stop tokens.
///
///     std::jthread worker([&](std::stop_token stop) {
///       runtime.execute_function(id, "work", {}, ExecutionContext{}.with_cancellation(cancel_on(stop)));
///     });
///
/// Thread rule: safe from any thread.

#include <functional>
#include <memory>
#include <stop_token>

#include <synapsed/cancel.hpp>

namespace synapsed {

/// A token that is cancelled when a stop is requested, or was.
[[nodiscard]] inline CancelToken cancel_on(const std::stop_token& stop) {
  using Callback = std::stop_callback<std::function<void()>>;
  const CancelSource source;
  source.keep(std::make_shared<Callback>(stop, source.weak_cancel()));
  return source.token();
}

}  // namespace synapsed
