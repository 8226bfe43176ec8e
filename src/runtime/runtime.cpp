#include <synapsed/runtime.hpp>

#include "runtime/runtime_impl.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <synapsed/inspect.hpp>

#include "base/bytes.hpp"
#include "base/try.hpp"
#include "base/within.hpp"
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
  std::optional<engine::Engine> baseline;
  if (config.compilation.tiered) baseline = TRY(engine::Engine::create(baseline_engine_config(config)));
  std::shared_ptr<CodeStore> store = TRY(open_code_store(config));
  return WasmRuntime(std::make_unique<Impl>(std::make_shared<RuntimeState>(
      config, std::move(engine), std::move(baseline), std::move(store))));
}

WasmRuntime::Impl::~Impl() {
  for (const auto& execution : state->in_flight.all()) execution->cancel();
  state->finish_executor();
}

Result<std::shared_ptr<ModuleSlot>> WasmRuntime::Impl::find(ModuleId id) const {
  const SharedLock<SharedMutex> lock(modules_mutex);
  const auto found = modules.find(id);
  if (found == modules.end()) return std::unexpected(unknown_module(id));
  return found->second;
}

Result<std::shared_ptr<LoadedModule>> WasmRuntime::Impl::find_code(ModuleId id) const {
  return TRY(find(id))->code(*state);
}

std::vector<std::shared_ptr<ModuleSlot>> WasmRuntime::Impl::all() const {
  const SharedLock<SharedMutex> lock(modules_mutex);
  std::vector<std::shared_ptr<ModuleSlot>> slots;
  slots.reserve(modules.size());
  for (const auto& [id, slot] : modules) slots.push_back(slot);
  return slots;
}

Result<void> WasmRuntime::Impl::check_persistent(ModuleId id) const {
  const auto module = TRY(find(id));
  if (module->is_persistent()) return {};
  return std::unexpected(
      Error(ErrorCode::kInvalidConfig, "each execution of the module has an instance of its own")
          .at(module->info().name)
          .help("open a session, or load it with InstancePolicy::kPersistent"));
}

ModuleId WasmRuntime::Impl::add(std::unique_ptr<LoadedModule> module,
                                std::span<const std::byte> wasm) {
  std::shared_ptr<ModuleSlot> slot;
  ModuleId id;
  {
    const Lock<SharedMutex> lock(modules_mutex);
    id = module->info.id = ModuleId{++last_id};
    slot = std::make_shared<ModuleSlot>(*state, std::move(module), wasm);
    modules.emplace(id, slot);
  }
  if (slot->awaits_optimised()) optimiser->add(slot);
  return id;
}

void WasmRuntime::Impl::reclaim(const LoadedModule& wanted) {
  const MemoryConfig& memory = state->config.memory;
  if (!memory.enable_gc) return;
  if (state->pool.bytes_used() > memory.gc_threshold) reclaim_instances(wanted);
  if (holds_too_much()) release_code();
}

bool WasmRuntime::Impl::holds_too_much() const {
  return state->pool.bytes_used() + state->compiled->bytes() > state->config.memory.gc_threshold;
}

void WasmRuntime::Impl::reclaim_instances(const LoadedModule& wanted) {
  using IdleModule = std::pair<InstanceHome::Time, std::shared_ptr<ModuleSlot>>;
  std::vector<IdleModule> idle;
  for (auto& slot : all()) {
    if (!slot->is_persistent() || &slot->record() == wanted.record.get()) continue;
    if (const auto since = slot->record().idle_since()) idle.emplace_back(*since, std::move(slot));
  }
  std::ranges::sort(idle, {}, &IdleModule::first);
  for (const auto& [since, slot] : idle) {
    if (state->pool.bytes_used() <= state->config.memory.gc_threshold) return;
    if (slot->record().reclaim()) state->statistics.record_reclaimed(1);
  }
}

