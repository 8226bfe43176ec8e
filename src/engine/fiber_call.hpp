#pragma once

/// \file
/// A guest entered on a stack of its own (a fiber), so that it can wait without holding a thread.
///
/// Thread rule: one thread at a time, which may be another at each `resume`; that of its store.

#include <memory>

#include "engine/stop.hpp"

namespace synapsed::engine {

/// One entry into a guest: an instantiation or a call. The store, and what the entry was given,
/// outlive it; until it has ended nothing else is done with the store.
class FiberCall {
 public:
  FiberCall(FiberCall&&) noexcept;
  FiberCall& operator=(FiberCall&&) noexcept;
  /// A guest that has not ended is ended now; it does not run again.
  ~FiberCall();

  /// Runs the guest. True when it has ended; false when it waits in a host function or has used
  /// its time slice.
  [[nodiscard]] bool resume();
  /// How it ended, once. Only after `resume` was true.
  [[nodiscard]] CallResult<void> take();

  struct Impl;
  explicit FiberCall(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace synapsed::engine
