#pragma once

/// \file
/// Functions of the host whose callers wait on their fiber; the others are `HostFunction`s.
///
/// Thread rule: an `AsyncHostFunction` may be called from several threads at once, each for another
/// store. A `PendingCall` is used by the thread that runs the guest, which may be another one each
/// time.

#include <expected>
#include <memory>
#include <span>

#include <synapsed/host_function.hpp>
#include <synapsed/raw_value.hpp>

namespace synapsed::engine {

/// A host call its guest waits for.
class PendingCall {
 public:
  virtual ~PendingCall() = default;
  /// True when the guest can go on. Asked whenever the guest is resumed.
  [[nodiscard]] virtual bool is_over() = 0;
  /// Called once, after `is_over` was true. As `HostFunction::call`.
  [[nodiscard]] virtual StopHandle finish(GuestCaller& caller, std::span<RawValue> results) = 0;
};

class AsyncHostFunction {
 public:
  virtual ~AsyncHostFunction() = default;
  /// Starts the operation; a stop ends the guest. The pending call is not null.
  [[nodiscard]] virtual std::expected<std::unique_ptr<PendingCall>, StopHandle> start(
      GuestCaller& caller, std::span<const RawValue> arguments) const = 0;
};

}  // namespace synapsed::engine