/// Of modules that nobody has called for a while: to load it again takes a millisecond.
void WasmRuntime::Impl::release_code() {
  constexpr std::chrono::milliseconds kBetween{100};
  constexpr std::chrono::seconds kIdleMin{1};
  const auto now = std::chrono::steady_clock::now();
  auto last = code_released_at.load(std::memory_order_relaxed);
  if (now - last < kBetween || !code_released_at.compare_exchange_strong(last, now)) return;
  using IdleModule = std::pair<ModuleRecord::Time, std::shared_ptr<ModuleSlot>>;
  std::vector<IdleModule> idle;
  for (auto& slot : all()) {
    const auto used = slot->record().last_used.load(std::memory_order_relaxed);
    if (now - used >= kIdleMin) idle.emplace_back(used, std::move(slot));
  }
  std::ranges::sort(idle, {}, &IdleModule::first);
  for (const auto& [since, slot] : idle) {
    if (!holds_too_much()) return;
    if (slot->release(*state)) state->statistics.record_code_released();
  }
}

Result<ExecutionResult> WasmRuntime::Impl::run(LoadedModule& module, std::string_view function,
                                               std::span<const WasmValue> arguments,
                                               const ExecutionContext& context, bool is_dry_run) {
  reclaim(module);
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
  return impl_->add(std::move(loaded), wasm);
}

Result<ModuleId> WasmRuntime::load_module_wat(std::string_view name, std::string_view wat,
                                              ModuleMetadata metadata) {
  auto wasm = wat_to_wasm(wat);
  if (!wasm) return std::unexpected(within(name, std::move(wasm).error()));
  return load_module(name, *wasm, std::move(metadata));
}

Result<ExecutionResult> WasmRuntime::execute_function(ModuleId id, std::string_view function,
                                                      std::span<const WasmValue> arguments,
                                                      const ExecutionContext& context) {
  const std::shared_ptr<LoadedModule> module = TRY(impl_->find_code(id));
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
  const std::shared_ptr<LoadedModule> module = TRY(impl_->find_code(id));
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
  auto module = impl_->find_code(id);
  if (!module) {
    executor->post([completion = std::move(completion), error = std::move(module).error()] {
      completion(std::unexpected(error));
    });
    return {};
  }
  impl_->reclaim(**module);
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
  std::shared_ptr<LoadedModule> module = TRY(impl_->find_code(id));
  impl_->reclaim(*module);
  auto session =
      std::make_shared<Session::Impl>(impl_->state, std::move(module), std::move(context));
  TRY(session->open());
  return Session(std::move(session));
}

Result<Session> WasmRuntime::fork(ModuleId id, const Snapshot& snapshot, ExecutionContext context) {
  std::shared_ptr<LoadedModule> module = TRY(impl_->find_code(id));
  impl_->reclaim(*module);
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
  std::shared_ptr<ModuleSlot> last;  // destroyed after the lock
  const Lock<SharedMutex> lock(impl_->modules_mutex);
  const auto found = impl_->modules.find(id);
  if (found == impl_->modules.end()) return std::unexpected(unknown_module(id));
  last = std::move(found->second);
  impl_->modules.erase(found);
  return {};
}

std::vector<ModuleInfo> WasmRuntime::list_modules() const {
  std::vector<ModuleInfo> infos;
  for (const auto& slot : impl_->all()) infos.push_back(slot->info());
  return infos;
}

Result<ModuleInfo> WasmRuntime::module_info(ModuleId id) const {
  return TRY(impl_->find(id))->info();
}

Result<GasProfile> WasmRuntime::gas_profile(ModuleId id) const {
  const std::shared_ptr<LoadedModule> module = TRY(impl_->find_code(id));
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
  stats.code_bytes = impl_->state->compiled->bytes();
  if (const auto& baseline = impl_->state->baseline) {
    stats.code_bytes += baseline->compiled->bytes();
    stats.code_cache.compiled += baseline->compiled->stats().compiled;
  }
  const auto slots = impl_->all();
  stats.modules_loaded = slots.size();
  for (const auto& slot : slots) stats.instances_restarted += slot->record().persistent.restarts();
  return stats;
}

Result<ModuleStats> WasmRuntime::module_stats(ModuleId id) const {
  return TRY(impl_->find(id))->stats();
}

std::string WasmRuntime::metrics() const {
  std::vector<ModuleStats> modules;
  for (const auto& slot : impl_->all()) modules.push_back(slot->stats());
  return to_prometheus(get_stats(), modules);
}

const RuntimeConfig& WasmRuntime::config() const { return impl_->state->config; }

}  // namespace synapsed
