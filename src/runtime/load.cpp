#include "runtime/load.hpp"

#include <utility>

#include <fmt/format.h>
#include <synapsed/semantic_version.hpp>

#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "base/try.hpp"
#include "base/units.hpp"
#include "base/within.hpp"
#include "bytecode/gas/instrument.hpp"
#include "bytecode/interface.hpp"
#include "bytecode/module.hpp"
#include "host/canonical_abi.hpp"
#include "host/gas_refill.hpp"
#include "runtime/determinism.hpp"
#include "runtime/engine_config.hpp"
#include "runtime/wasi_policy.hpp"

namespace synapsed {
namespace {

constexpr std::size_t kNameBytesMax = 256;

Result<void> check_request(const RuntimeConfig& config, const LoadRequest& request) {
  if (request.name.empty() || request.name.size() > kNameBytesMax) {
    return std::unexpected(Error(ErrorCode::kLoadInvalidMetadata,
                                 fmt::format("a module's name has 1 to {} bytes, this one has {}",
                                             kNameBytesMax, request.name.size())));
  }
  if (!SemanticVersion::parse(request.metadata.version)) {
    return std::unexpected(Error(ErrorCode::kLoadInvalidMetadata,
                                 fmt::format("\"{}\" is not a semantic version",
                                             request.metadata.version))
                               .help("write it as 1.0.0 or 1.0.0-rc.1"));
  }
  if (request.wasm.size() > config.limits.module_bytes_max) {
    return std::unexpected(Error(ErrorCode::kLoadTooLarge,
                                 fmt::format("the module has {}, and may have {}",
                                             format_bytes(request.wasm.size()),
                                             format_bytes(config.limits.module_bytes_max)))
                               .help("raise limits.module_bytes_max"));
  }
  return {};
}

/// The bytes a memory starts with, saturated.
std::uint64_t initial_bytes(const MemoryType& memory) {
  std::uint64_t bytes = 0;
  return __builtin_mul_overflow(memory.minimum, memory.page_bytes, &bytes) ? UINT64_MAX : bytes;
}

/// A shared memory belongs to no store, so its declared maximum is what limits it.
Result<void> check_shared_memory(const RuntimeConfig& config, const MemoryType& memory) {
  if (!config.memory.enable_memory_sharing || config.security.enable_deterministic_execution) {
    return std::unexpected(
        Error(ErrorCode::kSharedMemoryDenied, "the module has a shared memory")
            .help("build it without threads, or turn memory.enable_memory_sharing on"));
  }
  std::uint64_t most = 0;
  if (__builtin_mul_overflow(memory.maximum.value_or(UINT64_MAX), memory.page_bytes, &most) ||
      most > config.limits.memory_bytes_max) {
    return std::unexpected(
        Error(ErrorCode::kMemoryLimit,
              fmt::format("the module's shared memory may grow to {}, and an execution may hold {}",
                          format_bytes(most), format_bytes(config.limits.memory_bytes_max)))
            .help("declare a smaller maximum, or raise limits.memory_bytes_max"));
  }
  return {};
}

Result<void> check_memories(const RuntimeConfig& config, const bytecode::Module& module) {
  std::uint64_t total = 0;
  for (const MemoryType& memory : module.memories) {
    if (memory.is_shared) TRY(check_shared_memory(config, memory));
    if (__builtin_add_overflow(total, initial_bytes(memory), &total)) total = UINT64_MAX;
  }
  if (!config.security.enable_sandboxing || total <= config.limits.memory_bytes_max) return {};
  return std::unexpected(
      Error(ErrorCode::kMemoryLimit,
            fmt::format("the module starts with {} of memory, and an execution may hold {}",
                        format_bytes(total), format_bytes(config.limits.memory_bytes_max)))
          .help("raise limits.memory_bytes_max if the module is right to need more"));
}

Result<void> check_counts(const RuntimeConfig& config, const bytecode::Module& module) {
  const SecurityConfig& security = config.security;
  if (module.imports.size() > security.max_imports) {
    return std::unexpected(Error(ErrorCode::kTooManyImports,
                                 fmt::format("the module has {} imports, and may have {}",
                                             module.imports.size(), security.max_imports))
                               .help("raise security.max_imports"));
  }
  if (module.exports.size() > security.max_exports) {
    return std::unexpected(Error(ErrorCode::kTooManyExports,
                                 fmt::format("the module has {} exports, and may have {}",
                                             module.exports.size(), security.max_exports))
                               .help("raise security.max_exports"));
  }
  return {};
}

/// Fills `functions` and `allocator` from the exports and the interface.
Result<void> describe_functions(LoadedModule& loaded) {
  bool has_memory = false;
  for (const ExportType& exported : loaded.info.exports) {
    has_memory = has_memory || (exported.name == kMemory &&
                                std::holds_alternative<MemoryType>(exported.type));
    const auto* type = std::get_if<FunctionType>(&exported.type);
    if (type == nullptr) continue;
    const std::size_t number = loaded.functions.size();
    const auto added = loaded.functions.emplace(
        exported.name,
        ExportedFunction{.type = *type,
                         .number = number,
                         .index = loaded.module.find_export(exported.name).value()}).first;
    added->second.name = added->first;
  }
  const auto find = [&](std::string_view name) -> const ExportedFunction* {
    const auto found = loaded.functions.find(name);
    return found == loaded.functions.end() ? nullptr : &found->second;
  };
  const ExportedFunction* allocator = find(kAllocator);
  if (has_memory && allocator != nullptr && allocator->type == allocator_type()) {
    loaded.allocator = allocator;
  }
  if (!loaded.info.interface) return {};
  for (const InterfaceFunction& function : loaded.info.interface->functions) {
    ExportedFunction& exported = loaded.functions.find(function.name)->second;
    exported.interface = &function;
    exported.abi = TRY(abi_of(function));
    exported.post_return = find(post_return_name(function.name));
  }
  return {};
}

bool is_reserved(const ExportType& exported) {
  return exported.name.starts_with(bytecode::kReservedPrefix);
}

Result<std::optional<GasRefill>> find_refill(const engine::Module& module) {
  const auto table = module.find_export(bytecode::kRefillExport);
  if (!table) return std::nullopt;
  const FunctionType type{.params = {{.kind = ValueType::Kind::kI64}}, .results = {}};
  engine::Linker linker = TRY(engine::Linker::create(module.engine()));
  TRY(linker.define_function(bytecode::kRefillExport, kRefill, type, make_refill()));
  TRY(linker.define_async_function(bytecode::kRefillExport, kSlicedRefill, type,
                                   make_sliced_refill()));
  return GasRefill{.table = *table, .functions = std::move(linker)};
}

/// Fills `metered` and `start`.
Result<void> describe_metering(LoadedModule& loaded) {
  auto refill = TRY(find_refill(loaded.module));
  loaded.metered.emplace(Metered{.gas = loaded.module.find_export(bytecode::kGasExport),
                                 .refill = std::move(refill),
                                 .stack = loaded.module.find_export(bytecode::kStackExport),
                                 .instrumentation = &*loaded.compiled->instrumentation});
  if (const auto start = loaded.module.find_export(bytecode::kStartExport)) {
    loaded.start.emplace(ExportedFunction{.number = loaded.function_numbers(),
                                          .index = *start,
                                          .name = bytecode::kStartExport});
  }
  return {};
}

/// Fills `state_layout` and `drop`.
void describe_state(LoadedModule& loaded) {
  loaded.state_layout = state_layout_of(loaded.module);
  if (const auto& drop = loaded.state_layout->drop) {
    loaded.drop.emplace(ExportedFunction{
        .number = loaded.function_numbers(), .index = *drop, .name = bytecode::kDropExport});
  }
}

Result<CompiledModule> compile_instrumented(const engine::Engine& engine,
                                            bytecode::Instrumented instrumented) {
  engine::Module module = TRY(engine::Module::compile(engine, instrumented.module));
  return CompiledModule{
      .module = std::move(module),
      .instrumentation = Instrumentation{.positions = std::move(instrumented.positions),
                                         .functions = instrumented.functions}};
}

std::shared_ptr<ModuleRecord> make_record(const RuntimeState& state, const LoadedModule& loaded) {
  auto record = std::make_shared<ModuleRecord>();
  record->statistics = std::make_unique<ModuleStatistics>(loaded.function_numbers());
  record->functions.resize(loaded.functions.size());
  for (const auto& [name, function] : loaded.functions) record->functions[function.number] = name;
  if (state.config.monitoring.host_calls) {
    for (std::size_t i = 0; i < loaded.module.imports().size(); ++i) {
      record->host_calls.push_back(std::make_shared<HostCallCounters>());
    }
  }
  record->persistent.restart_policy = loaded.info.metadata.restart_policy;
  record->gate = state.make_module_gate(loaded.info.metadata.instance_policy);
  return record;
}

/// What is shared or kept has passed the check of its code: the key of what is kept says by which rules.
Result<CompiledModule> compile(const RuntimeState& state, const engine::Engine& engine,
                               std::span<const std::byte> wasm, const bytecode::Module& module) {
  TRY(check_code(module, state.config));
  const auto options = instrument_options(state.config);
  if (!options) {
    engine::Module code = TRY(engine::Module::compile(engine, wasm));
    return CompiledModule{.module = std::move(code), .instrumentation = {}};
  }
  TRY(engine::validate(engine, wasm));
  return compile_instrumented(engine, TRY(bytecode::instrument(wasm, *options)));
}

/// Code that counts what gas goes to is its module's own.
Result<std::shared_ptr<const CompiledModule>> compile_counting(
    const RuntimeState& state, std::span<const std::byte> wasm, const bytecode::Module& module,
    std::unique_ptr<GasCounters>& counters) {
  TRY(check_code(module, state.config));
  TRY(engine::validate(state.engine, wasm));
  bytecode::Profiled profiled =
      TRY(bytecode::profile(wasm, instrument_options(state.config).value()));
  bytecode::Instrumented instrumented = std::move(profiled.instrumented);
  counters = std::make_unique<GasCounters>(module, std::move(profiled));
  return std::make_shared<const CompiledModule>(
      TRY(compile_instrumented(state.engine, std::move(instrumented))));
}

/// A module that has one instance would never leave its first code, so it waits for the other.
bool may_begin_baseline(const RuntimeState& state, const LoadRequest& request) {
  return state.baseline && !request.is_optimised &&
         request.metadata.instance_policy == InstancePolicy::kPerCall;
}

/// Sets `awaits_optimised` for code of the baseline compiler.
Result<std::shared_ptr<const CompiledModule>> find_code(const RuntimeState& state,
                                                        const LoadRequest& request,
                                                        const Sha256Digest& digest,
                                                        const bytecode::Module& module,
                                                        bool& awaits_optimised) {
  const auto compile_by = [&](const engine::Engine& engine) {
    return [&] { return compile(state, engine, request.wasm, module); };
  };
  if (may_begin_baseline(state, request)) {
    if (auto made = state.compiled->find(state.engine, digest)) return made;
    const Baseline& baseline = *state.baseline;
    auto made = baseline.compiled->get(baseline.engine, digest, compile_by(baseline.engine));
    awaits_optimised = made.has_value();
    if (made) return made;  // else it has what that compiler lacks, or the other says what is wrong
  }
  return state.compiled->get(state.engine, digest, compile_by(state.engine));
}

Result<std::unique_ptr<LoadedModule>> load_checked(const RuntimeState& state,
                                                   LoadRequest& request) {
  const RuntimeConfig& config = state.config;
  TRY(check_request(config, request));
  const bytecode::Module module = TRY(bytecode::read_module(request.wasm));
  TRY(check_memories(config, module));
  auto interface = TRY(bytecode::read_interface(module));

  const auto compile_started = std::chrono::steady_clock::now();
  const Sha256Digest digest = sha256(request.wasm);
  std::unique_ptr<GasCounters> gas_counters;
  bool awaits_optimised = false;
  const std::shared_ptr<const CompiledModule> compiled =
      config.metering.enable && config.metering.profile
          ? TRY(compile_counting(state, request.wasm, module, gas_counters))
          : TRY(find_code(state, request, digest, module, awaits_optimised));
  const auto compile_time = std::chrono::steady_clock::now() - compile_started;
  TRY(check_counts(config, module));
  const ContextWasi answerable = context_wasi_of(compiled->module);
  TRY(check_wasi_imports(config, compiled->module, answerable));
  if (interface) TRY(check_interface(*interface, compiled->module.exports()));

  auto loaded = std::make_unique<LoadedModule>(compiled);
  std::vector<ExportType> exports = loaded->module.exports();
  if (compiled->instrumentation) std::erase_if(exports, is_reserved);
  loaded->digest = digest;
  loaded->info = {.id = {},
                  .name = std::string(request.name),
                  .metadata = std::move(request.metadata),
                  .imports = loaded->module.imports(),
                  .exports = std::move(exports),
                  .interface = std::move(interface),
                  .size_bytes = request.wasm.size(),
                  .sha256 = to_hex(digest),
                  .loaded_at = std::chrono::system_clock::now(),
                  .compile_time = compile_time,
                  .awaits_optimised_code = awaits_optimised};
  loaded->gas_counters = std::move(gas_counters);
  TRY(describe_functions(*loaded));
  if (compiled->instrumentation) TRY(describe_metering(*loaded));
  if (config.snapshots.enable) describe_state(*loaded);
  loaded->imports_wasi = imports_wasi(loaded->module);
  loaded->context_wasi = answerable;
  loaded->record = request.record ? std::move(request.record) : make_record(state, *loaded);
  const bool only_contexts_answer = config.security.disable_unsafe_host_functions;
  if (config.security.strict_validation) {
    TRY(loaded->current_links(state, only_contexts_answer ? answerable : ContextWasi{}));
  }
  return loaded;
}

}  // namespace

Result<std::shared_ptr<const Links>> LoadedModule::current_links(const RuntimeState& state,
                                                                 const ContextWasi& answered,
                                                                 bool has_trace) {
  return links[answered.kind() + (has_trace ? ContextWasi::kKinds : 0)].current(
      {.config = state.config,
       .host_functions = state.host_functions,
       .module = module,
       .metadata = info.metadata,
       .context_clocks = answered.clocks ? &state.context_clocks : nullptr,
       .context_random = answered.random ? &state.context_random : nullptr,
       .host_calls = record->host_calls,
       .has_trace = has_trace});
}

Result<std::unique_ptr<LoadedModule>> load(const RuntimeState& state, LoadRequest request) {
  const std::string_view name = request.name.empty() ? "module" : request.name;
  auto loaded = load_checked(state, request);
  if (loaded) return loaded;
  return std::unexpected(within(name.substr(0, kNameBytesMax), std::move(loaded).error()));
}

}  // namespace synapsed
