#pragma once

#include <memory>

#include <wasmtime.h>

#include "engine/host_function.hpp"

namespace synapsed::engine {

/// What `wasmtime_linker_define_func_unchecked` takes: the callback, its data and its finalizer.
using HostFunctionHandle = std::shared_ptr<const HostFunction>;

wasm_trap_t* on_host_call(void* data, wasmtime_caller_t* native, wasmtime_val_raw_t* values,
                          std::size_t count);
void drop_host_function(void* data);

}  // namespace synapsed::engine
