#pragma once

/// \file
/// What a capability keeps for one execution: handles a guest was given, streams it began. It is made
/// when it is first asked for, and gone with the execution.
///
/// Thread rule: used by the thread that runs the execution.

#include <memory>
#include <utility>
#include <vector>

namespace synapsed {

class ExecutionState {
 public:
  virtual ~ExecutionState() = default;
};

class ExecutionStates {
 public:
  /// The state that belongs to `owner`, of type T; `make` gives a `std::unique_ptr<T>`.
  template <typename T, typename Make>
  [[nodiscard]] T& get(const void* owner, const Make& make) {
    for (const auto& [key, state] : states_) {
      if (key == owner) return static_cast<T&>(*state);
    }
    return static_cast<T&>(*states_.emplace_back(owner, make()).second);
  }

 private:
  std::vector<std::pair<const void*, std::unique_ptr<ExecutionState>>> states_;
};

}  // namespace synapsed
