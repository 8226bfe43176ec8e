#pragma once

/// \file
/// Which functions of WASI a profile without unsafe host functions allows, and which of them a
/// context can answer. Thread rule: pure.

#include <cstddef>
#include <string_view>

#include <synapsed/config.hpp>
#include <synapsed/context.hpp>
#include <synapsed/error.hpp>

#include "engine/module.hpp"

namespace synapsed {

/// True for what reaches nothing but arguments, environment, standard streams and exit.
[[nodiscard]] bool is_safe_wasi_function(std::string_view name);

/// What of WASI is answered by contexts, in the host's place.
struct ContextWasi {
  bool clocks = false;
  bool random = false;

  static constexpr std::size_t kKinds = 4;
  [[nodiscard]] std::size_t kind() const { return (clocks ? 1U : 0U) + (random ? 2U : 0U); }
  bool operator==(const ContextWasi&) const = default;
};

/// What a context could answer of a function; nothing of most.
[[nodiscard]] ContextWasi context_wasi_of(std::string_view name);
/// What contexts could answer of all that the module imports.
[[nodiscard]] ContextWasi context_wasi_of(const engine::Module& module);
/// What a context does answer of `wanted`.
[[nodiscard]] ContextWasi answered_by(const ExecutionContext& context, const ContextWasi& wanted);

/// Error: `security.unsafe_host_function` for an import that is forbidden and not `answered`.
[[nodiscard]] Result<void> check_wasi_imports(const RuntimeConfig& config,
                                              const engine::Module& module,
                                              const ContextWasi& answered);

}  // namespace synapsed
