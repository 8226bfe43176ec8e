#pragma once

#include <vector>

#include <wasmtime.h>

#include "engine/fiber_call.hpp"
#include "engine/linker.hpp"
#include "engine/store.hpp"
#include "engine/wasmtime/handles.hpp"
#include "engine/wasmtime/store_impl.hpp"

namespace synapsed::engine {

using FutureHandle = std::unique_ptr<wasmtime_call_future_t, Deleter<wasmtime_call_future_delete>>;

/// The engine writes into this while the future lives, so it stays where it is.
struct FiberCall::Impl {
  explicit Impl(Store::Impl& armed) : store(armed) {}

  Store::Impl& store;
  bool entered = false;  // it has run on its fiber
  bool ended = false;
  wasm_trap_t* trap = nullptr;
  wasmtime_error_t* error = nullptr;

  // An instantiation.
  LinkerHandle linker;
  wasmtime_instance_t instance{};
  Instance* instance_out = nullptr;

  // A call.
  wasmtime_func_t function{};
  std::vector<wasmtime_val_t> arguments;
  std::vector<wasmtime_val_t> results;
  std::span<RawValue> results_out;

  FutureHandle future;  // last: dropped before what it writes into
};

}  // namespace synapsed::engine
