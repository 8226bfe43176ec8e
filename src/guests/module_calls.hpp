#pragma once

/// \file
/// What calls of built-in modules give. Thread rule: pure functions.

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

namespace synapsed {

/// The `ok` side of a `result`, or `host.function_failed` with the text of the other; another value
/// as it is.
[[nodiscard]] Result<WasmValue> succeeded(WasmValue value);

/// Error: `call.invalid_result` for a value that is no bytes.
[[nodiscard]] Result<Bytes> as_bytes(Result<WasmValue> value);

}  // namespace synapsed
