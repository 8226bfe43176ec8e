#include "engine/engine.hpp"

#include <exception>

#include <fmt/format.h>
#include <synapsed_deps.h>

#include "base/try.hpp"
#include "engine/wasmtime/engine_impl.hpp"
#include "engine/wasmtime/errors.hpp"
#include "engine/wasmtime/guest_signal.hpp"

namespace synapsed::engine {
namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
constexpr std::uint64_t kMemoryReservation = 4 * kGiB;
constexpr std::uint64_t kGuardBytes = std::uint64_t{32} << 20;
/// What host functions may use of a fiber's stack beyond the guest's share.
constexpr std::uint64_t kHostStackBytes = std::uint64_t{256} << 10;
/// How much of a slot stays resident between instances: more is a memset per instance.
constexpr std::size_t kKeepResidentBytes = std::size_t{64} << 10;

wasmtime_opt_level_t level_of(OptimisationLevel level) {
  switch (level) {
    case OptimisationLevel::kNone: return WASMTIME_OPT_LEVEL_NONE;
    case OptimisationLevel::kSpeed: return WASMTIME_OPT_LEVEL_SPEED;
    case OptimisationLevel::kSpeedAndSize: return WASMTIME_OPT_LEVEL_SPEED_AND_SIZE;
  }
  std::unreachable();
}

void set_code_generation(wasm_config_t* config, const EngineConfig& wanted) {
  const bool optimising = wanted.code_generator == CodeGenerator::kOptimising;
  wasmtime_config_strategy_set(
      config, optimising ? WASMTIME_STRATEGY_CRANELIFT : WASMTIME_STRATEGY_WINCH);
  wasmtime_config_cranelift_opt_level_set(config, level_of(wanted.optimisation));
  wasmtime_config_cranelift_nan_canonicalization_set(config, wanted.canonical_nans);
  wasmtime_config_parallel_compilation_set(config, wanted.parallel_compilation);
  wasmtime_config_epoch_interruption_set(config, !uses_signals(wanted));
  wasmtime_config_max_wasm_stack_set(config, wanted.stack_bytes_max);
  wasmtime_config_async_stack_size_set(config, fiber_stack_bytes(wanted));
}

void set_proposals(wasm_config_t* config, const EngineConfig& wanted) {
  wasmtime_config_wasm_threads_set(config, wanted.threads);
  wasmtime_config_shared_memory_set(config, wanted.threads);
  wasmtime_config_wasm_gc_set(config, wanted.gc);
  wasmtime_config_wasm_exceptions_set(config, wanted.gc);  // exception objects live on the GC heap
  wasmtime_config_wasm_relaxed_simd_deterministic_set(
      config, wanted.relaxed_simd == RelaxedSimd::kDeterministic);
}

void set_memory(wasm_config_t* config, const EngineConfig& wanted) {
  if (wanted.guard_regions) {
    wasmtime_config_memory_reservation_set(config, kMemoryReservation);
    wasmtime_config_memory_guard_size_set(config, kGuardBytes);
    return;
  }
  wasmtime_config_memory_reservation_set(config, 0);
  wasmtime_config_memory_guard_size_set(config, 0);
  wasmtime_config_memory_reservation_for_growth_set(config, 0);
}

/// Tables that the runtime adds to a module, beside the module's.
constexpr std::uint32_t kOwnTables = 1;

void set_pool(wasm_config_t* config, const PoolConfig& wanted) {
  wasmtime_pooling_allocation_config_t* pool = wasmtime_pooling_allocation_config_new();
  wasmtime_pooling_allocation_config_total_core_instances_set(pool, wanted.instances);
  wasmtime_pooling_allocation_config_total_memories_set(pool, wanted.instances);
  wasmtime_pooling_allocation_config_total_tables_set(pool,
                                                            wanted.instances * (4 + kOwnTables));
  wasmtime_pooling_allocation_config_max_tables_per_module_set(pool, 16 + kOwnTables);
  wasmtime_pooling_allocation_config_max_memories_per_module_set(pool, 16);
  wasmtime_pooling_allocation_config_total_stacks_set(pool, wanted.instances);
  wasmtime_pooling_allocation_config_total_gc_heaps_set(pool, wanted.instances);
  wasmtime_pooling_allocation_config_max_memory_size_set(pool, wanted.memory_bytes_max);
  wasmtime_pooling_allocation_config_table_elements_set(pool, wanted.table_elements_max);
  wasmtime_pooling_allocation_config_linear_memory_keep_resident_set(pool, kKeepResidentBytes);
  wasmtime_pooling_allocation_strategy_set(config, pool);
  wasmtime_pooling_allocation_config_delete(pool);
}

}  // namespace

std::uint64_t fiber_stack_bytes(const EngineConfig& config) {
  return config.stack_bytes_max + kHostStackBytes;
}

Result<EngineHandle> make_engine(wasm_config_t* config, bool source_lines) {
  wasm_engine_t* engine = nullptr;
  const ErrorHandle error(synapsed_engine_new(config, source_lines, &engine));
  if (!error) return EngineHandle(engine);
  return std::unexpected(
      Error(ErrorCode::kEngineFault,
            fmt::format("the engine cannot be made: {}", message_of(error.get())))
          .help("lower pooling.instances_max, or turn pooling or memory protection off"));
}

Result<Engine> Engine::create(const EngineConfig& config) {
  wasm_config_t* raw_config = wasm_config_new();
  set_code_generation(raw_config, config);
  set_proposals(raw_config, config);
  set_memory(raw_config, config);
  if (config.pool) set_pool(raw_config, *config.pool);

  EngineHandle handle = TRY(make_engine(raw_config, config.debug_info));
  if (uses_signals(config)) TRY(prepare_guest_signals());
  // Starting the ticker's thread is the one thing here that throws; a room lets nothing out.
  try {
    return Engine(std::make_shared<Impl>(config, std::move(handle)));
  } catch (const std::exception& failure) {
    return std::unexpected(
        Error(ErrorCode::kEngineFault,
              fmt::format("the engine's timer thread cannot be started: {}", failure.what())));
  }
}

const EngineConfig& Engine::config() const { return impl_->config; }

}  // namespace synapsed::engine
