#pragma once

/// \file
/// A loaded module whose code comes and goes: the baseline compiler's is replaced by the optimising one's, and
/// what is idle is given up while memory is short.
///
/// Thread rule: safe from any thread.

#include <atomic>
#include <memory>
#include <optional>
#include <span>

#include <synapsed/error.hpp>
#include <synapsed/module.hpp>

#include "base/bytes.hpp"
#include "base/sync.hpp"
#include "runtime/load.hpp"
#include "runtime/state.hpp"

namespace synapsed {

class ModuleSlot {
 public:
  /// `wasm` is kept when the code can be given up, or replaced.
  ModuleSlot(const RuntimeState& state, std::shared_ptr<LoadedModule> loaded,
             std::span<const std::byte> wasm);

  /// What executions use, loaded again when its code was given up. Errors: those of `load`.
  [[nodiscard]] Result<std::shared_ptr<LoadedModule>> code(const RuntimeState& state);
  /// Null while its code is given up.
  [[nodiscard]] std::shared_ptr<LoadedModule> code_if_held() const;

  [[nodiscard]] ModuleInfo info() const;
  [[nodiscard]] ModuleStats stats() const { return record_->stats(info_); }
  [[nodiscard]] ModuleRecord& record() const { return *record_; }
  [[nodiscard]] bool is_persistent() const {
    return info_.metadata.instance_policy == InstancePolicy::kPersistent;
  }

  [[nodiscard]] bool awaits_optimised() const { return awaits_optimised_; }
  /// New instances have the optimising compiler's code from now on. False when it cannot be compiled so: then it stays
  /// as it is.
  bool optimise(const RuntimeState& state);

  /// Gives the code up when nobody uses it and it comes back without being compiled. True when it did.
  bool release(const RuntimeState& state);

 private:
  Result<std::shared_ptr<LoadedModule>> load_again(const RuntimeState& state) const;

  const ModuleInfo info_;  // but for what changes
  const std::shared_ptr<ModuleRecord> record_;
  const Bytes wasm_;
  std::atomic<bool> awaits_optimised_;
  Mutex loading_;  // held while the code is loaded again
  mutable SharedMutex mutex_;
  std::shared_ptr<LoadedModule> loaded_;  // under mutex_; null: given up
};

}  // namespace synapsed
