#pragma once

/// \file
/// The constants of a script: arguments, and patterns that results are compared with. Their form is
/// that of `wasm-tools json-from-wast`.
///
/// Thread rule: that of the world whose references they name.

#include <string>

#include <nlohmann/json.hpp>

#include "tests/conformance/world.hpp"

namespace synapsed::tests {

/// The value of a constant. Error: `call.argument` for one that no call can pass.
[[nodiscard]] Result<wasmtime_val_t> value_of(const nlohmann::json& constant, World& world);

/// Whether a result is what the script expects: bit for bit, a NaN of the class it names, or any
/// reference of the kind it names.
[[nodiscard]] bool matches(const nlohmann::json& expected, const wasmtime_val_t& value,
                           World& world);

/// For people.
[[nodiscard]] std::string describe(const wasmtime_val_t& value);

}  // namespace synapsed::tests
