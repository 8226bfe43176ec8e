#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <synapsed/session.hpp>

#include "runtime/admission.hpp"
#include "runtime/execution.hpp"
#include "runtime/limits.hpp"

namespace synapsed {

struct Session::Impl {
  /// Which instance it has.
  enum class Holds : std::uint8_t { kModules, kOwn };

  Impl(std::shared_ptr<RuntimeState> runtime_state, std::shared_ptr<LoadedModule> loaded,
       ExecutionContext given, Holds holds = Holds::kModules);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// Waits for its turn and makes the instance.
  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<ExecutionResult> run(std::optional<std::string_view> function,
                                            std::span<const WasmValue> arguments);
  /// What becomes of the instance after a typed call stopped it.
  [[nodiscard]] Error stopped(engine::Stop stop, const std::string& function);
  [[nodiscard]] Result<Snapshot> take_snapshot();
  [[nodiscard]] Result<void> restore(const Snapshot& snapshot);
  /// Error: `call.reentrant`.
  [[nodiscard]] Result<void> check_idle() const;

  const std::shared_ptr<RuntimeState> state;
  const std::shared_ptr<LoadedModule> module;
  const ExecutionContext context;
  ExecutionLimits limits;
  Admission admission;
  InstanceHome own_home;
  InstanceHome* home;  // the session's own or the persistent module's
  ExecutionScope scope;  // of typed calls
  bool waits = false;    // typed calls run on fibers
  bool is_busy = false;
  std::uint64_t typed_calls = 0;
};

/// A session on an instance of its own, whatever the module's policy.
[[nodiscard]] Result<Session> open_own_session(std::shared_ptr<RuntimeState> state,
                                               std::shared_ptr<LoadedModule> module,
                                               ExecutionContext context);

}  // namespace synapsed
