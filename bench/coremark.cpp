// CoreMark in a guest, whose clock is a typed host function, beside the same guest on Wasmtime's C
// API: on an engine configured alike, and on one that cannot interrupt its guests.
//
//     bench_coremark coremark.wasm [rounds=3]

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/files.hpp"
#include "bench/measure.hpp"
#include "bench/raw_engine.hpp"

namespace synapsed::bench {
namespace {

std::uint32_t clock_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

RuntimeConfig long_enough() {
  RuntimeConfig config = RuntimeConfig::production();
  config.limits.timeout = std::chrono::minutes{5};
  return config;
}

class Ours {
 public:
  explicit Ours(const std::string& path) : runtime_(must(WasmRuntime::create(long_enough()))) {
    runtime_.host_functions().define("env", "clock_ms", clock_ms);
    id_ = must(runtime_.load_module_file("coremark", path));
  }
  double score() {
    return *must(runtime_.execute_function(id_, "run", {})).values.at(0).get_if<float>();
  }

 private:
  WasmRuntime runtime_;
  ModuleId id_;
};

class Raw {
 public:
  Raw(wasm_engine_t* engine, const Bytes& wasm) : engine_(engine), module_(engine, wasm) {
    module_.define("env", "clock_ms", wasm_functype_new_0_1(wasm_valtype_new_i32()),
                   [](void*, wasmtime_caller_t*, wasmtime_val_raw_t* values,
                      std::size_t) -> wasm_trap_t* {
                     values[0].i32 = static_cast<std::int32_t>(clock_ms());
                     return nullptr;
                   },
                   nullptr);
  }
  double score() {
    const RawInstance instance(engine_, module_);
    wasmtime_val_raw_t values[1] = {};
    instance.call(instance.find("run").of.func, values, 1);
    return values[0].f32;
  }

 private:
  wasm_engine_t* engine_;
  RawModule module_;
};

int run(const std::string& path, int rounds) {
  const Bytes wasm = must(read_file(path, std::uint64_t{64} << 20));
  Ours ours(path);
  const RawEngine alike(long_enough());
  Raw raw(alike.get(), wasm);
  wasm_engine_t* plain_engine = wasm_engine_new();
  {
    Raw plain(plain_engine, wasm);
    std::vector<double> to_raw;
    std::vector<double> to_plain;
    for (int round = 0; round < rounds; ++round) {
      const double our_score = ours.score();
      const double raw_score = raw.score();
      const double plain_score = plain.score();
      to_raw.push_back(our_score / raw_score);
      to_plain.push_back(our_score / plain_score);
      fmt::print("ours {:.0f}, raw {:.0f}, raw without interruption {:.0f}\n", our_score, raw_score,
                 plain_score);
    }
    fmt::print("median: {:.3f} of raw, {:.3f} of raw without interruption\n", median(to_raw),
               median(to_plain));
  }
  wasm_engine_delete(plain_engine);
  return 0;
}

}  // namespace
}  // namespace synapsed::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: bench_coremark coremark.wasm [rounds=3]\n");
    return 2;
  }
  return synapsed::bench::run(argv[1], argc > 2 ? std::stoi(argv[2]) : 3);
}
