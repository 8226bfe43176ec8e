#include "runtime/execution.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/try.hpp"
#include "base/units.hpp"
#include "host/canonical_abi.hpp"
#include "host/execution_scope.hpp"
#include "host/values.hpp"
#include "runtime/suggest.hpp"

namespace synapsed {
namespace {

using Clock = std::chrono::steady_clock;
using Values = std::vector<WasmValue>;

/// The limits of one execution, after ceilings.
struct EffectiveLimits {
  engine::Deadline deadline = engine::kNoDeadline;
  std::uint64_t memory_bytes_max = 0;
};

Error invalid_limit(std::string message) {
  return Error(ErrorCode::kInvalidLimit, std::move(message));
}

Result<EffectiveLimits> effective_limits(const RuntimeConfig& config,
                                         const ExecutionContext& context, Clock::time_point now) {
  const bool ceilings = config.security.enable_sandboxing;
  std::chrono::nanoseconds timeout = context.timeout().value_or(config.limits.timeout);
  if (timeout.count() < 0) {
    return std::unexpected(invalid_limit("the timeout is negative").help("0 means none"));
  }
  if (ceilings && (timeout.count() == 0 || timeout > config.limits.timeout)) {
    timeout = config.limits.timeout;
  }
  std::uint64_t memory = context.memory_limit().value_or(config.limits.memory_bytes_max);
  if (ceilings) memory = std::min(memory, config.limits.memory_bytes_max);

  EffectiveLimits limits{.memory_bytes_max = memory};
  if (timeout.count() != 0 && timeout < engine::kNoDeadline - now) limits.deadline = now + timeout;
  return limits;
}

Result<void> check_grants(const RuntimeConfig& config, const ExecutionContext& context) {
  if (!config.security.disable_unsafe_host_functions || context.wasi().directories.empty()) {
    return {};
  }
  return std::unexpected(
      Error(ErrorCode::kPathDenied,
            "directories cannot be granted: security.disable_unsafe_host_functions is on")
          .at(context.wasi().directories.front().host_path));
}

Result<const FunctionType*> find_function(const LoadedModule& module, std::string_view name) {
  const auto found = module.functions.find(name);
  if (found != module.functions.end()) return &found->second;
  const auto& exports = module.info.exports;
  const auto other = std::ranges::find(exports, name, &ExportType::name);
  if (other != exports.end()) {
    return std::unexpected(Error(ErrorCode::kNotAFunction,
                                 fmt::format("export \"{}\" is a {}, not a function", name,
                                             kind_name(other->type)))
                               .at(module.info.name));
  }
  std::vector<std::string_view> names;
  names.reserve(module.functions.size());
  for (const auto& [exported, type] : module.functions) names.push_back(exported);
  return std::unexpected(
      Error(ErrorCode::kUnknownExport, fmt::format("no function \"{}\" is exported", name))
          .at(module.info.name)
          .help(suggest(name, names)));
}

/// What the module says of the function; null when it says nothing.
const InterfaceFunction* find_interface(const LoadedModule& module, std::string_view name) {
  return module.info.interface ? module.info.interface->find(name) : nullptr;
}

Result<void> check_has_allocator(const LoadedModule& module) {
  const auto found = module.functions.find(kAllocator);
  const bool has_memory = std::ranges::any_of(module.info.exports, [](const ExportType& exported) {
    return exported.name == kMemory && std::holds_alternative<MemoryType>(exported.type);
  });
  if (found != module.functions.end() && found->second == allocator_type() && has_memory) return {};
  return std::unexpected(
      Error(ErrorCode::kArgumentType, "strings and bytes cannot be passed to this module")
          .at(module.info.name)
          .help("it must export its memory as \"memory\" and an allocator \"cabi_realloc\" of type "
                "(i32, i32, i32, i32) -> i32"));
}

Result<LoweredCall> lower(const LoadedModule& module, std::string_view function,
                          const FunctionType& type, const InterfaceFunction* interface,
                          std::span<const WasmValue> arguments) {
  if (interface != nullptr) return lower_call(*interface, arguments);
  auto lowered = TRY(lower_arguments(function, type, arguments));
  if (!lowered.blocks.empty()) TRY(check_has_allocator(module));
  return lowered;
}

/// Cancels `interrupt` while it lives and the token says so.
class CancelScope {
 public:
  CancelScope(const CancelToken& token, const engine::Interrupt& interrupt) : token_(token) {
    if (!token.can_be_cancelled()) return;
    subscription_ = token.subscribe([interrupt] { interrupt.cancel(); });
  }
  ~CancelScope() { token_.unsubscribe(subscription_); }
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;

