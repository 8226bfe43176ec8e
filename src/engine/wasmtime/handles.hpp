#pragma once

/// \file
/// Owning handles for what the C API returns: one idea for every kind.

#include <memory>

#include <wasmtime.h>

namespace synapsed::engine {

template <auto kDelete>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    kDelete(pointer);
  }
};

using EngineHandle = std::unique_ptr<wasm_engine_t, Deleter<wasm_engine_delete>>;
using ErrorHandle = std::unique_ptr<wasmtime_error_t, Deleter<wasmtime_error_delete>>;
using InstancePreHandle =
    std::unique_ptr<wasmtime_instance_pre_t, Deleter<wasmtime_instance_pre_delete>>;
using LinkerHandle = std::unique_ptr<wasmtime_linker_t, Deleter<wasmtime_linker_delete>>;
using ModuleHandle = std::unique_ptr<wasmtime_module_t, Deleter<wasmtime_module_delete>>;
using StoreHandle = std::unique_ptr<wasmtime_store_t, Deleter<wasmtime_store_delete>>;
using TrapHandle = std::unique_ptr<wasm_trap_t, Deleter<wasm_trap_delete>>;
using FunctionTypeHandle = std::unique_ptr<wasm_functype_t, Deleter<wasm_functype_delete>>;

/// A vector the C API fills and we delete.
template <typename Vector, auto kDelete>
struct OwnedVector : Vector {
  OwnedVector() : Vector{} {}
  ~OwnedVector() { kDelete(this); }
  OwnedVector(const OwnedVector&) = delete;
  OwnedVector& operator=(const OwnedVector&) = delete;
};

using ByteVector = OwnedVector<wasm_byte_vec_t, wasm_byte_vec_delete>;
using FrameVector = OwnedVector<wasm_frame_vec_t, wasm_frame_vec_delete>;
using ImportVector = OwnedVector<wasm_importtype_vec_t, wasm_importtype_vec_delete>;
using ExportVector = OwnedVector<wasm_exporttype_vec_t, wasm_exporttype_vec_delete>;

}  // namespace synapsed::engine
