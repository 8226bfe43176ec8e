#pragma once

/// \file
/// Functions of the host that guests import.
///
/// Thread rule: a `HostFunction` may be called from several threads at once, each for another
/// store. A `Caller` lives during one call, on the thread that runs its store.

#include <expected>
#include <memory>
#include <optional>
#include <span>

#include <synapsed/error.hpp>
#include <synapsed/raw_value.hpp>

#include "engine/memory_view.hpp"
#include "engine/stop.hpp"

namespace synapsed::engine {

/// The guest that is calling.
class Caller {
 public:
  /// Its export `memory`; null when it exports none. Valid until the guest runs again.
  [[nodiscard]] std::optional<MemoryView> memory() const;
  /// What `Store::set_user` was given.
  [[nodiscard]] void* user() const;

  struct Impl;
  explicit Caller(Impl& impl) : impl_(impl) {}

 private:
  Impl& impl_;
};

class HostFunction {
 public:
  virtual ~HostFunction() = default;
  /// `values` holds the arguments and takes the results. Null when the guest goes on, otherwise
  /// why it ends. An exception ends the guest too; none crosses it.
  [[nodiscard]] virtual std::unique_ptr<Stop> call(Caller& caller,
                                                   std::span<RawValue> values) const = 0;
};

/// A host call its guest waits for.
///
/// Thread rule: used by the thread that runs the guest, which may be another one each time.
class PendingCall {
 public:
  virtual ~PendingCall() = default;
  /// True when the guest can go on. Asked whenever the guest is resumed.
  [[nodiscard]] virtual bool is_over() = 0;
  /// Called once, after `is_over` was true. As `HostFunction::call`.
  [[nodiscard]] virtual std::unique_ptr<Stop> finish(Caller& caller,
                                                     std::span<RawValue> results) = 0;
};

/// A function of the host whose callers wait on their fiber.
class AsyncHostFunction {
 public:
  virtual ~AsyncHostFunction() = default;
  /// Starts the operation; a stop ends the guest. Null is no pending call.
  [[nodiscard]] virtual std::expected<std::unique_ptr<PendingCall>, std::unique_ptr<Stop>> start(
      Caller& caller, std::span<const RawValue> arguments) const = 0;
};

}  // namespace synapsed::engine
