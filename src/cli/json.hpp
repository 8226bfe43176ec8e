#pragma once

/// \file
/// The JSON of `--json`. Keys keep their order and do not change between releases; a value that
/// does not apply is null.

#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <synapsed/error.hpp>
#include <synapsed/inspect.hpp>
#include <synapsed/interface.hpp>
#include <synapsed/types.hpp>
#include <synapsed/value.hpp>

namespace synapsed::cli {

using Json = nlohmann::ordered_json;

/// `{"type", "value"}`. An i32 or a finite float is a number; an i64 is a decimal string, so that
/// no reader rounds it; `"nan"`, `"inf"`, `"-inf"`; a v128 is `"0x…"`, first byte first; a
/// reference is null or its handle as a decimal string.
[[nodiscard]] Json to_json(const WasmValue& value);
/// The same for a value whose type is known: `type` is written as in an interface, and the value as
/// the JSON of that type.
[[nodiscard]] Json typed_json(const InterfaceType& type, const WasmValue& value);
[[nodiscard]] Json to_json(const Error& error);
[[nodiscard]] Json to_json(const ImportType& import);
[[nodiscard]] Json to_json(const ExportType& exported);
[[nodiscard]] Json to_json(const MemoryType& memory);
[[nodiscard]] Json to_json(const TableType& table);
[[nodiscard]] Json to_json(const SectionInfo& section);
[[nodiscard]] Json to_json(const FeatureInfo& feature);
[[nodiscard]] Json to_json(const FunctionInfo& function);
[[nodiscard]] Json to_json(const ProducerInfo& producer);
[[nodiscard]] Json to_json(const ReachInfo& reach);
[[nodiscard]] Json to_json(const Finding& finding);
[[nodiscard]] Json to_json(const DeterminismRule& rule);

/// The string, or null when it is empty.
[[nodiscard]] Json or_null(const std::string& text);

/// An array with the JSON of each item.
template <typename T>
[[nodiscard]] Json to_json_array(const std::vector<T>& items) {
  Json array = Json::array();
  for (const T& item : items) array.push_back(to_json(item));
  return array;
}

/// The same for what `to` makes of each.
template <typename T, typename To>
[[nodiscard]] Json to_json_array(const std::vector<T>& items, const To& to) {
  Json array = Json::array();
  for (const T& item : items) array.push_back(to(item));
  return array;
}

/// What a command answers that did it: `"error": null`, then `json`.
void print_answer(std::ostream& out, const Json& json = Json::object());

/// On one line when `indent` is negative. Bytes that are not UTF-8 become U+FFFD.
void print_json(std::ostream& out, const Json& json, int indent = 2);

}  // namespace synapsed::cli
