#pragma once

/// \file
/// The text format, both ways. Thread rule: pure functions.

#include <span>
#include <string>
#include <string_view>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

namespace synapsed::engine {

/// Error: `load.invalid_text` with line and column.
[[nodiscard]] Result<Bytes> wat_to_wasm(std::string_view wat);
/// Error: `load.invalid_module`.
[[nodiscard]] Result<std::string> wasm_to_wat(std::span<const std::byte> wasm);

}  // namespace synapsed::engine
