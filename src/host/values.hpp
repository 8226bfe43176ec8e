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


namespace synapsed {

/// Bytes that must lie in guest memory before the call; `slot` takes their pointer, the slot after
/// it holds their length.
struct PendingSpan {
  std::size_t slot = 0;
  std::span<const std::byte> bytes;  ///< views the argument
};

struct LoweredArguments {
  std::vector<RawValue> values;  ///< with room for the results
  std::vector<PendingSpan> spans;
};

/// The arguments as raw values. A string or bytes argument fills two `i32` parameters, pointer and
/// length. Errors: `call.argument_count`, `call.argument_type` (also for a string that is not
/// UTF-8), `call.unsupported_type`; they name the function and the parameter.
[[nodiscard]] Result<LoweredArguments> lower_arguments(std::string_view function,
                                                       const FunctionType& type,
                                                       std::span<const WasmValue> arguments);

/// The raw value, or null when `value` is not of `type`.
[[nodiscard]] std::optional<RawValue> lower_value(const ValueType& type, const WasmValue& value);
[[nodiscard]] WasmValue lift_value(const ValueType& type, const RawValue& raw);

[[nodiscard]] std::vector<WasmValue> lift_results(const FunctionType& type,
                                                  std::span<const RawValue> values);

}  // namespace synapsed
