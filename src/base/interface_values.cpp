#include <optional>
#include <utility>

#include <fmt/format.h>
#include <synapsed/interface.hpp>

#include "base/integer_ranges.hpp"
#include "base/json.hpp"
#include "base/number_text.hpp"
#include "base/place.hpp"
#include "base/try.hpp"
#include "base/utf8.hpp"
#include "base/value_json.hpp"

namespace synapsed {
namespace {

using Kind = InterfaceType::Kind;
using NodeKind = JsonNode::Kind;

// Reading.

std::string pointer_text(const Place& place) {
  return fmt::format("JSON pointer \"{}\"", place.pointer());
}

std::unexpected<Error> fail(const Place& place, const InterfaceType& type, std::string_view why) {
  return std::unexpected(
      Error(ErrorCode::kArgumentType, fmt::format("no value of type {}: {}", to_string(type), why))
          .at(pointer_text(place)));
}

std::unexpected<Error> fail_wanting(const Place& place, const InterfaceType& type,
                                    std::string_view wanted, const JsonNode& node) {
  return fail(place, type, fmt::format("{} is wanted, and this is {}", wanted, node.kind_name()));
}

Result<WasmValue> integer_from(const InterfaceType& type, std::string_view text,
                               IntegerRange range) {
  const std::uint64_t bits = TRY(parse_integer(to_string(type), text, range));
  if (type.kind == Kind::kS64 || type.kind == Kind::kU64) return WasmValue(bits);
  return WasmValue(static_cast<std::uint32_t>(bits));
}

/// A value of a type that is written the same in JSON strings and on command lines; null for
/// other types.
std::optional<Result<WasmValue>> plain_from(const InterfaceType& type, std::string_view text) {
  if (const auto range = integer_range(type.kind)) return integer_from(type, text, *range);
  if (type.kind == Kind::kF32) return WasmValue::parse(ValueKind::kF32, text);
  if (type.kind == Kind::kF64) return WasmValue::parse(ValueKind::kF64, text);
  if (type.kind == Kind::kV128) return WasmValue::parse(ValueKind::kV128, text);
  if (type.kind == Kind::kString) return WasmValue::parse(ValueKind::kString, text);
  if (type.is_bytes()) return WasmValue::parse(ValueKind::kBytes, text);
  return std::nullopt;
}

bool is_number(const InterfaceType& type) {
  return integer_range(type.kind) || type.kind == Kind::kF32 || type.kind == Kind::kF64;
}

Result<WasmValue> read(const InterfaceType& type, const JsonNode& node, const Place& place);

Result<WasmValue> read_list(const InterfaceType& type, const JsonNode& node, const Place& place) {
  if (node.kind != NodeKind::kArray) return fail_wanting(place, type, "an array", node);
  WasmList list;
  list.items.reserve(node.items.size());
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    list.items.push_back(TRY(read(*type.element, node.items[i], Place(place, i))));
  }
  return WasmValue(std::move(list));
}

/// The item of that key; null when there is none.
const JsonNode* find(const JsonNode& object, std::string_view key) {
  for (std::size_t i = 0; i < object.keys.size(); ++i) {
    if (object.keys[i] == key) return &object.items[i];
  }
  return nullptr;
}

Result<WasmValue> read_record(const InterfaceType& type, const JsonNode& node, const Place& place) {
  if (node.kind != NodeKind::kObject) return fail_wanting(place, type, "an object", node);
  WasmRecord record;
  for (const InterfaceField& field : type.record->fields) {
    const JsonNode* item = find(node, field.name);
    if (item == nullptr) return fail(place, type, fmt::format("\"{}\" is missing", field.name));
    record.fields.push_back(
        {field.name, TRY(read(field.type, *item, Place(place, std::string_view(field.name))))});
  }
  if (node.items.size() != record.fields.size()) {
    return fail(place, type, "it has a key too many, or one twice");
  }
  return WasmValue(std::move(record));
}

Result<WasmValue> read_result(const InterfaceType& type, const JsonNode& node, const Place& place) {
  const bool is_one = node.kind == NodeKind::kObject && node.keys.size() == 1;
  if (!is_one || (node.keys[0] != "ok" && node.keys[0] != "err")) {
    return fail(place, type, "write an object with the one key \"ok\" or \"err\"");
  }
  const std::string_view key = node.keys[0];
  const auto& side = key == "ok" ? type.element : type.error;
  const Place inside(place, key);
  WasmRecord record;
  if (side != nullptr) {
    record.fields.push_back({std::string(key), TRY(read(*side, node.items[0], inside))});
  } else if (node.items[0].kind == NodeKind::kNull) {
    record.fields.push_back({std::string(key), WasmValue::null()});
  } else {
    return fail(inside, type, "this side has no type, so null stands here");
  }
  return WasmValue(std::move(record));
}

Result<WasmValue> read_plain(const InterfaceType& type, const JsonNode& node, const Place& place) {
  const bool fits = node.kind == NodeKind::kString ||
                    (node.kind == NodeKind::kNumber && is_number(type));
  if (!fits) {
    return fail_wanting(place, type, is_number(type) ? "a number" : "a string", node);
  }
  auto value = plain_from(type, node.text);
  if (value && *value) return std::move(*value);
  if (value) return std::unexpected(std::move(*value).error().at(pointer_text(place)));
  std::unreachable();
}

Result<WasmValue> read(const InterfaceType& type, const JsonNode& node, const Place& place) {
  switch (type.kind) {
    case Kind::kBool:
      if (node.kind == NodeKind::kBool) return WasmValue(node.flag);
      return fail_wanting(place, type, "a boolean", node);
    case Kind::kList: return type.is_bytes() ? read_plain(type, node, place)
                                             : read_list(type, node, place);
    case Kind::kOption:
      if (node.kind == NodeKind::kNull) return WasmValue::null();
      return read(*type.element, node, place);
    case Kind::kResult: return read_result(type, node, place);
    case Kind::kRecord: return read_record(type, node, place);
    default: return read_plain(type, node, place);
  }
}

// Writing. Each returns null when the value is not of the type.

using Written = std::optional<std::string>;

Written integer_text(Kind kind, const WasmValue& value) {
  const auto* narrow = value.get_if<std::int32_t>();
  const auto* wide = value.get_if<std::int64_t>();
  switch (kind) {
    case Kind::kS64: return wide ? Written(fmt::format("{}", *wide)) : std::nullopt;
    case Kind::kU64:
      return wide ? Written(fmt::format("{}", static_cast<std::uint64_t>(*wide))) : std::nullopt;
    case Kind::kU8:
    case Kind::kU16:
    case Kind::kU32:
      return narrow ? Written(fmt::format("{}", static_cast<std::uint32_t>(*narrow)))
                    : std::nullopt;
    default: return narrow ? Written(fmt::format("{}", *narrow)) : std::nullopt;
  }
}

Written list_text(const InterfaceType& type, const WasmValue& value) {
  const auto* list = value.get_if<WasmList>();
  if (list == nullptr) return std::nullopt;
  std::string text = "[";
  for (const WasmValue& item : list->items) {
    if (text.size() > 1) text += ',';
    text += to_json(*type.element, item);
  }
  return text + ']';
}

Written record_text(const InterfaceType& type, const WasmValue& value) {
  const auto* record = value.get_if<WasmRecord>();
  const auto& fields = type.record->fields;
  if (record == nullptr || record->fields.size() != fields.size()) return std::nullopt;
  std::string text = "{";
  for (const InterfaceField& field : fields) {
    const WasmValue* item = record->find(field.name);
    if (item == nullptr) return std::nullopt;
    if (text.size() > 1) text += ',';
    text += fmt::format("\"{}\":{}", field.name, to_json(field.type, *item));
  }
  return text + '}';
}

Written result_text(const InterfaceType& type, const WasmValue& value) {
  const auto* record = value.get_if<WasmRecord>();
  if (record == nullptr || record->fields.size() != 1) return std::nullopt;
  const auto& [key, content] = record->fields[0];
  if (key != "ok" && key != "err") return std::nullopt;
  const auto& side = key == "ok" ? type.element : type.error;
  if (side == nullptr && content.kind() != ValueKind::kNull) return std::nullopt;
  return fmt::format("{{\"{}\":{}}}", key, side == nullptr ? "null" : to_json(*side, content));
}

/// A string or a bytes or v128 value, without quotes.
Written text_of_kind(const WasmValue& value, ValueKind kind) {
  if (value.kind() != kind) return std::nullopt;
  return value.to_text();
}

Written quoted(const Written& text) {
  if (!text || !is_utf8(*text)) return std::nullopt;
  return quoted_json(*text);
}

Written json_text(const InterfaceType& type, const WasmValue& value) {
  switch (type.kind) {
    case Kind::kBool: return text_of_kind(value, ValueKind::kBool);
    case Kind::kS64:
    case Kind::kU64: return quoted(integer_text(type.kind, value));
    case Kind::kF32: {
      const auto* number = value.get_if<float>();
      return number ? Written(float_json(*number)) : std::nullopt;
    }
    case Kind::kF64: {
      const auto* number = value.get_if<double>();
      return number ? Written(float_json(*number)) : std::nullopt;
    }
    case Kind::kV128: return quoted(text_of_kind(value, ValueKind::kV128));
    case Kind::kString: return quoted(text_of_kind(value, ValueKind::kString));
    case Kind::kList:
      return type.is_bytes() ? quoted(text_of_kind(value, ValueKind::kBytes))
                             : list_text(type, value);
    case Kind::kOption:
      return value.kind() == ValueKind::kNull ? "null" : to_json(*type.element, value);
    case Kind::kResult: return result_text(type, value);
    case Kind::kRecord: return record_text(type, value);
    default: return integer_text(type.kind, value);
  }
}

}  // namespace

Result<WasmValue> from_json(const InterfaceType& type, std::string_view json) {
  return read(type, TRY(parse_json(json)), Place());
}

std::string to_json(const InterfaceType& type, const WasmValue& value) {
  auto text = json_text(type, value);
  return text ? std::move(*text) : value.to_json();
}

Result<WasmValue> from_text(const InterfaceType& type, std::string_view text) {
  if (type.kind == Kind::kBool) return WasmValue::parse(ValueKind::kBool, text);
  if (auto value = plain_from(type, text)) return std::move(*value);
  return from_json(type, text);
}

std::string to_text(const InterfaceType& type, const WasmValue& value) {
  const bool is_json = type.kind == Kind::kOption || type.kind == Kind::kResult ||
                       type.kind == Kind::kRecord || (type.kind == Kind::kList && !type.is_bytes());
  if (is_json) return to_json(type, value);
  if (const auto* number = value.get_if<float>()) return exact_float_text(*number);
  if (const auto* number = value.get_if<double>()) return exact_float_text(*number);
  const auto integer = integer_range(type.kind) ? integer_text(type.kind, value) : std::nullopt;
  return integer ? *integer : value.to_text();
}

}  // namespace synapsed
