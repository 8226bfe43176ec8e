#pragma once

/// \file
/// The way of an execution, or of a session, past the limits on how many run at once.
///
/// Thread rule: one thread at a time.

#include <array>
#include <memory>
#include <string>

#include <synapsed/error.hpp>

#include "base/waker.hpp"
#include "runtime/gate.hpp"
#include "runtime/state.hpp"

namespace synapsed {

/// Passes the gates one after the other, always in the same order, so that two executions never
/// wait for each other: tenant, module, runtime. A persistent instance is its module's gate: who
/// waits for it shall not keep others from running. Leaves all of them when it is destroyed.
class Admission {
 public:
  /// True when all gates are passed; false when the waker will be woken and this is to be asked
  /// again. Error: `limit.queue_full`.
  /// `module_gate` may be null: everybody passes.
  [[nodiscard]] Result<bool> pass(RuntimeState& state, Gate* module_gate,
                                  const std::string& tenant, const std::shared_ptr<Waker>& waker);
  void leave();

 private:
  std::shared_ptr<Gate> tenant_gate_;
  std::array<Gate::Place, 3> places_;
  std::size_t passed_ = 0;
  bool queued_ = false;  // at the gate after those
};

}  // namespace synapsed
