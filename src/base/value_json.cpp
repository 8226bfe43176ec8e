#include "base/value_json.hpp"

#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/json.hpp"
#include "base/number_text.hpp"
#include "base/place.hpp"
#include "base/try.hpp"
#include "base/utf8.hpp"

namespace synapsed {
namespace {

using NodeKind = JsonNode::Kind;

constexpr std::string_view kStringBytes = "string_bytes";

// Writing.

std::string hex_json(ByteSpan bytes) { return fmt::format("\"0x{}\"", to_hex(bytes)); }

std::string object(std::string_view key, std::string_view content) {
  return fmt::format("{{\"{}\":{}}}", key, content);
}

std::string name_json(const std::string& name) {
  return is_utf8(name) ? quoted_json(name) : object(kStringBytes, hex_json(as_bytes(name)));
}

template <typename Reference>
std::string reference_json(const Reference& reference) {
  return reference.handle == 0 ? "null" : fmt::format("\"{:#x}\"", reference.handle);
}

/// What stands behind the kind.
std::string content_json(const WasmValue& value) {
  switch (value.kind()) {
    case ValueKind::kI32:
    case ValueKind::kBool:
    case ValueKind::kNull:
    case ValueKind::kList:
    case ValueKind::kRecord: return value.to_text();
    case ValueKind::kI64:
    case ValueKind::kV128:
    case ValueKind::kBytes: return fmt::format("\"{}\"", value.to_text());
    case ValueKind::kF32: return float_json(*value.get_if<float>());
    case ValueKind::kF64: return float_json(*value.get_if<double>());
    case ValueKind::kFuncRef: return reference_json(*value.get_if<FuncRef>());
    case ValueKind::kExternRef: return reference_json(*value.get_if<ExternRef>());
    case ValueKind::kString: return quoted_json(*value.get_if<std::string>());
  }
  std::unreachable();
}

// Reading.

Error wrong(const Place& place, std::string message) {
  return Error(ErrorCode::kArgumentType, std::move(message))
      .at(fmt::format("JSON pointer \"{}\"", place.pointer()));
}

Error wrong_node(const Place& place, std::string_view wanted, const JsonNode& node) {
  return wrong(place, fmt::format("{} is wanted, and this is {}", wanted, node.kind_name()));
}

template <typename T>
Result<T> located(Result<T> result, const Place& place) {
  if (result) return result;
  return std::unexpected(
      std::move(result).error().at(fmt::format("JSON pointer \"{}\"", place.pointer())));
}

Result<WasmValue> read_value(const JsonNode& node, const Place& place, unsigned depth);

/// The bytes of a string that is not UTF-8.
Result<std::string> read_string_bytes(const JsonNode& node, const Place& place) {
  if (node.kind != NodeKind::kString) return std::unexpected(wrong_node(place, "a string", node));
  const WasmValue bytes = TRY(located(WasmValue::parse(ValueKind::kBytes, node.text), place));
  return std::string(as_text(*bytes.get_if<Bytes>()));
}

Result<std::string> read_name(const JsonNode& node, const Place& place) {
  if (node.kind == NodeKind::kString) return node.text;
  if (node.kind == NodeKind::kObject && node.keys.size() == 1 && node.keys[0] == kStringBytes) {
    return read_string_bytes(node.items[0], Place(place, kStringBytes));
  }
  return std::unexpected(wrong_node(place, "a name", node));
}

Result<WasmValue> read_list(const JsonNode& node, const Place& place, unsigned depth) {
  if (node.kind != NodeKind::kArray) return std::unexpected(wrong_node(place, "an array", node));
  WasmList list;
  list.items.reserve(node.items.size());
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    list.items.push_back(TRY(read_value(node.items[i], Place(place, i), depth + 1)));
  }
  return WasmValue(std::move(list));
}

Result<WasmField> read_field(const JsonNode& node, const Place& place, unsigned depth) {
  if (node.kind != NodeKind::kArray || node.items.size() != 2) {
    return std::unexpected(wrong(place, "a field is an array of its name and its value"));
  }
  WasmField field;
  field.name = TRY(read_name(node.items[0], Place(place, 0)));
  field.value = TRY(read_value(node.items[1], Place(place, 1), depth + 1));
  return field;
}

Result<WasmValue> read_record(const JsonNode& node, const Place& place, unsigned depth) {
  if (node.kind != NodeKind::kArray) return std::unexpected(wrong_node(place, "an array", node));
  WasmRecord record;
  record.fields.reserve(node.items.size());
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    record.fields.push_back(TRY(read_field(node.items[i], Place(place, i), depth)));
  }
  return WasmValue(std::move(record));
}

std::optional<std::uint64_t> parse_handle(std::string_view text) {
  if (!text.starts_with("0x")) return std::nullopt;
  std::uint64_t handle = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + 2, end, handle, 16);
  return error == std::errc{} && rest == end ? std::optional(handle) : std::nullopt;
}

Result<WasmValue> parse_reference(ValueKind kind, std::string_view text) {
  const auto handle = text == "null" ? 0 : parse_handle(text);
  if (!handle) {
    return std::unexpected(not_of_type(ErrorCode::kArgumentType, to_string(kind), text,
                                       "write null, or the handle as 0x…"));
  }
  if (kind == ValueKind::kFuncRef) return WasmValue(FuncRef{*handle});
  return WasmValue(ExternRef{*handle});
}

Result<WasmValue> read_reference(ValueKind kind, const JsonNode& node, const Place& place) {
  if (node.kind == NodeKind::kNull) return parse_reference(kind, "null");
  if (node.kind == NodeKind::kString) return located(parse_reference(kind, node.text), place);
  return std::unexpected(wrong_node(place, "null or a string", node));
}

