#pragma once

#include <cstdint>
#include <memory>

#include <synapsed/executor.hpp>

namespace synapsed {

/// The executor a runtime makes for itself.
class OwnExecutor : public Executor {
 public:
  /// Waits until nothing posted is left to do, and ends. Not from one of its own tasks.
  virtual void finish() = 0;
};

/// `threads` 0: one per core.
[[nodiscard]] std::shared_ptr<OwnExecutor> make_own_executor(std::uint32_t threads);

}  // namespace synapsed
