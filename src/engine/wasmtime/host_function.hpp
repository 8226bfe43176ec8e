#pragma once

#include <memory>

#include <synapsed/types.hpp>
#include <wasmtime.h>

#include "engine/host_function.hpp"

namespace synapsed::engine {

/// What `wasmtime_linker_define_func_unchecked` takes: the callback, its data and its finalizer.
using HostFunctionHandle = std::shared_ptr<const synapsed::HostFunction>;

wasm_trap_t* on_host_call(void* data, wasmtime_caller_t* native, wasmtime_val_raw_t* values,
                          std::size_t count);
void drop_host_function(void* data);

/// What `wasmtime_linker_define_async_func` takes.
struct AsyncHostFunctionHandle {
  FunctionType type;
  std::shared_ptr<const AsyncHostFunction> function;
};

void on_async_host_call(void* data, wasmtime_caller_t* native, const wasmtime_val_t* arguments,
                        std::size_t argument_count, wasmtime_val_t* results,
                        std::size_t result_count, wasm_trap_t** trap,
                        wasmtime_async_continuation_t* continuation);
void drop_async_host_function(void* data);

}  // namespace synapsed::engine
