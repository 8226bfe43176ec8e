// What the bridge between C++ and guests costs, beside Wasmtime's C API used directly on an engine
// configured alike, in the same run.
//
//     bench_bridge [call|host|sandbox|string]

#include <cstring>
#include <numeric>
#include <string>

#include <fmt/format.h>

#include "bench/measure.hpp"
#include "bench/raw_engine.hpp"

namespace synapsed::bench {
namespace {

constexpr std::string_view kAdd = R"((module
  (memory (export "memory") 1)
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))))";

constexpr std::string_view kHostCalls = R"((module
  (import "env" "add" (func $add (param i32 i32) (result i32)))
  (import "env" "sum" (func $sum (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "add") (param $n i32) (result i32) (local $s i32)
    (loop $l
      (local.set $s (call $add (local.get $s) (local.get $n)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))
  (func (export "sum") (param $n i32) (result i32) (local $s i32)
    (loop $l
      (local.set $s (i32.add (local.get $s) (call $sum (i32.const 64) (i32.const 32))))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))))";

// The text is copied to a block of the guest's, and the result's area points at it.
constexpr std::string_view kEcho = R"((module
  (memory (export "memory") 2)
  (global $top (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
    (global.set $top (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func (export "echo") (param $p i32) (param $n i32) (result i32)
    (memory.copy (i32.const 512) (local.get $p) (local.get $n))
    (i32.store (i32.const 256) (i32.const 512))
    (i32.store (i32.const 260) (local.get $n))
    (i32.const 256))
  (func (export "cabi_post_echo") (param i32) (global.set $top (i32.const 1024)))
  (@custom "synapsed:interface" "echo: func(text: string) -> string;")))";

wasm_functype_t* two_integers_to_one() {
  return wasm_functype_new_2_1(wasm_valtype_new_i32(), wasm_valtype_new_i32(),
                               wasm_valtype_new_i32());
}

std::uint32_t sum_of(const std::uint8_t* bytes, std::size_t size) {
  return std::accumulate(bytes, bytes + size, std::uint32_t{0});
}

void print(std::string_view name, const Pair& pair, std::string_view wanted) {
  fmt::print("| {:<34} | {:>9.1f} ns | {:>9.1f} ns | {:>5.2f} | {:>+8.1f} ns | {} |\n", name,
             pair.ours, pair.raw, pair.ratio, pair.ours - pair.raw, wanted);
}

class Bridge {
 public:
  Bridge()
      : config_(RuntimeConfig::production()),
        runtime_(must(WasmRuntime::create(config_))),
        raw_(config_) {}

  void typed_call() {
    auto session = must(runtime_.open_session(must(runtime_.load_module_wat("add", kAdd))));
    const auto add = must(session.function<std::int32_t(std::int32_t, std::int32_t)>("add"));
    RawModule module(raw_.get(), kAdd);
    const RawInstance instance(raw_.get(), module);
    const wasmtime_func_t function = instance.find("add").of.func;
    print("typed call of an export", compare(
        [&](std::uint64_t times) {
          std::int32_t sum = 0;
          for (std::uint64_t i = 0; i < times; ++i) sum = must(add(sum, 1));
        },
        [&](std::uint64_t times) {
          wasmtime_val_raw_t values[2] = {};
          for (std::uint64_t i = 0; i < times; ++i) {
            values[1].i32 = 1;
            instance.call(function, values, 2);
          }
        },
        200'000), "at most +60 ns");
  }

  void host_calls() {
    HostFunctions& host = runtime_.host_functions();
    host.define("env", "add", [](std::int32_t a, std::int32_t b) { return a + b; });
    host.define("env", "sum", [](GuestBytes bytes) {
      const auto view = bytes.view();
      return sum_of(reinterpret_cast<const std::uint8_t*>(view.data()), view.size());
    });
    auto session = must(runtime_.open_session(must(runtime_.load_module_wat("host", kHostCalls))));
    RawModule module(raw_.get(), kHostCalls);
    define_raw(module);
    const RawInstance instance(raw_.get(), module);
    memory_ = instance.find("memory").of.memory;
    for (const auto& [name, wanted] : {std::pair("add", "at most 1.5"), {"sum", "at most 2"}}) {
      const auto function = must(session.function<std::int32_t(std::int32_t)>(name));
      const wasmtime_func_t raw = instance.find(name).of.func;
      const Pair pair = compare(
          [&](std::uint64_t times) { must(function(static_cast<std::int32_t>(times))); },
          [&](std::uint64_t times) {
            wasmtime_val_raw_t values[1] = {};
            values[0].i32 = static_cast<std::int32_t>(times);
            instance.call(raw, values, 1);
          },
          500'000);
      print(std::string_view(name) == "add" ? "host call, two integers" : "host call, span of 32 bytes",
            pair, wanted);
    }
  }

  void fresh_sandbox() {
    const ModuleId id = must(runtime_.load_module_wat("add", kAdd));
    RawModule module(raw_.get(), kAdd);
    print("fresh sandbox, one call", compare(
        [&](std::uint64_t times) {
          for (std::uint64_t i = 0; i < times; ++i) {
            must(runtime_.execute_function(id, "add", {1, 2}));
          }
        },
        [&](std::uint64_t times) {
          for (std::uint64_t i = 0; i < times; ++i) {
            const RawInstance instance(raw_.get(), module);
            wasmtime_val_raw_t values[2] = {};
            instance.call(instance.find("add").of.func, values, 2);
          }
        },
        5'000), "at most 1.2");
  }

  void strings() {
    auto session = must(runtime_.open_session(must(runtime_.load_module_wat("echo", kEcho))));
    RawModule module(raw_.get(), kEcho);
    const RawInstance instance(raw_.get(), module);
    const std::string text(64, 'x');
    const std::array<WasmValue, 1> arguments{WasmValue(text)};
    print("string of 64 bytes in and out", compare(
        [&](std::uint64_t times) {
          for (std::uint64_t i = 0; i < times; ++i) must(session.call("echo", arguments));
        },
        [&](std::uint64_t times) {
          for (std::uint64_t i = 0; i < times; ++i) echo_by_hand(instance, text);
        },
        20'000), "at most 1.5");
  }

 private:
  void define_raw(RawModule& module) {
    module.define("env", "add", two_integers_to_one(),
                  [](void*, wasmtime_caller_t*, wasmtime_val_raw_t* values,
                     std::size_t) -> wasm_trap_t* {
                    values[0].i32 = values[0].i32 + values[1].i32;
                    return nullptr;
                  },
                  nullptr);
    module.define("env", "sum", two_integers_to_one(),
                  [](void* env, wasmtime_caller_t* caller, wasmtime_val_raw_t* values,
                     std::size_t) -> wasm_trap_t* {
                    const auto& memory = *static_cast<const wasmtime_memory_t*>(env);
                    wasmtime_context_t* context = wasmtime_caller_context(caller);
                    const std::size_t size = wasmtime_memory_data_size(context, &memory);
                    const auto offset = static_cast<std::uint32_t>(values[0].i32);
                    const auto length = static_cast<std::uint32_t>(values[1].i32);
                    if (offset > size || length > size - offset) std::exit(1);
                    values[0].i32 = static_cast<std::int32_t>(
                        sum_of(wasmtime_memory_data(context, &memory) + offset, length));
                    return nullptr;
                  },
                  &memory_);
  }

  /// What somebody writes who knows the guest: exports looked up by name, as our untyped call does.
  static std::string echo_by_hand(const RawInstance& instance, const std::string& text) {
    const wasmtime_func_t allocate = instance.find("cabi_realloc").of.func;
    const wasmtime_func_t echo = instance.find("echo").of.func;
    const wasmtime_func_t release = instance.find("cabi_post_echo").of.func;
    const wasmtime_memory_t memory = instance.find("memory").of.memory;
    wasmtime_val_raw_t block[4] = {};
    block[2].i32 = 1;
    block[3].i32 = static_cast<std::int32_t>(text.size());
    instance.call(allocate, block, 4);
    const auto at = static_cast<std::uint32_t>(block[0].i32);
    std::uint8_t* data = wasmtime_memory_data(instance.context(), &memory);
    std::size_t size = wasmtime_memory_data_size(instance.context(), &memory);
    if (at > size || text.size() > size - at) std::exit(1);
    std::memcpy(data + at, text.data(), text.size());
    wasmtime_val_raw_t values[2] = {};
    values[0].i32 = block[0].i32;
    values[1].i32 = static_cast<std::int32_t>(text.size());
    instance.call(echo, values, 2);
    data = wasmtime_memory_data(instance.context(), &memory);
    size = wasmtime_memory_data_size(instance.context(), &memory);
    const auto area = static_cast<std::uint32_t>(values[0].i32);
    if (area > size - 8) std::exit(1);
    std::uint32_t result[2];
    std::memcpy(result, data + area, sizeof(result));
    if (result[0] > size || result[1] > size - result[0]) std::exit(1);
    std::string copy(reinterpret_cast<const char*>(data) + result[0], result[1]);
    instance.call(release, values, 1);
    return copy;
  }

  RuntimeConfig config_;
  WasmRuntime runtime_;
  RawEngine raw_;
  wasmtime_memory_t memory_{};
};

}  // namespace
}  // namespace synapsed::bench

int main(int argc, char** argv) {
  const std::string_view only = argc > 1 ? argv[1] : "";
  const auto wanted = [only](std::string_view name) { return only.empty() || only == name; };
  fmt::print("| {:<34} | {:>12} | {:>12} | ratio | {:>11} | wanted |\n", "", "ours", "raw", "more");
  fmt::print("|---|---:|---:|---:|---:|---|\n");
  synapsed::bench::Bridge bridge;
  if (wanted("call")) bridge.typed_call();
  if (wanted("host")) bridge.host_calls();
  if (wanted("sandbox")) bridge.fresh_sandbox();
  if (wanted("string")) bridge.strings();
}
