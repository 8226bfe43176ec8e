#pragma once

/// \file
/// The JSON form of values; `<synapsed/value.hpp>` describes it. Thread rule: pure functions.

#include <string>
#include <string_view>

#include <synapsed/value.hpp>

namespace synapsed {

/// What stands behind the key `list`.
[[nodiscard]] std::string list_json(const WasmList& list);
/// What stands behind the key `record`.
[[nodiscard]] std::string record_json(const WasmRecord& record);

/// Reads what stands behind the key of `kind`. Errors: those of `WasmValue::from_json`.
[[nodiscard]] Result<WasmValue> parse_json_content(ValueKind kind, std::string_view text);

/// A JSON number, or a string where JSON has no number for it. `-0` keeps its sign.
template <typename Float>
[[nodiscard]] std::string float_json(Float value);

}  // namespace synapsed
