#pragma once

/// \file
/// Where executions that do not hold a thread of their caller run. Owned by the room `base`.
///
/// Thread rule: an executor is used from any number of threads at once.

#include <chrono>
#include <functional>

namespace synapsed {

/// Runs tasks. `<synapsed/asio.hpp>` makes one of any Boost.Asio executor.
class Executor {
 public:
  using Task = std::function<void()>;
  using Time = std::chrono::steady_clock::time_point;

  virtual ~Executor() = default;

  /// Runs `task` soon, never inside this call.
  virtual void post(Task task) = 0;
  /// Runs `task` at `time`. What it returns calls that off, from any thread; a task that has begun
  /// goes on.
  [[nodiscard]] virtual Task post_at(Time time, Task task) = 0;
};

}  // namespace synapsed
