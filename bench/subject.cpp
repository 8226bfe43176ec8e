#include "bench/subject.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "bench/raw_engine.hpp"
#include "tests/support/passes.hpp"

namespace synapsed::bench {
namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr std::uint64_t kFileBytesMax = std::uint64_t{64} << 20;
/// More than any subject spends, and far enough from the end not to wrap.
constexpr std::int64_t kGasLimit = std::numeric_limits<std::int64_t>::max() / 2;
constexpr std::uint64_t kFuelLimit = std::uint64_t{1} << 62;
constexpr std::uint64_t kEpochsAway = std::uint64_t{1} << 40;

struct Kernel {
  std::string_view name;
  std::uint32_t rounds;  ///< that take some 70 ms unmetered
};

constexpr std::array kKernels{
    Kernel{"recursion", 200}, Kernel{"sha256", 200'000}, Kernel{"sort", 420},
    Kernel{"matrix", 130},    Kernel{"mandelbrot", 100}, Kernel{"crc", 1400},
    Kernel{"indirect", 8000}, Kernel{"interpreter", 85}, Kernel{"sieve", 700},
    Kernel{"list", 550},      Kernel{"tokens", 250},     Kernel{"stack", 1000},
};

std::string text_of(const fs::path& path) {
  const Bytes bytes = must(read_file(path.string(), kFileBytesMax));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string expected_output(const fs::path& folder, const nlohmann::json& files) {
  std::string output;
  for (const std::string_view stream : {".stdout.expected", ".stderr.expected"}) {
    for (const auto& [name, bytes] : files.items()) {
      if (name.ends_with(stream)) output += text_of(folder / name);
    }
  }
  return output;
}

/// What a guest tells the host, and what it reads from it.
struct Seen {
  std::optional<Clock::time_point> start;
  std::optional<Clock::time_point> end;
  std::string out;
  std::string err;
  int clock_calls = 0;
};

wasm_trap_t* note_start(void* seen, wasmtime_caller_t*, wasmtime_val_raw_t*, std::size_t) {
  static_cast<Seen*>(seen)->start = Clock::now();
  return nullptr;
}

wasm_trap_t* note_end(void* seen, wasmtime_caller_t*, wasmtime_val_raw_t*, std::size_t) {
  static_cast<Seen*>(seen)->end = Clock::now();
  return nullptr;
}

/// CoreMark tries 1, 10, 100, … iterations until they take a second, and then measures. Its clock
/// says that the first two tries took no time and that 100 iterations took twelve seconds, so that
/// it does the same work on every machine.
wasm_trap_t* read_clock(void* seen, wasmtime_caller_t*, wasmtime_val_raw_t* values, std::size_t) {
  const int call = static_cast<Seen*>(seen)->clock_calls++;
  values[0].i32 = call < 5 ? 0 : (call - 3) / 2 * 12'000;
  return nullptr;
}

/// WASI's `random_get`, the same each time: a hash table seeded by it does the same work, and its
/// gas is the same, in every run.
wasm_trap_t* fill_random(void*, wasmtime_caller_t* caller, wasmtime_val_raw_t* values,
                         std::size_t) {
  constexpr std::uint8_t kByte = 0x5a;
  constexpr std::string_view kMemory = "memory";
  const auto at = static_cast<std::uint32_t>(values[0].i32);
  const auto size = static_cast<std::uint32_t>(values[1].i32);
  wasmtime_extern_t memory;
  if (!wasmtime_caller_export_get(caller, kMemory.data(), kMemory.size(), &memory)) std::abort();
  wasmtime_context_t* context = wasmtime_caller_context(caller);
  if (std::uint64_t{at} + size > wasmtime_memory_data_size(context, &memory.of.memory)) {
    std::abort();
  }
  std::memset(wasmtime_memory_data(context, &memory.of.memory) + at, kByte, size);
  values[0].i32 = 0;
  return nullptr;
}

std::ptrdiff_t append(void* text, const unsigned char* bytes, std::size_t size) {
  static_cast<std::string*>(text)->append(reinterpret_cast<const char*>(bytes), size);
  return static_cast<std::ptrdiff_t>(size);
}

}  // namespace

EngineHandle make_engine(const EngineChoice& choice) {
  wasm_config_t* config = wasm_config_new();
  const bool optimising = choice.generator == Generator::kOptimising;
  wasmtime_config_strategy_set(config,
                               optimising ? WASMTIME_STRATEGY_CRANELIFT : WASMTIME_STRATEGY_WINCH);
  wasmtime_config_cranelift_opt_level_set(config, WASMTIME_OPT_LEVEL_SPEED);
  wasmtime_config_parallel_compilation_set(config, choice.parallel_compilation);
  wasmtime_config_epoch_interruption_set(config, choice.metering == Metering::kEpochs);
  wasmtime_config_consume_fuel_set(config, choice.metering == Metering::kFuel);
  wasmtime_config_max_wasm_stack_set(config, std::size_t{512} << 10);
  wasmtime_config_memory_reservation_set(config, std::uint64_t{4} << 30);
  wasmtime_config_memory_guard_size_set(config, std::uint64_t{32} << 20);
  return EngineHandle(wasm_engine_new_with_config(config));
}

std::vector<Subject> find_kernels(const fs::path& folder) {
  std::vector<Subject> found;
  for (const Kernel& kernel : kKernels) {
    const fs::path file = folder / fmt::format("{}.wasm", kernel.name);
    if (!fs::exists(file)) continue;
    found.push_back({.name = std::string(kernel.name),
                     .group = Group::kKernel,
                     .wasm = must(read_file(file.string(), kFileBytesMax)),
                     .rounds = kernel.rounds});
  }
  return found;
}

std::vector<Subject> find_programs(const fs::path& folder) {
  std::vector<Subject> found;
  if (!fs::exists(folder / "manifest.json")) return found;
  for (const nlohmann::json& row : nlohmann::json::parse(text_of(folder / "manifest.json"))) {
    if (row.at("kind") != "module") continue;
    const fs::path file = folder / row.at("wasm").get<std::string>();
    found.push_back({.name = row.at("name"),
                     .group = Group::kProgram,
                     .wasm = must(read_file(file.string(), kFileBytesMax)),
                     .folder = file.parent_path(),
                     .expected_output = expected_output(file.parent_path(), row.at("files"))});
  }
  return found;
}

/// A store, a linker with what subjects import, and one instance.
class Runnable::Sandbox {
 public:
  explicit Sandbox(const Runnable& runnable)
      : runnable_(runnable),
        store_(wasmtime_store_new(runnable.engine_, nullptr, nullptr)),
        context_(wasmtime_store_context(store_)),
        linker_(wasmtime_linker_new(runnable.engine_)) {
    if (runnable.metering_ == Metering::kEpochs) {
      wasmtime_context_set_epoch_deadline(context_, kEpochsAway);
    }
    if (runnable.metering_ == Metering::kFuel) {
      must(wasmtime_context_set_fuel(context_, kFuelLimit));
    }
    define_imports();
    wasm_trap_t* trap = nullptr;
    must(wasmtime_linker_instantiate(linker_, context_, runnable.modules_.back(), &instance_, &trap),
         trap);
  }
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  ~Sandbox() {
    wasmtime_linker_delete(linker_);
    wasmtime_store_delete(store_);
  }

  Outcome run() {
    set_gas();
    start();
    const auto before = Clock::now();
    const std::uint64_t value = call();
    const auto after = Clock::now();
    const std::chrono::duration<double, std::nano> taken =
        seen_.end.value_or(after) - seen_.start.value_or(before);
    return {.time_ns = taken.count(),
            .result = fmt::format("{:016x} {}{}", value, seen_.out, seen_.err),
            .gas = gas_spent()};
  }

 private:
  void define(std::string_view module, std::string_view name, wasm_functype_t* type,
              wasmtime_func_unchecked_callback_t callback) {
    must(wasmtime_linker_define_func_unchecked(linker_, module.data(), module.size(), name.data(),
                                               name.size(), type, callback, &seen_, nullptr));
    wasm_functype_delete(type);
  }

  void define_imports() {
    define("bench", "start", wasm_functype_new_0_0(), note_start);
    define("bench", "end", wasm_functype_new_0_0(), note_end);
    define("env", "clock_ms", wasm_functype_new_0_1(wasm_valtype_new_i32()), read_clock);
    if (runnable_.subject_.folder.empty()) return;
    wasi_config_t* wasi = wasi_config_new();
    wasi_config_set_stdout_custom(wasi, append, &seen_.out, nullptr);
    wasi_config_set_stderr_custom(wasi, append, &seen_.err, nullptr);
    if (!wasi_config_preopen_dir(wasi, runnable_.subject_.folder.c_str(), ".", false)) {
      fmt::print(stderr, "{} cannot be opened\n", runnable_.subject_.folder.string());
      std::exit(1);
    }
    must(wasmtime_context_set_wasi(context_, wasi));
    must(wasmtime_linker_define_wasi(linker_));
    wasmtime_linker_allow_shadowing(linker_, true);
    define("wasi_snapshot_preview1", "random_get",
           wasm_functype_new_2_1(wasm_valtype_new_i32(), wasm_valtype_new_i32(),
                                 wasm_valtype_new_i32()),
           fill_random);
  }

  [[nodiscard]] std::optional<wasmtime_extern_t> find(std::string_view name) const {
    wasmtime_extern_t item;
    if (!wasmtime_instance_export_get(context_, &instance_, name.data(), name.size(), &item)) {
      return std::nullopt;
    }
    return item;
  }

  void set_gas() const {
    const auto gas = find(tests::kGasExport);
    if (!gas) return;
    const wasmtime_val_t limit{.kind = WASMTIME_I64, .of = {.i64 = kGasLimit}};
    must(wasmtime_global_set(context_, &gas->of.global, &limit));
  }

  void start() const {
    const auto start = find(tests::kStartExport);
    if (!start) return;
    wasm_trap_t* trap = nullptr;
    must(wasmtime_func_call_unchecked(context_, &start->of.func, nullptr, 0, &trap), trap);
  }

  [[nodiscard]] std::int64_t gas_spent() const {
    const auto gas = find(tests::kGasExport);
    if (!gas) return 0;
    wasmtime_val_t left;
    wasmtime_global_get(context_, &gas->of.global, &left);
    return kGasLimit - left.of.i64;
  }

  /// Calls `run` or `_start`; the bits of the result.
  std::uint64_t call() {
    const bool is_command = !runnable_.subject_.rounds && find("_start");
    const auto entry = find(is_command ? "_start" : "run");
    if (!entry) fail("exports neither run nor _start");
    wasmtime_val_raw_t value{};
    value.i32 = static_cast<std::int32_t>(runnable_.subject_.rounds.value_or(0));
    wasm_trap_t* trap = nullptr;
    wasmtime_error_t* error =
        wasmtime_func_call_unchecked(context_, &entry->of.func, &value, 1, &trap);
    if (trap != nullptr) fail("trapped");
    if (error != nullptr && !is_success(error)) fail("failed");
    if (is_command) return 0;
    return runnable_.subject_.rounds ? static_cast<std::uint64_t>(value.i64)
                                     : static_cast<std::uint32_t>(value.i32);
  }

  static bool is_success(wasmtime_error_t* error) {
    int status = 1;
    const bool exited = wasmtime_error_exit_status(error, &status);
    wasmtime_error_delete(error);
    return exited && status == 0;
  }

  [[noreturn]] void fail(std::string_view how) const {
    fmt::print(stderr, "{} {}\n", runnable_.subject_.name, how);
    std::exit(1);
  }

  const Runnable& runnable_;
  wasmtime_store_t* store_;
  wasmtime_context_t* context_;
  wasmtime_linker_t* linker_;
  wasmtime_instance_t instance_{};
  Seen seen_;
};

Runnable::Runnable(wasm_engine_t* engine, Metering metering, const Subject& subject,
                   const Bytes& wasm)
    : engine_(engine), metering_(metering), subject_(subject) {
  must(wasmtime_module_new(engine, reinterpret_cast<const std::uint8_t*>(wasm.data()), wasm.size(),
                           &modules_.emplace_back()));
}

Runnable::~Runnable() { std::ranges::for_each(modules_, wasmtime_module_delete); }

void Runnable::move() {
  wasm_byte_vec_t code;
  must(wasmtime_module_serialize(modules_.back(), &code));
  must(wasmtime_module_deserialize(engine_, reinterpret_cast<const std::uint8_t*>(code.data),
                                   code.size, &modules_.emplace_back()));
  wasm_byte_vec_delete(&code);
}

Outcome Runnable::run() const { return Sandbox(*this).run(); }

}  // namespace synapsed::bench