 private:
  const CancelToken& token_;
  std::uint64_t subscription_ = 0;
};

/// While it lives, the guest of an armed store may run and its host calls see `scope`.
class ArmedScope {
 public:
  ArmedScope(engine::Store& store, ExecutionScope& scope) : store_(store) {
    store_.set_user(&scope);
  }
  ~ArmedScope() {
    store_.disarm();
    store_.set_user(nullptr);
  }
  ArmedScope(const ArmedScope&) = delete;
  ArmedScope& operator=(const ArmedScope&) = delete;

 private:
  engine::Store& store_;
};

struct Call {
  const ExecutionEnvironment& environment;
  LoadedModule& module;
  std::string_view function;
  const FunctionType& type;
  const InterfaceFunction* interface;  // null when the module says nothing of the function
  LoweredCall& arguments;
  const ExecutionContext& context;
  EffectiveLimits limits;
  std::uint64_t peak_memory_bytes = 0;  // set when the store is left
};

engine::CallResult<engine::Instance> instantiate(const Resolution& resolution,
                                                 const engine::Module& module,
                                                 engine::Store& store) {
  if (const auto* prepared = std::get_if<engine::PreparedModule>(&resolution)) {
    return prepared->instantiate(store);
  }
  return std::get<engine::Linker>(resolution).instantiate_with_zeros(store, module);
}

/// A grant that cannot be given is an error even when the module would never have used it.
Result<void> give_wasi(const Call& call, engine::Store& store) {
  if (!call.module.imports_wasi && call.context.wasi().directories.empty()) return {};
  return store.set_wasi(call.context.wasi());
}

Result<engine::Store> make_store(const Call& call) {
  engine::Store store = TRY(engine::Store::create(
      call.environment.engine,
      {.memory_bytes_max = call.limits.memory_bytes_max,
       .table_elements_max = call.environment.config.limits.table_elements_max},
      &call.environment.pool));
  TRY(give_wasi(call, store));
  return store;
}

/// Puts what strings and bytes hold into blocks of the guest's allocator. The guest runs for each,
/// so memory is looked at only after the last.
engine::CallResult<void> place_arguments(Call& call, engine::Store& store,
                                         const engine::Instance& instance) {
  LoweredCall& arguments = call.arguments;
  if (arguments.blocks.empty()) return {};
  const auto allocator = store.function(instance, kAllocator);
  const auto memory = store.memory(instance, kMemory);
  if (!allocator || !memory) {
    return std::unexpected(Error(ErrorCode::kEngineFault, "an exported allocator has vanished"));
  }
  std::vector<std::uint32_t> addresses;
  addresses.reserve(arguments.blocks.size());
  for (const Block& block : arguments.blocks) {
    std::array<RawValue, 4> values{RawValue(0), RawValue(0),
                                   RawValue(static_cast<std::int32_t>(block.alignment)),
                                   RawValue(static_cast<std::int32_t>(block.size()))};
    TRY(store.call(*allocator, values));
    addresses.push_back(static_cast<std::uint32_t>(values[0].i32));
  }
  TRY(place_blocks(arguments, addresses, store.view(*memory)));
  return {};
}

/// Lets the guest free what it returned.
engine::CallResult<void> post_return(const Call& call, engine::Store& store,
                                     const engine::Instance& instance) {
  const auto function = store.function(instance, post_return_name(call.function));
  if (!function) return {};
  std::array<RawValue, 1> values{};
  if (!call.type.results.empty()) values[0] = call.arguments.values.front();
  return store.call(*function, values);
}

engine::CallResult<Values> take_results(const Call& call, engine::Store& store,
                                        const engine::Instance& instance) {
  const auto& values = call.arguments.values;
  if (call.interface == nullptr) return lift_results(call.type, values);
  const auto memory = store.memory(instance, kMemory);
  const auto view = memory ? store.view(*memory) : engine::MemoryView({});
  auto results = TRY(lift_result(*call.interface, values, view));
  TRY(post_return(call, store, instance));
  return results;
}

/// Arms the store, makes the instance if there is none yet, and calls the function.
engine::CallResult<Values> enter(Call& call, engine::Store& store,
                                 std::optional<engine::Instance>& instance) {
  TRY(store.arm(call.limits.deadline));
  ExecutionScope scope{.module = call.module.info.name,
                       .tenant = call.context.tenant(),
                       .deadline = call.limits.deadline,
                       .cancellation = call.context.cancellation()};
  const ArmedScope armed(store, scope);
  const CancelScope cancel(call.context.cancellation(), store.interrupt());
  if (call.context.cancellation().is_cancelled()) {
    return std::unexpected(Error(ErrorCode::kCancelled, "the execution was cancelled"));
  }
  if (!instance) {
    const Resolution& resolution = *call.module.resolution;
    instance = TRY(instantiate(resolution, call.module.module, store));
  }
  const auto function = store.function(*instance, call.function);
  if (!function) {
    return std::unexpected(Error(ErrorCode::kEngineFault, "an exported function has vanished"));
  }
  TRY(place_arguments(call, store, *instance));
  TRY(store.call(*function, call.arguments.values));
  return take_results(call, store, *instance);
}

engine::CallResult<Values> run_per_call(Call& call) {
  engine::Store store = TRY(make_store(call));
  std::optional<engine::Instance> instance;
  auto result = enter(call, store, instance);
  call.peak_memory_bytes = store.peak_memory_bytes();
  return result;
}

engine::CallResult<Values> run_persistent(Call& call) {
  auto lease = TRY(call.module.persistent.acquire(call.limits.deadline,
                                                  call.context.cancellation()));
  std::optional<LiveInstance>& live = lease.instance();
  std::optional<engine::Instance> instance;
  std::optional<engine::Store> fresh;
  if (live) {
    instance = live->instance;
    live->store.set_memory_limit(call.limits.memory_bytes_max);
    live->store.reset_peak();
    TRY(give_wasi(call, live->store));
  } else {
    fresh.emplace(TRY(make_store(call)));
  }
  engine::Store& store = live ? live->store : *fresh;
  auto result = enter(call, store, instance);
  call.peak_memory_bytes = store.peak_memory_bytes();
  if (!result) {
    live.reset();  // what a stopped guest left behind is not trusted
  } else if (fresh) {
    live.emplace(std::move(*fresh), *instance);
  }
  return result;
}

Result<ExecutionResult> settle(const Call& call, engine::CallResult<Values> result) {
  if (result) return ExecutionResult{.values = std::move(*result), .exit_code = {}};
  if (const auto* exit = std::get_if<engine::ProcessExit>(&result.error())) {
    return ExecutionResult{.values = {}, .exit_code = exit->code};
  }
  Error error = std::get<Error>(std::move(result).error());
  if (!error.where().empty()) return std::unexpected(std::move(error));
  return std::unexpected(
      std::move(error).at(fmt::format("{}, function \"{}\"", call.module.info.name,
                                      call.function)));
}

/// `peak_memory_bytes` is set as soon as it is known.
Result<ExecutionResult> execute_counted(const ExecutionEnvironment& environment,
                                        LoadedModule& module, std::string_view function,
                                        std::span<const WasmValue> arguments,
                                        const ExecutionContext& context, Clock::time_point started,
                                        std::uint64_t& peak_memory_bytes) {
  if (!module.resolution) return std::unexpected(module.resolution.error());
  const FunctionType* type = TRY(find_function(module, function));
  const InterfaceFunction* interface = find_interface(module, function);
  auto lowered = TRY(lower(module, function, *type, interface, arguments));
  TRY(check_grants(environment.config, context));
  const EffectiveLimits limits = TRY(effective_limits(environment.config, context, started));
  Call call{.environment = environment,
            .module = module,
            .function = function,
            .type = *type,
            .interface = interface,
            .arguments = lowered,
            .context = context,
            .limits = limits};
  const bool persistent =
      module.info.metadata.instance_policy == InstancePolicy::kPersistent;
  auto result = persistent ? run_persistent(call) : run_per_call(call);
  peak_memory_bytes = call.peak_memory_bytes;
  return settle(call, std::move(result));
}

}  // namespace

Result<ExecutionResult> execute(const ExecutionEnvironment& environment, LoadedModule& module,
                                std::string_view function, std::span<const WasmValue> arguments,
                                const ExecutionContext& context) {
  const Clock::time_point started = Clock::now();
  ExecutionUsage usage;
  auto result = execute_counted(environment, module, function, arguments, context, started,
                                usage.peak_memory_bytes);
  usage.duration_ns = static_cast<std::uint64_t>((Clock::now() - started).count());
  environment.statistics.record_execution(
      usage, result ? std::nullopt : std::optional(result.error().code()));
  if (result) {
    result->usage = usage;
  } else {
    result = std::unexpected(std::move(result).error().with_usage(usage));
  }
  return result;
}

}  // namespace synapsed
