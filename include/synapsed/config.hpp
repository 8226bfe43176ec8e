#pragma once

/// \file
/// How a runtime behaves, as values. Owned by the room `runtime`.
///
/// The four profiles and what each field does are tabled in docs/reference/profiles.md, which is
/// printed by `synapsed config show --markdown` and compared with it by a test.
///
/// Thread rule: values.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/gas.hpp>

namespace synapsed {

/// What happens to an import that nobody provides.
enum class UnknownImports : std::uint8_t {
  kDeny,  ///< the module is refused
  kTrap,  ///< a function that traps when called; other kinds of imports are refused
  kZero,  ///< a function that returns zeros, an empty memory, a zero global
};

enum class Compiler : std::uint8_t {
  kCranelift,  ///< optimising
  kWinch,      ///< compiles about ten times faster; its code is slower
};

enum class Optimisation : std::uint8_t { kNone, kSpeed, kSpeedAndSize };

/// How a running guest is stopped when its deadline passes or somebody cancels.
enum class Interruption : std::uint8_t {
  /// By a signal (SIGURG) to the thread that runs it: costs a guest nothing. x86-64 Linux; as
  /// `kEpochs` elsewhere.
  kSignals,
  /// Guests look at a counter at every loop and function: loops become up to a third slower, and
  /// a guest can also be paused, which time slices need.
  kEpochs,
};

/// What becomes of a metered guest whose gas does not suffice.
enum class GasExhaustion : std::uint8_t {
  kStop,  ///< it ends
  /// It asks the host first, and goes on when it is given enough: by the execution's
  /// `with_gas_source`, or of its own after `AsyncConfig::gas_slice`. Its code is somewhat larger.
  kYield,
};

[[nodiscard]] std::string_view to_string(UnknownImports value);
[[nodiscard]] std::string_view to_string(Compiler value);
[[nodiscard]] std::string_view to_string(Optimisation value);
[[nodiscard]] std::string_view to_string(Interruption value);
[[nodiscard]] std::string_view to_string(GasExhaustion value);

struct SecurityConfig {
  /// The limits of `LimitsConfig` are ceilings that an `ExecutionContext` can only lower. Off:
  /// they are defaults that a context may raise or lift.
  bool enable_sandboxing = true;
  /// Imports are resolved when a module is loaded, so that a module that could not run is refused
  /// then. Off: at its first execution.
  bool strict_validation = true;
  /// NaNs are canonical, relaxed SIMD has one result, threads and shared memories are refused.
  bool enable_deterministic_execution = false;
  /// Modules may compute with floating-point numbers. Off: one that does is refused.
  bool allow_floats = true;
  /// Host functions that reach the machine (files, clocks, random numbers, sockets) are refused;
  /// arguments, environment, standard streams and exit remain. Clocks and random numbers are
  /// refused when a module is executed, unless the context has them (`ExecutionContext::with_time`,
  /// `with_random_seed`); the others when it is loaded.
  bool disable_unsafe_host_functions = false;
  std::uint32_t max_imports = 100;  ///< 0..100'000
  std::uint32_t max_exports = 100;  ///< 0..100'000
  UnknownImports unknown_imports = UnknownImports::kDeny;
};

struct MemoryConfig {
  /// Linear memory that all instances of the runtime may hold together, in bytes.
  std::uint64_t memory_pool_size = std::uint64_t{256} << 20;
  /// The threads proposal: shared memories and atomics.
  bool enable_memory_sharing = false;
  /// The GC proposal, and reclaiming of idle persistent instances (see `gc_threshold`).
  bool enable_gc = true;
  /// When the instances hold more than this many bytes of linear memory, the persistent instances
  /// idle for longest are given up before the next execution; their next call starts afresh. When they and compiled
  /// code hold more, so is the code of modules that were not called for a second, longest first, where
  /// `compilation.cache_directory` keeps it: their next call maps it again.
  std::uint64_t gc_threshold = std::uint64_t{64} << 20;
  /// Reserve address space and guard regions around each memory, so that the processor checks
  /// bounds. Off: compiled-in checks and no reservation (slower code, little address space).
  bool enable_memory_protection = true;
};

struct LimitsConfig {
  std::uint64_t module_bytes_max = std::uint64_t{64} << 20;
  /// Wall time of one execution; zero: none.
  std::chrono::nanoseconds timeout = std::chrono::seconds{30};
  /// Linear memory of one execution, all its memories together. One page (64 KiB) to 4 GiB.
  std::uint64_t memory_bytes_max = std::uint64_t{256} << 20;
  /// Elements of all tables of one execution together.
  std::uint64_t table_elements_max = 1'000'000;
  /// Native stack a guest may use. 64 KiB to 4 MiB; the calling thread must have that and 64 KiB.
  std::uint64_t stack_bytes_max = std::uint64_t{512} << 10;
  /// Stack that the calls of a guest may hold, counted by their code (docs/formats/stack.md): the
  /// same calls go too deep on every machine. Modules are made to count it when they are loaded. A
  /// counted byte stands for at most two of the native stack, which must have 128 KiB more.
  /// 32 KiB to 1984 KiB; zero: not counted, the native stack alone is the limit.
  std::uint64_t call_stack_bytes_max = 0;
};

struct CompilationConfig {
  Compiler compiler = Compiler::kCranelift;
  Optimisation optimisation = Optimisation::kSpeed;
  bool debug_info = false;            ///< source lines in backtraces, where the module has them
  bool parallel_compilation = true;   ///< all cores compile one module
  Interruption interruption = Interruption::kSignals;
  /// Modules are compiled by Winch first, in a tenth of the time, and by Cranelift while they serve: new instances have
  /// that code when it is ready. Gas is the same. Not for persistent modules, those whose optimised code is kept, and
  /// those with what Winch lacks; they are compiled once.
  bool tiered = false;
  /// Where compiled code is kept for the next process (docs/formats/code-cache.md); empty: nowhere. Who can
  /// write there can have any code executed: only its owner may.
  std::string cache_directory;
  std::uint64_t cache_bytes_max = std::uint64_t{512} << 20;  ///< what was not used for longest goes first
};

/// Gas for what guests compute (docs/formats/gas.md). Host calls cost gas in any case.
struct MeteringConfig {
  /// Modules are made to count what they execute when they are loaded: a few percent slower.
  bool enable = false;
  GasExhaustion on_exhausted = GasExhaustion::kStop;
  /// They also count what their gas goes to (`WasmRuntime::gas_profile`): many times slower. What
  /// ends on the way may cost less than without.
  bool profile = false;
  /// What they pay by.
  GasPrices prices;
};

/// Snapshots of instances (`Session::snapshot`).
struct SnapshotConfig {
  /// Modules are made for them when they are loaded: they also export what the runtime must reach.
  bool enable = false;
};

/// What is watched beyond what costs nothing to watch.
struct MonitoringConfig {
  /// Calls of host functions are counted and timed (`ModuleStats::host_calls`); each takes longer by two looks at
  /// the clock.
  bool host_calls = false;
};

struct PoolingConfig {
  /// Instances come from slots reserved in advance: a fresh sandbox in microseconds.
  bool enable = true;
  std::uint32_t instances_max = 256;  ///< slots; 1..100'000. More at once: `limit.instances`
};

/// How many executions run at once; further ones wait in the order they came, at most until their
/// deadline. An execution that waits in a host function runs. Zero: no limit.
struct AdmissionConfig {
  /// Of the runtime. Zero with pooling: as many as there are slots.
  std::uint64_t running_max = 0;
  std::uint64_t running_per_module_max = 0;
  std::uint64_t running_per_tenant_max = 0;
  /// How many wait at each of these limits, and for each persistent instance; more are refused
  /// with `limit.queue_full`.
  std::uint64_t queue_max = 10'000;
};

/// Executions that do not hold a thread of their caller.
struct AsyncConfig {
  std::uint32_t threads = 0;  ///< of the runtime's own executor; 0..1024, 0: one per core
  /// How long a guest computes before others get its thread; needs `Interruption::kEpochs`. Zero:
  /// until it waits or ends.
  std::chrono::nanoseconds time_slice{0};
  /// How much gas a guest spends before others get its thread, in the same places on every machine;
  /// needs `MeteringConfig::enable` and `GasExhaustion::kYield`. What it pays at once (a counted
  /// loop, a bulk operator) may be more. Zero: until it waits or ends.
  std::uint64_t gas_slice = 0;
};

struct RuntimeConfig {
  std::string profile = "production";  ///< the set of values this one started from
  SecurityConfig security;
  MemoryConfig memory;
  LimitsConfig limits;
  CompilationConfig compilation;
  MeteringConfig metering;
  SnapshotConfig snapshots;
  MonitoringConfig monitoring;
  PoolingConfig pooling;
  AdmissionConfig admission;
  AsyncConfig async;

  [[nodiscard]] static RuntimeConfig development();
  [[nodiscard]] static RuntimeConfig production();
  [[nodiscard]] static RuntimeConfig blockchain();
  [[nodiscard]] static RuntimeConfig web();
  /// `development`, `production`, `blockchain` or `web`. Error: `config.invalid`.
  [[nodiscard]] static Result<RuntimeConfig> named(std::string_view profile);
  [[nodiscard]] static const std::vector<std::string_view>& profile_names();

  /// Every inconsistency, one sentence each; empty when there is none.
  [[nodiscard]] std::vector<std::string> problems() const;
  /// `config.invalid` with all of `problems()`.
  [[nodiscard]] Result<void> validate() const;
};

}  // namespace synapsed
