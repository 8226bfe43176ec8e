#pragma once

#include <wasmtime.h>

#include <synapsed/error.hpp>
#include <synapsed/wasi.hpp>

namespace synapsed::engine {

/// Gives the store of `context` what `config` says. Errors as `Store::set_wasi`.
[[nodiscard]] Result<void> give_wasi(wasmtime_context_t* context, const WasiConfig& config);

}  // namespace synapsed::engine