/// A value that `WasmValue::parse` reads from the text of a node.
Result<WasmValue> read_text(ValueKind kind, const JsonNode& node, const Place& place,
                            bool may_be_number) {
  const bool fits = node.kind == NodeKind::kString ||
                    (may_be_number && node.kind == NodeKind::kNumber);
  if (fits) return located(WasmValue::parse(kind, node.text), place);
  return std::unexpected(wrong_node(place, may_be_number ? "a number" : "a string", node));
}

Result<WasmValue> read_content(ValueKind kind, const JsonNode& node, const Place& place,
                               unsigned depth) {
  switch (kind) {
    case ValueKind::kI32:
    case ValueKind::kI64:
    case ValueKind::kF32:
    case ValueKind::kF64: return read_text(kind, node, place, true);
    case ValueKind::kV128:
    case ValueKind::kBytes:
    case ValueKind::kString: return read_text(kind, node, place, false);
    case ValueKind::kBool:
      if (node.kind == NodeKind::kBool) return WasmValue(node.flag);
      return std::unexpected(wrong_node(place, "a boolean", node));
    case ValueKind::kFuncRef:
    case ValueKind::kExternRef: return read_reference(kind, node, place);
    case ValueKind::kNull: break;
    case ValueKind::kList:
    case ValueKind::kRecord:
      if (depth == kValueDepthMax) {
        return std::unexpected(
            wrong(place, fmt::format("values nest more than {} deep", kValueDepthMax)));
      }
      return kind == ValueKind::kList ? read_list(node, place, depth)
                                      : read_record(node, place, depth);
  }
  return std::unexpected(wrong(place, "null stands without a kind"));
}

std::optional<ValueKind> kind_named(std::string_view name) {
  for (unsigned i = 0; i <= static_cast<unsigned>(ValueKind::kRecord); ++i) {
    if (to_string(static_cast<ValueKind>(i)) == name) return static_cast<ValueKind>(i);
  }
  return std::nullopt;
}

Result<WasmValue> read_value(const JsonNode& node, const Place& place, unsigned depth) {
  if (node.kind == NodeKind::kNull) return WasmValue::null();
  if (node.kind != NodeKind::kObject || node.keys.size() != 1) {
    return std::unexpected(wrong(place, "a value is null or an object with one key, its kind"));
  }
  const std::string& key = node.keys[0];
  const Place inside(place, key);
  if (key == kStringBytes) return WasmValue(TRY(read_string_bytes(node.items[0], inside)));
  if (const auto kind = kind_named(key)) return read_content(*kind, node.items[0], inside, depth);
  return std::unexpected(wrong(place, fmt::format("there is no kind \"{}\"", key)));
}

}  // namespace

template <typename Float>
std::string float_json(Float value) {
  if (!std::isfinite(value)) return fmt::format("\"{}\"", exact_float_text(value));
  return value == 0 && std::signbit(value) ? "-0.0" : exact_float_text(value);
}

template std::string float_json(float);
template std::string float_json(double);

std::string list_json(const WasmList& list) {
  std::string text = "[";
  for (const WasmValue& item : list.items) {
    if (text.size() > 1) text += ',';
    text += item.to_json();
  }
  return text + ']';
}

std::string record_json(const WasmRecord& record) {
  std::string text = "[";
  for (const WasmField& field : record.fields) {
    if (text.size() > 1) text += ',';
    text += fmt::format("[{},{}]", name_json(field.name), field.value.to_json());
  }
  return text + ']';
}

Result<WasmValue> parse_json_content(ValueKind kind, std::string_view text) {
  return read_content(kind, TRY(parse_json(text)), Place(), 0);
}

std::string WasmValue::to_json() const {
  if (kind() == ValueKind::kNull) return "null";
  const auto* text = get_if<std::string>();
  if (text != nullptr && !is_utf8(*text)) return object(kStringBytes, hex_json(as_bytes(*text)));
  return object(to_string(kind()), content_json(*this));
}

Result<WasmValue> WasmValue::from_json(std::string_view text) {
  return read_value(TRY(parse_json(text)), Place(), 0);
}

std::string WasmValue::to_typed_text() const {
  const auto typed = [this](std::string_view text) {
    return fmt::format("{}:{}", to_string(kind()), text);
  };
  if (kind() == ValueKind::kNull) return "null";
  if (const auto* number = get_if<float>()) return typed(exact_float_text(*number));
  if (const auto* number = get_if<double>()) return typed(exact_float_text(*number));
  if (const auto* reference = get_if<FuncRef>(); reference && reference->handle != 0) {
    return typed(fmt::format("{:#x}", reference->handle));
  }
  if (const auto* reference = get_if<ExternRef>(); reference && reference->handle != 0) {
    return typed(fmt::format("{:#x}", reference->handle));
  }
  return typed(to_text());
}

Result<WasmValue> WasmValue::parse_typed(std::string_view text) {
  if (text == "null") return null();
  const std::size_t colon = text.find(':');
  const auto kind = kind_named(text.substr(0, colon));
  if (colon == std::string_view::npos || !kind || *kind == ValueKind::kNull) {
    return std::unexpected(
        Error(ErrorCode::kArgumentType, fmt::format("\"{}\" names no kind of value", text))
            .help("write the kind, a colon and the value, as in i32:30 or string:hello; or null"));
  }
  const std::string_view content = text.substr(colon + 1);
  if (*kind == ValueKind::kFuncRef || *kind == ValueKind::kExternRef) {
    return parse_reference(*kind, content);
  }
  return parse(*kind, content);
}

}  // namespace synapsed
