#pragma once

/// \file
/// `WasmValue` to and from what compiled code passes. Thread rule: pure functions.

#include <span>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/types.hpp>
#include <synapsed/value.hpp>

#include "engine/raw_value.hpp"

namespace synapsed {

/// The arguments as raw values, with room for the results. Errors: `call.argument_count`,
/// `call.argument_type`, `call.unsupported_type`; they name the function and the parameter.
[[nodiscard]] Result<std::vector<engine::RawValue>> lower_arguments(
    std::string_view function, const FunctionType& type, std::span<const WasmValue> arguments);

[[nodiscard]] std::vector<WasmValue> lift_results(const FunctionType& type,
                                                  std::span<const engine::RawValue> values);

}  // namespace synapsed
