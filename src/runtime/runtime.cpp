#include <synapsed/runtime.hpp>

#include "runtime/runtime_impl.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <synapsed/inspect.hpp>

#include "base/bytes.hpp"
#include "base/try.hpp"
#include "runtime/async_execution.hpp"
#include "runtime/engine_config.hpp"
#include "runtime/session.hpp"

namespace synapsed {
namespace {

Error unknown_module(ModuleId id) {
  return Error(ErrorCode::kUnknownModule, fmt::format("no module {} is loaded", id.value))
      .help("it was unloaded, or belongs to another runtime");
}

}  // namespace

WasmRuntime::WasmRuntime(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WasmRuntime::WasmRuntime(WasmRuntime&&) noexcept = default;
WasmRuntime& WasmRuntime::operator=(WasmRuntime&&) noexcept = default;
WasmRuntime::~WasmRuntime() = default;

Result<WasmRuntime> WasmRuntime::create() { return create(RuntimeConfig::production()); }

Result<WasmRuntime> WasmRuntime::create(const RuntimeConfig& config) {
  TRY(config.validate());
  engine::Engine engine = TRY(engine::Engine::create(engine_config(config)));
  std::shared_ptr<CodeStore> store = TRY(open_code_store(config));
  return WasmRuntime(std::make_unique<Impl>(config, std::move(engine), std::move(store)));
}

WasmRuntime::Impl::~Impl() {
  for (const auto& execution : state->in_flight.all()) execution->cancel();
  state->finish_executor();
}

Result<std::shared_ptr<LoadedModule>> WasmRuntime::Impl::find(ModuleId id) const {
  const SharedLock<SharedMutex> lock(modules_mutex);
  const auto found = modules.find(id);
  if (found == modules.end()) return std::unexpected(unknown_module(id));
  return found->second;
}

Result<void> WasmRuntime::Impl::check_persistent(ModuleId id) const {
  const auto module = TRY(find(id));
  if (module->is_persistent()) return {};
  return std::unexpected(
      Error(ErrorCode::kInvalidConfig, "each execution of the module has an instance of its own")
          .at(module->info.name)
          .help("open a session, or load it with InstancePolicy::kPersistent"));
}

ModuleId WasmRuntime::Impl::add(std::shared_ptr<LoadedModule> module) {
  const Lock<SharedMutex> lock(modules_mutex);
  module->info.id = ModuleId{++last_id};
  const ModuleId id = module->info.id;
  modules.emplace(id, std::move(module));
  return id;
}

void WasmRuntime::Impl::reclaim_idle_instances(const LoadedModule& wanted) {
  const MemoryConfig& memory = state->config.memory;
  if (!memory.enable_gc || state->pool.bytes_used() <= memory.gc_threshold) return;
  using IdleModule = std::pair<InstanceHome::Time, std::shared_ptr<LoadedModule>>;
  std::vector<IdleModule> idle;
  {
    const SharedLock<SharedMutex> lock(modules_mutex);
    for (const auto& [id, module] : modules) {
      if (module.get() == &wanted) continue;
      if (const auto since = module->idle_since()) idle.emplace_back(*since, module);
    }
  }
  std::ranges::sort(idle, {}, &IdleModule::first);
  for (const auto& [since, module] : idle) {
    if (state->pool.bytes_used() <= memory.gc_threshold) return;
    if (module->reclaim()) state->statistics.record_reclaimed(1);
  }
}

Result<ExecutionResult> WasmRuntime::Impl::run(LoadedModule& module, std::string_view function,
                                               std::span<const WasmValue> arguments,
                                               const ExecutionContext& context, bool is_dry_run) {
  reclaim_idle_instances(module);
  return run_blocking({.state = *state,
                       .module = module,
                       .function = function,
                       .arguments = arguments,
                       .context = context,
                       .cancellation = context.cancellation(),
                       .is_dry_run = is_dry_run});
}

HostFunctions& WasmRuntime::host_functions() { return impl_->state->host_functions; }

void WasmRuntime::register_host_function(std::string name, DynamicHostFunction function) {
  impl_->state->host_functions.define_untyped("env", std::move(name), std::move(function));
}

void WasmRuntime::register_host_function(std::string name, HostFunctionDefinition function) {
  function.info.name = std::move(name);
  impl_->state->host_functions.add(std::move(function));
}

Result<ModuleId> WasmRuntime::load_module(std::string_view name, std::span<const std::byte> wasm,
                                          ModuleMetadata metadata) {
  auto loaded = TRY(load(*impl_->state,
                         {.name = name, .wasm = wasm, .metadata = std::move(metadata)}));
  impl_->state->statistics.record_compilation(loaded->info.compile_time);
  return impl_->add(std::move(loaded));
}

Result<ModuleId> WasmRuntime::load_module_wat(std::string_view name, std::string_view wat,
                                              ModuleMetadata metadata) {
  auto wasm = wat_to_wasm(wat);
  if (!wasm) {
    const std::string where = fmt::format("{}, {}", name, wasm.error().where());
    return std::unexpected(std::move(wasm).error().at(where));
  }
  return load_module(name, *wasm, std::move(metadata));
}

Result<ExecutionResult> WasmRuntime::execute_function(ModuleId id, std::string_view function,
                                                      std::span<const WasmValue> arguments,
                                                      const ExecutionContext& context) {
  const std::shared_ptr<LoadedModule> module = TRY(impl_->find(id));
  return impl_->run(*module, function, arguments, context);
}

Result<ExecutionResult> WasmRuntime::execute_function(ModuleId id, std::string_view function,
                                                      std::initializer_list<WasmValue> arguments,
                                                      const ExecutionContext& context) {
  return execute_function(id, function, std::span(arguments.begin(), arguments.size()), context);
}

Result<std::uint64_t> WasmRuntime::dry_run(ModuleId id, std::string_view function,
                                           std::span<const WasmValue> arguments,
                                           const ExecutionContext& context) {
  const std::shared_ptr<LoadedModule> module = TRY(impl_->find(id));
  const bool is_dry_run = true;
  return TRY(impl_->run(*module, function, arguments, context, is_dry_run)).usage.peak_gas;
}

Result<std::uint64_t> WasmRuntime::dry_run(ModuleId id, std::string_view function,
                                           std::initializer_list<WasmValue> arguments,
                                           const ExecutionContext& context) {
  return dry_run(id, function, std::span(arguments.begin(), arguments.size()), context);
}

ExecutionHandle WasmRuntime::execute_function_async(
    ModuleId id, std::string function, std::vector<WasmValue> arguments, ExecutionContext context,
    ExecutionCompletion completion, std::shared_ptr<Executor> executor) {
  if (!executor) executor = impl_->state->executor();
  auto module = impl_->find(id);
  if (!module) {
    executor->post([completion = std::move(completion), error = std::move(module).error()] {
      completion(std::unexpected(error));
    });
    return {};
  }
  impl_->reclaim_idle_instances(**module);
  const auto execution = std::make_shared<AsyncExecution>(
      AsyncExecution::Parts{.state = impl_->state,
                            .module = std::move(*module),
                            .function = std::move(function),
                            .arguments = std::move(arguments),
                            .context = std::move(context),
                            .executor = std::move(executor),
                            .completion = std::move(completion)});
  execution->start();
  return ExecutionHandle([weak = std::weak_ptr(execution)] {
    if (const auto running = weak.lock()) running->cancel();
  });
}

Result<Session> WasmRuntime::open_session(ModuleId id, ExecutionContext context) {
  std::shared_ptr<LoadedModule> module = TRY(impl_->find(id));
  impl_->reclaim_idle_instances(*module);
  auto session =
      std::make_shared<Session::Impl>(impl_->state, std::move(module), std::move(context));
  TRY(session->open());
  return Session(std::move(session));
}

Result<Session> WasmRuntime::fork(ModuleId id, const Snapshot& snapshot, ExecutionContext context) {
  std::shared_ptr<LoadedModule> module = TRY(impl_->find(id));
  impl_->reclaim_idle_instances(*module);
  context.with_snapshot(snapshot);
  return open_own_session(impl_->state, std::move(module), std::move(context));
}

Result<Snapshot> WasmRuntime::snapshot(ModuleId id, ExecutionContext context) {
  TRY(impl_->check_persistent(id));
  Session session = TRY(open_session(id, std::move(context)));
  return session.snapshot();
}

Result<void> WasmRuntime::restore(ModuleId id, const Snapshot& snapshot, ExecutionContext context) {
  TRY(impl_->check_persistent(id));
  Session session = TRY(open_session(id, std::move(context)));
  return session.restore(snapshot);
}

Result<ExecutionResult> WasmRuntime::execute_module(std::span<const std::byte> wasm,
                                                    std::string_view function,
                                                    std::span<const WasmValue> arguments,
                                                    const ExecutionContext& context) {
  const auto module = TRY(load(*impl_->state,
                               {.name = "module", .wasm = wasm, .metadata = ModuleMetadata{}}));
  impl_->state->statistics.record_compilation(module->info.compile_time);
  return impl_->run(*module, function, arguments, context);
}

Result<void> WasmRuntime::unload_module(ModuleId id) {
  std::shared_ptr<LoadedModule> last;  // destroyed after the lock
  const Lock<SharedMutex> lock(impl_->modules_mutex);
  const auto found = impl_->modules.find(id);
  if (found == impl_->modules.end()) return std::unexpected(unknown_module(id));
  last = std::move(found->second);
  impl_->modules.erase(found);
  return {};
}

std::vector<ModuleInfo> WasmRuntime::list_modules() const {
  const SharedLock<SharedMutex> lock(impl_->modules_mutex);
  std::vector<ModuleInfo> infos;
  infos.reserve(impl_->modules.size());
  for (const auto& [id, module] : impl_->modules) infos.push_back(module->info);
  return infos;
}

Result<ModuleInfo> WasmRuntime::module_info(ModuleId id) const {
  const std::shared_ptr<LoadedModule> module = TRY(impl_->find(id));
  ModuleInfo info = module->info;
  info.restarts = module->persistent.restarts();
  return info;
}

Result<GasProfile> WasmRuntime::gas_profile(ModuleId id) const {
  const std::shared_ptr<LoadedModule> module = TRY(impl_->find(id));
  if (module->gas_counters) return module->gas_counters->profile();
  return std::unexpected(Error(ErrorCode::kInvalidConfig, "what gas goes to is not counted")
                             .at(module->info.name)
                             .help("turn metering.enable and metering.profile on"));
}

RuntimeStats WasmRuntime::get_stats() const {
  RuntimeStats stats = impl_->state->statistics.snapshot();
  stats.memory_bytes = impl_->state->pool.bytes_used();
  stats.executions_in_flight = impl_->state->in_flight.size();
  stats.code_cache = impl_->state->compiled->stats();
  const SharedLock<SharedMutex> lock(impl_->modules_mutex);
  stats.modules_loaded = impl_->modules.size();
  for (const auto& [id, module] : impl_->modules) {
    stats.instances_restarted += module->persistent.restarts();
  }
  return stats;
}

Result<ModuleStats> WasmRuntime::module_stats(ModuleId id) const {
  return TRY(impl_->find(id))->stats();
}

std::string WasmRuntime::metrics() const {
  std::vector<ModuleStats> modules;
  {
    const SharedLock<SharedMutex> lock(impl_->modules_mutex);
    for (const auto& [id, module] : impl_->modules) modules.push_back(module->stats());
  }
  return to_prometheus(get_stats(), modules);
}

const RuntimeConfig& WasmRuntime::config() const { return impl_->state->config; }

}  // namespace synapsed
