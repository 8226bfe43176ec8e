#pragma once

/// \file
/// The C API's types as ours.

#include <wasmtime.h>

#include <synapsed/types.hpp>

namespace synapsed::engine {

[[nodiscard]] FunctionType function_type(const wasm_functype_t* type);
[[nodiscard]] ExternType extern_type(const wasm_externtype_t* type);

}  // namespace synapsed::engine
