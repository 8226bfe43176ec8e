#pragma once

/// \file
/// Instances: how they are made, and the one a persistent module keeps.
///
/// Thread rule: a `LiveInstance` belongs to one execution
/// at a time; a `PersistentInstance` hands its instance to one execution after the other.

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include <synapsed/cancel.hpp>
#include <synapsed/config.hpp>
#include <synapsed/context.hpp>
#include <synapsed/error.hpp>

#include "base/sync.hpp"
#include "engine/linker.hpp"
#include "engine/store.hpp"

namespace synapsed {

/// How a module's imports were resolved when it was loaded.
using Resolution = std::variant<engine::PreparedModule, engine::Linker>;

/// A store with one instance of a module.
struct LiveInstance {
  engine::Store store;
  engine::Instance instance;
};

/// One persistent instance, made when it is first needed.
class PersistentInstance {
 public:
  /// The instance, held by one execution until it is returned.
  class Lease {
   public:
    explicit Lease(PersistentInstance& owner) : owner_(&owner) {}
    Lease(Lease&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    [[nodiscard]] std::optional<LiveInstance>& instance() { return owner_->instance_; }

   private:
    PersistentInstance* owner_;
  };

  /// Waits for the executions before this one. Errors: `limit.deadline`, `limit.cancelled`.
  [[nodiscard]] Result<Lease> acquire(engine::Deadline deadline, const CancelToken& token);

  /// Gives the instance up unless an execution holds it. True when there was one.
  bool reclaim();
  /// When an execution last ended; null when there is no instance or it is in use.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> idle_since() const;

 private:
  mutable Mutex mutex_;
  Condition released_;
  bool held_ = false;
  std::chrono::steady_clock::time_point last_used_;
  std::optional<LiveInstance> instance_;  // touched only by the holder of the lease
};

}  // namespace synapsed
