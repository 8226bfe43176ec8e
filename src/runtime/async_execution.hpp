#pragma once

/// \file
/// An execution that runs on an executor and holds no thread while it waits.
///
/// Invariant: it settles exactly once: its completion is called once, on the executor.
/// Thread rule: `cancel` and `wake` are safe from any thread.

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <synapsed/cancel.hpp>
#include <synapsed/executor.hpp>
#include <synapsed/runtime.hpp>

#include "base/waker.hpp"
#include "runtime/execution.hpp"
#include "runtime/state.hpp"

namespace synapsed {

class AsyncExecution : public Waker, public std::enable_shared_from_this<AsyncExecution> {
 public:
  struct Parts {
    std::shared_ptr<RuntimeState> state;
    std::shared_ptr<LoadedModule> module;
    std::string function;
    std::vector<WasmValue> arguments;
    ExecutionContext context;
    std::shared_ptr<Executor> executor;
    ExecutionCompletion completion;
  };

  explicit AsyncExecution(Parts parts);

  /// It keeps itself alive from here until it has settled.
  void start();
  void cancel();
  void wake() override;

 private:
  enum class State : std::uint8_t {
    kIdle,      ///< waits to be woken
    kPosted,    ///< its turn comes
    kRunning,   ///< a thread advances it
    kNotified,  ///< a thread advances it, and it was woken meanwhile
    kSettled,
  };

  void post();
  void run();
  void wait_for_deadline();
  [[nodiscard]] ExecutionRequest request() const;
  void begin(const ExecutionRequest& request);
  void settle();

  Parts parts_;
  std::shared_ptr<Waker> self_;  // until it has settled
  CancelSource cancel_;
  CancelToken token_;  // this one's and the context's
  std::optional<Execution> execution_;
  std::uint32_t attempts_ = 0;
  Executor::Task cancel_timer_;
  std::atomic<State> progress_{State::kPosted};
};

}  // namespace synapsed
