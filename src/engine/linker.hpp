#pragma once

/// \file
/// What modules may import, and instances made from it.
///
/// Thread rule: a linker is filled by one thread; then it, and what it prepared, may be used from
/// any number of threads at once.

#include <memory>
#include <optional>
#include <string_view>

#include <synapsed/error.hpp>

#include "engine/engine.hpp"
#include "engine/fiber_call.hpp"
#include "engine/host_function.hpp"
#include "engine/module.hpp"
#include "engine/stop.hpp"
#include "engine/store.hpp"

namespace synapsed::engine {

/// A module whose imports are resolved: instantiating it looks nothing up.
class PreparedModule {
 public:
  /// Runs the module's start function, so the store must be armed.
  [[nodiscard]] CallResult<Instance> instantiate(Store& store) const;
  /// The same on a fiber; `instance` is set when it has ended well.
  [[nodiscard]] FiberCall start_instantiate(Store& store, Instance& instance) const;

  struct Impl;
  explicit PreparedModule(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

class Linker {
 public:
  [[nodiscard]] static Result<Linker> create(const Engine& engine);
  Linker(Linker&&) noexcept;
  Linker& operator=(Linker&&) noexcept;
  ~Linker();

  /// Defines WASI preview 1. Error: `host.engine`, also when the library was built without it.
  Result<void> define_wasi();
  /// Defines a function of the host. `type` has numbers, vectors, funcref and externref only.
  /// What was defined under that name before is replaced. Error: `host.engine`.
  Result<void> define_function(std::string_view module, std::string_view name,
                               const FunctionType& type,
                               std::shared_ptr<const synapsed::HostFunction> function);
  /// Defines one whose callers wait; `type` has numbers and vectors only. Guests that import it
  /// must be entered on fibers.
  Result<void> define_async_function(std::string_view module, std::string_view name,
                                     const FunctionType& type,
                                     std::shared_ptr<const AsyncHostFunction> function);
  /// A function that was defined here, as one of the store; null when there is none.
  [[nodiscard]] std::optional<Function> function(Store& store, std::string_view module,
                                                 std::string_view name) const;
  [[nodiscard]] bool provides(Store& store, std::string_view module, std::string_view name) const;

  /// Functions that `module` imports and nobody provides trap when called.
  Result<void> define_missing_as_traps(const Module& module);

  /// Errors: `security.import_denied` when an import is not provided, `call.import_mismatch` when
  /// one has another type.
  [[nodiscard]] Result<PreparedModule> prepare(const Module& module) const;

  /// Instantiates with zeros for what `module` imports and nobody provides: functions that return
  /// zeros, empty memories and tables, zero globals. The store must be armed.
  [[nodiscard]] CallResult<Instance> instantiate_with_zeros(Store& store,
                                                            const Module& module) const;
  /// The same on a fiber; `instance` is set when it has ended well.
  [[nodiscard]] Result<FiberCall> start_instantiate_with_zeros(Store& store, const Module& module,
                                                               Instance& instance) const;

  struct Impl;

 private:
  explicit Linker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The module name WASI preview 1 is imported from.
inline constexpr std::string_view kWasiModule = "wasi_snapshot_preview1";
/// True when the library was built with the capability `wasi`.
[[nodiscard]] bool has_wasi();

}  // namespace synapsed::engine
