#pragma once

#include <optional>

#include <synapsed/host.hpp>

#include "engine/host_function.hpp"
#include "host/execution_scope.hpp"

namespace synapsed {

struct CallContext::Impl {
  const engine::Caller& caller;
  const ExecutionScope& scope;
  /// The guest's memory, looked up once: it cannot grow while the host function runs.
  std::optional<engine::MemoryView> memory;
};

/// How the room makes contexts, which users cannot.
struct CallContextAccess {
  [[nodiscard]] static CallContext make(CallContext::Impl& impl) { return CallContext(impl); }
  [[nodiscard]] static std::optional<int> exit_code(const CallContext& context) {
    return context.exit_code_;
  }
};

}  // namespace synapsed
