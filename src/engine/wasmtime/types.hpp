#pragma once

/// \file
/// The C API's types as ours.

#include <wasmtime.h>

#include <synapsed/types.hpp>

#include "engine/wasmtime/handles.hpp"

namespace synapsed::engine {

[[nodiscard]] FunctionType function_type(const wasm_functype_t* type);
/// Only numbers, vectors, funcref and externref.
[[nodiscard]] FunctionTypeHandle native_type(const FunctionType& type);
[[nodiscard]] ExternType extern_type(const wasm_externtype_t* type);

}  // namespace synapsed::engine
