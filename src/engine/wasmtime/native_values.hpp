#pragma once

/// \file
/// Raw values as the C API's checked ones, which calls on fibers take.

#include <wasmtime.h>

#include <synapsed/raw_value.hpp>
#include <synapsed/types.hpp>

namespace synapsed::engine {

/// `type` is a number, a vector, funcref or externref. What it returns is given back with
/// `take_raw` or `wasmtime_val_unroot`.
[[nodiscard]] wasmtime_val_t native_value(wasmtime_context_t* context, const ValueType& type,
                                          const RawValue& raw);
/// The raw value; `value` is unrooted.
[[nodiscard]] RawValue take_raw(wasmtime_context_t* context, wasmtime_val_t& value);

}  // namespace synapsed::engine
