#pragma once

/// \file
/// Compiles modules again, one after the other, while their first code serves.
///
/// Thread rule: safe from any thread. It has a thread of its own from the first module on.

#include <memory>

#include "runtime/module_slot.hpp"
#include "runtime/state.hpp"

namespace synapsed {

class Optimiser {
 public:
  Optimiser() = default;
  Optimiser(const Optimiser&) = delete;
  Optimiser& operator=(const Optimiser&) = delete;
  /// Waits for the module that is being compiled, and leaves the others.
  virtual ~Optimiser() = default;

  virtual void add(const std::shared_ptr<ModuleSlot>& slot) = 0;
};

[[nodiscard]] std::unique_ptr<Optimiser> make_optimiser(std::shared_ptr<RuntimeState> state);

}  // namespace synapsed
