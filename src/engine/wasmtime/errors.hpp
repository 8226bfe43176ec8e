#pragma once

/// \file
/// The C API's errors and traps as ours.

#include <string>
#include <string_view>

#include "engine/stop.hpp"
#include "engine/wasmtime/handles.hpp"
#include "engine/wasmtime/store_impl.hpp"

namespace synapsed::engine {

/// Empty for null.
[[nodiscard]] std::string text_of(const wasm_name_t* name);
[[nodiscard]] std::string message_of(const wasmtime_error_t* error);

/// The engine prints an error as context, backtrace and "Caused by:" with causes, numbered when
/// there are several; the last cause is what happened.
[[nodiscard]] std::string root_cause(std::string_view message);

/// Why a guest in `store` ended. Exactly one of `trap` and `error` is set.
[[nodiscard]] Stop stop_of(Store::Impl& store, TrapHandle trap, ErrorHandle error);

}  // namespace synapsed::engine
