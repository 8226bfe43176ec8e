#pragma once

/// \file
/// The runtime: loads modules and executes their functions under limits. Owned by the room
/// `runtime`.
///
///     auto runtime = synapsed::WasmRuntime::create().value();
///     auto id = runtime.load_module_wat("math", R"((module
///         (func (export "add") (param i32 i32) (result i32)
///           (i32.add (local.get 0) (local.get 1)))))").value();
///     auto sum = runtime.execute_function(id, "add", {10, 20}).value();
///     // sum.values[0] is the i32 30
///
/// Thread rule: every member function except the destructor and the moves is safe to call from any
/// number of threads at once. The runtime must outlive the executions on it.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <synapsed/config.hpp>
#include <synapsed/context.hpp>
#include <synapsed/error.hpp>
#include <synapsed/executor.hpp>
#include <synapsed/host.hpp>
#include <synapsed/module.hpp>
#include <synapsed/session.hpp>
#include <synapsed/stats.hpp>
#include <synapsed/value.hpp>

namespace synapsed {

/// Takes the result of an asynchronous execution. Must not throw.
using ExecutionCompletion = std::function<void(Result<ExecutionResult>)>;

/// An asynchronous execution. Cancels it when it is destroyed.
///
/// Thread rule: one thread at a time, except `cancel`, which is safe from any.
class [[nodiscard]] ExecutionHandle {
 public:
  ExecutionHandle() = default;
  explicit ExecutionHandle(std::function<void()> cancel) : cancel_(std::move(cancel)) {}
  ExecutionHandle(ExecutionHandle&& other) noexcept
      : cancel_(std::exchange(other.cancel_, nullptr)) {}
  ExecutionHandle& operator=(ExecutionHandle&& other) noexcept {
    if (this != &other) {
      cancel();
      cancel_ = std::exchange(other.cancel_, nullptr);
    }
    return *this;
  }
  ~ExecutionHandle() { cancel(); }

  /// Does nothing when the execution has settled.
  void cancel() const {
    if (cancel_) cancel_();
  }
  /// Lets the execution go on without a handle.
  void detach() { cancel_ = nullptr; }

 private:
  std::function<void()> cancel_;
};

class WasmRuntime {
 public:
  /// A runtime with the production profile. Errors: those of `create(RuntimeConfig)`.
  [[nodiscard]] static Result<WasmRuntime> create();
  /// Errors: `config.invalid` with every inconsistency; `host.engine` when the machine cannot
  /// give what the configuration reserves (address space, mostly).
  [[nodiscard]] static Result<WasmRuntime> create(const RuntimeConfig& config);

  WasmRuntime(WasmRuntime&&) noexcept;
  WasmRuntime& operator=(WasmRuntime&&) noexcept;
  ~WasmRuntime();

  /// The host functions modules may import; what is defined here serves instances made from
  /// then on.
  [[nodiscard]] HostFunctions& host_functions();

  /// Defines `env.name`, which takes the core values of whatever type a module imports it with.
  /// For strings, bytes, other names and types of its own see `host_functions()`.
  void register_host_function(std::string name, DynamicHostFunction function);
  /// Defines a host function that somebody made (`crypto::create_crypto_host_functions`), under its
  /// own import module.
  void register_host_function(std::string name, HostFunctionDefinition function);

  /// Validates and compiles a binary module. `name` is UTF-8, 1..256 bytes; several modules may
  /// share it. Errors: `load.*`, `security.*`, `call.import_mismatch`.
  Result<ModuleId> load_module(std::string_view name, std::span<const std::byte> wasm,
                               ModuleMetadata metadata = ModuleMetadata{});
  /// The same for the text format; `load.invalid_text` carries line and column.
  Result<ModuleId> load_module_wat(std::string_view name, std::string_view wat,
                                   ModuleMetadata metadata = ModuleMetadata{});
  /// The same for a file of either format. Error besides those above: `load.unreadable`.
  Result<ModuleId> load_module_file(std::string_view name, const std::string& path,
                                    ModuleMetadata metadata = ModuleMetadata{});

  /// Calls an exported function.
  ///
  /// When the module's interface (`ModuleInfo::interface`) declares the function, arguments and the
  /// result are values of the declared types, passed by the canonical ABI
  /// (docs/reference/interfaces.md). Otherwise results are core values; a string or bytes argument
  /// fills two `i32` parameters, pointer and length; the bytes lie in a block of the guest's
  /// `cabi_realloc`, which then is the guest's. References may be passed as null only.
  ///
  /// Errors: `call.*`, `config.invalid_limit`, `limit.*`, `trap.*`. Whatever happens, the runtime
  /// and the module stay usable; a persistent instance that faulted starts afresh.
  Result<ExecutionResult> execute_function(ModuleId id, std::string_view function,
                                           std::span<const WasmValue> arguments,
                                           const ExecutionContext& context = {});
  Result<ExecutionResult> execute_function(ModuleId id, std::string_view function,
                                           std::initializer_list<WasmValue> arguments,
                                           const ExecutionContext& context = {});

