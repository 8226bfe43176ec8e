#include <synapsed/value.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/number_text.hpp"
#include "base/try.hpp"
#include "base/value_json.hpp"

namespace synapsed {
namespace {

constexpr std::array<std::string_view, 13> kKindNames{
    "i32", "i64", "f32", "f64", "v128", "funcref", "externref", "bytes", "string", "bool",
    "null", "list", "record"};

Error bad_text(ErrorCode code, ValueKind kind, std::string_view text, std::string_view why) {
  return not_of_type(code, to_string(kind), text, why);
}

template <typename Float>
std::string float_text(Float value) {
  if (std::isnan(value)) return std::signbit(value) ? "-nan" : "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  return fmt::format("{}", value);  // the shortest digits that read back the same
}

template <typename Reference>
std::string reference_text(const Reference& reference) {
  return reference.handle == 0 ? "null" : fmt::format("ref:{}", reference.handle);
}

struct TextPrinter {
  std::string operator()(std::int32_t value) const { return fmt::format("{}", value); }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(float value) const { return float_text(value); }
  std::string operator()(double value) const { return float_text(value); }
  std::string operator()(const V128& value) const {
    return "0x" + to_hex(std::as_bytes(std::span(value.bytes)));
  }
  std::string operator()(const FuncRef& value) const { return reference_text(value); }
  std::string operator()(const ExternRef& value) const { return reference_text(value); }
  std::string operator()(const Bytes& value) const { return "0x" + to_hex(value); }
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(const WasmList& value) const { return list_json(value); }
  std::string operator()(const WasmRecord& value) const { return record_json(value); }
};

template <typename Signed>
Result<WasmValue> parse_integer_value(ValueKind kind, std::string_view text) {
  constexpr IntegerRange kRange{.least = std::numeric_limits<Signed>::min(),
                                .most = std::numeric_limits<std::make_unsigned_t<Signed>>::max()};
  return WasmValue(static_cast<Signed>(TRY(parse_integer(to_string(kind), text, kRange))));
}

Result<Bytes> parse_hex(ValueKind kind, std::string_view text) {
  const auto bytes = text.starts_with("0x") ? from_hex(text.substr(2)) : std::nullopt;
  if (!bytes) {
    return std::unexpected(
        bad_text(ErrorCode::kArgumentType, kind, text, "write 0x and pairs of hexadecimal digits"));
  }
  return *bytes;
}

Result<WasmValue> parse_v128(std::string_view text) {
  const Bytes bytes = TRY(parse_hex(ValueKind::kV128, text));
  V128 value;
  if (bytes.size() != value.bytes.size()) {
    return std::unexpected(bad_text(ErrorCode::kArgumentRange, ValueKind::kV128, text,
                                    "it takes 16 bytes, first byte first"));
  }
  std::memcpy(value.bytes.data(), bytes.data(), bytes.size());
  return WasmValue(value);
}

Result<WasmValue> parse_bool(std::string_view text) {
  if (text == "true") return WasmValue(true);
  if (text == "false") return WasmValue(false);
  return std::unexpected(
      bad_text(ErrorCode::kArgumentType, ValueKind::kBool, text, "write true or false"));
}

Result<WasmValue> parse_null(ValueKind kind, std::string_view text) {
  if (text != "null") {
    return std::unexpected(
        bad_text(ErrorCode::kArgumentType, kind, text, "only null can be written"));
  }
  if (kind == ValueKind::kFuncRef) return WasmValue(FuncRef{});
  if (kind == ValueKind::kExternRef) return WasmValue(ExternRef{});
  return WasmValue::null();
}

}  // namespace

std::string_view to_string(ValueKind kind) { return kKindNames.at(static_cast<std::size_t>(kind)); }

std::string WasmValue::to_text() const { return std::visit(TextPrinter{}, storage_); }

Result<WasmValue> WasmValue::parse(ValueKind kind, std::string_view text) {
  switch (kind) {
    case ValueKind::kI32: return parse_integer_value<std::int32_t>(kind, text);
    case ValueKind::kI64: return parse_integer_value<std::int64_t>(kind, text);
    case ValueKind::kF32: return WasmValue(TRY(parse_float<float>(to_string(kind), text)));
    case ValueKind::kF64: return WasmValue(TRY(parse_float<double>(to_string(kind), text)));
    case ValueKind::kV128: return parse_v128(text);
    case ValueKind::kBytes: return WasmValue(TRY(parse_hex(kind, text)));
    case ValueKind::kString: return WasmValue(text);
    case ValueKind::kBool: return parse_bool(text);
    case ValueKind::kFuncRef:
    case ValueKind::kExternRef:
    case ValueKind::kNull: return parse_null(kind, text);
    case ValueKind::kList:
    case ValueKind::kRecord: return parse_json_content(kind, text);
  }
  std::unreachable();
}

WasmRecord::WasmRecord() = default;
WasmRecord::WasmRecord(std::initializer_list<WasmField> named) : fields(named) {}
WasmRecord::WasmRecord(const WasmRecord&) = default;
WasmRecord::WasmRecord(WasmRecord&&) noexcept = default;
WasmRecord& WasmRecord::operator=(const WasmRecord&) = default;
WasmRecord& WasmRecord::operator=(WasmRecord&&) noexcept = default;
WasmRecord::~WasmRecord() = default;

const WasmValue* WasmRecord::find(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &WasmField::name);
  return found == fields.end() ? nullptr : &found->value;
}

bool WasmList::operator==(const WasmList& other) const { return items == other.items; }
bool WasmRecord::operator==(const WasmRecord& other) const { return fields == other.fields; }

bool WasmValue::operator==(const WasmValue& other) const {
  if (const auto* mine = get_if<float>()) {
    const auto* theirs = other.get_if<float>();
    return theirs != nullptr &&
           std::bit_cast<std::uint32_t>(*mine) == std::bit_cast<std::uint32_t>(*theirs);
  }
  if (const auto* mine = get_if<double>()) {
    const auto* theirs = other.get_if<double>();
    return theirs != nullptr &&
           std::bit_cast<std::uint64_t>(*mine) == std::bit_cast<std::uint64_t>(*theirs);
  }
  return storage_ == other.storage_;
}

}  // namespace synapsed
