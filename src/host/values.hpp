#pragma once

/// \file
/// `WasmValue` to and from what compiled code passes. Thread rule: pure functions.

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/raw_value.hpp>
#include <synapsed/types.hpp>
#include <synapsed/value.hpp>

#include "host/lowered_call.hpp"

namespace synapsed {

/// The arguments of a function without an interface as raw values. A string or bytes argument fills
/// two `i32` parameters, pointer and length. Errors: `call.argument_count`, `call.argument_type`
/// (also for a string that is not UTF-8), `call.unsupported_type`; they name the function and the
/// parameter.
[[nodiscard]] Result<LoweredCall> lower_arguments(std::string_view function,
                                                  const FunctionType& type,
                                                  std::span<const WasmValue> arguments);

/// The raw value, or null when `value` is not of `type`.
[[nodiscard]] std::optional<RawValue> lower_value(const ValueType& type, const WasmValue& value);
[[nodiscard]] WasmValue lift_value(const ValueType& type, const RawValue& raw);

[[nodiscard]] std::vector<WasmValue> lift_results(const FunctionType& type,
                                                  std::span<const RawValue> values);

}  // namespace synapsed
