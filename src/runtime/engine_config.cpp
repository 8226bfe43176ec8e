#include "runtime/engine_config.hpp"

#include <utility>

namespace synapsed {
namespace {

engine::OptimisationLevel level_of(Optimisation optimisation) {
  switch (optimisation) {
    case Optimisation::kNone: return engine::OptimisationLevel::kNone;
    case Optimisation::kSpeed: return engine::OptimisationLevel::kSpeed;
    case Optimisation::kSpeedAndSize: return engine::OptimisationLevel::kSpeedAndSize;
  }
  std::unreachable();
}

}  // namespace

engine::EngineConfig engine_config(const RuntimeConfig& config) {
  const bool deterministic = config.security.enable_deterministic_execution;
  engine::EngineConfig result{
      .code_generator = config.compilation.compiler == Compiler::kCranelift
                            ? engine::CodeGenerator::kOptimising
                            : engine::CodeGenerator::kBaseline,
      .optimisation = level_of(config.compilation.optimisation),
      .debug_info = config.compilation.debug_info,
      .parallel_compilation = config.compilation.parallel_compilation,
      .canonical_nans = deterministic,
      .relaxed_simd = deterministic ? engine::RelaxedSimd::kDeterministic
                                    : engine::RelaxedSimd::kNative,
      .interruption = config.compilation.interruption == Interruption::kSignals
                          ? engine::Interruption::kSignals
                          : engine::Interruption::kEpochs,
      .threads = config.memory.enable_memory_sharing && !deterministic,
      .gc = config.memory.enable_gc,
      .guard_regions = config.memory.enable_memory_protection,
      .stack_bytes_max = config.limits.stack_bytes_max,
  };
  if (config.pooling.enable) {
    result.pool = engine::PoolConfig{.instances = config.pooling.instances_max,
                                     .memory_bytes_max = config.limits.memory_bytes_max,
                                     .table_elements_max = config.limits.table_elements_max};
  }
  return result;
}

engine::EngineConfig baseline_engine_config(const RuntimeConfig& config) {
  engine::EngineConfig result = engine_config(config);
  result.code_generator = engine::CodeGenerator::kBaseline;
  result.gc = false;
  result.threads = false;
  result.pool.reset();
  return result;
}

std::optional<bytecode::InstrumentOptions> instrument_options(const RuntimeConfig& config) {
  bytecode::InstrumentOptions options;
  options.gas.reset();
  if (config.metering.enable) options.gas = config.metering.prices.schedule();
  options.refills = config.metering.on_exhausted == GasExhaustion::kYield;
  if (config.limits.call_stack_bytes_max != 0) {
    options.call_stack_bytes = static_cast<std::uint32_t>(config.limits.call_stack_bytes_max);
  }
  options.snapshot_exports = config.snapshots.enable;
  if (!options.gas && !options.call_stack_bytes && !options.snapshot_exports) return std::nullopt;
  return options;
}

}  // namespace synapsed
