#pragma once

/// \file
/// The executions that run on a thread, one inside a host call of the next.
///
/// Thread rule: each thread sees its own.

#include <synapsed/error.hpp>

#include "runtime/load.hpp"

namespace synapsed {

/// While it lives, the calling thread runs an execution of `module`.
class Running {
 public:
  /// `on_fiber`, read later, says whether the guest is entered on a fiber; null: it is not.
  Running(const LoadedModule& module, const bool* on_fiber);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  /// Whether an execution of `module` may run inside those there are; one that has no instance of
  /// its own must find the persistent one unused. Error: `call.reentrant`.
  [[nodiscard]] static Result<void> check(const LoadedModule& module, bool has_own_instance);

 private:
  const LoadedModule& module_;
  const bool* on_fiber_;
  const Running* outer_;
};

}  // namespace synapsed
