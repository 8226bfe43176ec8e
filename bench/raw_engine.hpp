#pragma once

/// \file
/// Wasmtime's C API used directly, as somebody would who has nothing else, on an engine configured
/// like ours.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include <fmt/core.h>
#include <synapsed/synapsed.hpp>
#include <wasmtime.h>

#include "engine/wasmtime/engine_impl.hpp"
#include "runtime/engine_config.hpp"

namespace synapsed::bench {

template <typename T>
T must(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "{}\n", result.error().to_string());
    std::exit(1);
  }
  return std::move(*result);
}

inline void must(const Result<void>& result) {
  if (result) return;
  fmt::print(stderr, "{}\n", result.error().to_string());
  std::exit(1);
}

inline void must(wasmtime_error_t* error, wasm_trap_t* trap = nullptr) {
  if (error == nullptr && trap == nullptr) return;
  fmt::print(stderr, "the raw engine failed\n");
  std::exit(1);
}

class RawEngine {
 public:
  explicit RawEngine(const RuntimeConfig& config)
      : engine_(must(engine::Engine::create(engine_config(config)))) {}
  [[nodiscard]] wasm_engine_t* get() const { return engine_.impl().engine.get(); }

 private:
  engine::Engine engine_;
};

class RawModule {
 public:
  RawModule(wasm_engine_t* engine, std::string_view wat)
      : linker_(wasmtime_linker_new(engine)) {
    const Bytes wasm = must(wat_to_wasm(wat));
    compile(engine, wasm);
  }
  RawModule(wasm_engine_t* engine, const Bytes& wasm) : linker_(wasmtime_linker_new(engine)) {
    compile(engine, wasm);
  }
  RawModule(const RawModule&) = delete;
  RawModule& operator=(const RawModule&) = delete;
  ~RawModule() {
    if (pre_ != nullptr) wasmtime_instance_pre_delete(pre_);
    wasmtime_module_delete(module_);
    wasmtime_linker_delete(linker_);
  }

  void define(std::string_view module, std::string_view name, wasm_functype_t* type,
              wasmtime_func_unchecked_callback_t callback, void* env) {
    must(wasmtime_linker_define_func_unchecked(linker_, module.data(), module.size(), name.data(),
                                               name.size(), type, callback, env, nullptr));
    wasm_functype_delete(type);
  }
  [[nodiscard]] wasmtime_linker_t* linker() { return linker_; }
  [[nodiscard]] const wasmtime_instance_pre_t* prepared() {
    if (pre_ == nullptr) must(wasmtime_linker_instantiate_pre(linker_, module_, &pre_));
    return pre_;
  }

 private:
  void compile(wasm_engine_t* engine, const Bytes& wasm) {
    must(wasmtime_module_new(engine, reinterpret_cast<const std::uint8_t*>(wasm.data()),
                             wasm.size(), &module_));
  }

  wasmtime_linker_t* linker_;
  wasmtime_module_t* module_ = nullptr;
  wasmtime_instance_pre_t* pre_ = nullptr;
};

/// A store with one instance.
class RawInstance {
 public:
  RawInstance(wasm_engine_t* engine, RawModule& module)
      : store_(wasmtime_store_new(engine, nullptr, nullptr)),
        context_(wasmtime_store_context(store_)) {
    wasmtime_context_set_epoch_deadline(context_, std::uint64_t{1} << 40);
    wasm_trap_t* trap = nullptr;
    must(wasmtime_instance_pre_instantiate(module.prepared(), context_, &instance_, &trap), trap);
  }
  RawInstance(const RawInstance&) = delete;
  RawInstance& operator=(const RawInstance&) = delete;
  ~RawInstance() { wasmtime_store_delete(store_); }

  [[nodiscard]] wasmtime_context_t* context() const { return context_; }
  [[nodiscard]] wasmtime_extern_t find(std::string_view name) const {
    wasmtime_extern_t item;
    if (!wasmtime_instance_export_get(context_, &instance_, name.data(), name.size(), &item)) {
      std::exit(1);
    }
    return item;
  }
  void call(const wasmtime_func_t& function, wasmtime_val_raw_t* values, std::size_t count) const {
    wasm_trap_t* trap = nullptr;
    must(wasmtime_func_call_unchecked(context_, &function, values, count, &trap), trap);
  }

 private:
  wasmtime_store_t* store_;
  wasmtime_context_t* context_;
  wasmtime_instance_t instance_{};
};

}  // namespace synapsed::bench