  /// The gas that the call needs: the least `with_gas_limit` with which it ends as it does here.
  /// Nothing lasts: the instance is a fresh one, whatever the module's policy; what the guest logs
  /// and writes to standard output and error is thrown away; host functions see
  /// `CallContext::is_dry_run`, and what they pay for by `CallContext::take_gas` is a dry run too.
  /// It is counted in the statistics as an execution. Another call needs as much if it finds the
  /// same state, and its host functions do not decide by `CallContext::gas_left`.
  ///
  /// Errors: those of `execute_function`, also for a call that would end in one;
  /// `security.path_denied` for a directory that could be written to.
  [[nodiscard]] Result<std::uint64_t> dry_run(ModuleId id, std::string_view function,
                                              std::span<const WasmValue> arguments,
                                              const ExecutionContext& context = {});
  [[nodiscard]] Result<std::uint64_t> dry_run(ModuleId id, std::string_view function,
                                              std::initializer_list<WasmValue> arguments,
                                              const ExecutionContext& context = {});

  /// As `execute_function`, without holding the calling thread. The guest runs on `executor` (none:
  /// the runtime's own threads) and gives its thread back while it waits in a host function or when
  /// its time slice is over. `completion` is called exactly once, on the executor, also for errors;
  /// `<synapsed/asio.hpp>` has it as any Boost.Asio completion token.
  ///
  /// The destructor cancels what has not settled. It waits for what runs on the runtime's own
  /// threads, so it must not run on one of them; what runs on another executor settles there.
  ExecutionHandle execute_function_async(ModuleId id, std::string function,
                                         std::vector<WasmValue> arguments,
                                         ExecutionContext context, ExecutionCompletion completion,
                                         std::shared_ptr<Executor> executor = nullptr);

  /// Takes an instance out for several calls: a fresh one, or a persistent module's own, which
  /// others wait for meanwhile. Made now, under the limits of `context`, which hold for each call
  /// too. Errors: those of `execute_function`.
  Result<Session> open_session(ModuleId id, ExecutionContext context = {});

  /// A session on an instance of its own that starts from `snapshot`, whatever the module's policy: memory
  /// that nobody writes to is shared by all that start from it (without pooling; see
  /// docs/guide/snapshots.md). Errors: those of `open_session` and `ExecutionContext::with_snapshot`.
  Result<Session> fork(ModuleId id, const Snapshot& snapshot, ExecutionContext context = {});
  /// The state of a persistent module's instance, which is made when there is none. Waits for its turn.
  /// Errors: those of `open_session` and `Session::snapshot`; `config.invalid` for a module whose
  /// executions have instances of their own.
  [[nodiscard]] Result<Snapshot> snapshot(ModuleId id, ExecutionContext context = {});
  /// Has a persistent module go on from that state. Waits for its turn. Errors: those of `open_session`
  /// and `Session::restore`; `config.invalid` as above.
  Result<void> restore(ModuleId id, const Snapshot& snapshot, ExecutionContext context = {});

  /// Compiles, calls and forgets: `load_module`, `execute_function` and `unload_module` in one.
  Result<ExecutionResult> execute_module(std::span<const std::byte> wasm,
                                         std::string_view function,
                                         std::span<const WasmValue> arguments,
                                         const ExecutionContext& context = {});

  /// Calls `function` once, in an instance of the module, and makes a module whose instances start where that
  /// one was then: what takes long at every start is done before (docs/guide/snapshots.md). The new module
  /// has no start function and does not export `function`. What `function` gets from the host stays as it
  /// was then; it must return nothing that is needed later. Errors: those of `load_module` and
  /// `execute_function`; `snapshot.disabled` without `snapshots.enable`, `snapshot.reference`;
  /// `load.invalid_module` for state that no module can start in.
  [[nodiscard]] Result<Bytes> preinitialise(std::span<const std::byte> wasm,
                                            std::string_view function,
                                            std::span<const WasmValue> arguments = {},
                                            ExecutionContext context = {});

  /// Executions that run go on to their end; new ones fail. Error: `call.unknown_module`.
  Result<void> unload_module(ModuleId id);
  [[nodiscard]] std::vector<ModuleInfo> list_modules() const;  ///< in the order of loading
  /// Error: `call.unknown_module`.
  [[nodiscard]] Result<ModuleInfo> module_info(ModuleId id) const;

  /// Of the executions that have ended; typed calls of a session with its next `call`. Errors:
  /// `call.unknown_module`, `config.invalid` without `metering.profile`.
  [[nodiscard]] Result<GasProfile> gas_profile(ModuleId id) const;

  [[nodiscard]] RuntimeStats get_stats() const;
  /// Error: `call.unknown_module`.
  [[nodiscard]] Result<ModuleStats> module_stats(ModuleId id) const;
  /// Of the runtime and all modules that are loaded, for Prometheus to read (`to_prometheus`).
  [[nodiscard]] std::string metrics() const;
  [[nodiscard]] const RuntimeConfig& config() const;

  struct Impl;

 private:
  explicit WasmRuntime(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace synapsed
