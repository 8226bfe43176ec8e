#pragma once

/// \file
/// What an engine is built with. Thread rule: a value.

#include <cstdint>
#include <optional>

namespace synapsed::engine {

enum class CodeGenerator : std::uint8_t { kOptimising, kBaseline };
enum class OptimisationLevel : std::uint8_t { kNone, kSpeed, kSpeedAndSize };
/// How a running guest is stopped from outside.
enum class Interruption : std::uint8_t {
  kSignals,  ///< costs a guest nothing; where the platform has none, as `kEpochs`
  kEpochs,   ///< guests look at a counter at every loop; they can be paused, too
};
enum class RelaxedSimd : std::uint8_t { kNative, kDeterministic };

/// Slots reserved in advance; see `EngineConfig::pool`.
struct PoolConfig {
  std::uint32_t instances = 0;           ///< at once
  std::uint64_t memory_bytes_max = 0;    ///< of one linear memory
  std::uint64_t table_elements_max = 0;  ///< of one table
};

struct EngineConfig {
  CodeGenerator code_generator = CodeGenerator::kOptimising;
  OptimisationLevel optimisation = OptimisationLevel::kSpeed;
  bool debug_info = false;
  bool parallel_compilation = true;
  bool canonical_nans = false;
  RelaxedSimd relaxed_simd = RelaxedSimd::kNative;
  Interruption interruption = Interruption::kSignals;
  bool threads = false;  ///< the threads proposal and shared memories
  bool gc = true;        ///< the GC proposal
  bool guard_regions = true;
  std::uint64_t stack_bytes_max = std::uint64_t{512} << 10;
  std::optional<PoolConfig> pool;  ///< none: memory is mapped on demand
};

}  // namespace synapsed::engine
