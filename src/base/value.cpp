#include <synapsed/value.hpp>

#include <bit>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>
#include <optional>

#include <fmt/format.h>

#include "base/float_text.hpp"
#include "base/hex.hpp"
#include "base/try.hpp"

namespace synapsed {
namespace {

constexpr std::array<std::string_view, 11> kKindNames{
    "i32", "i64", "f32", "f64", "v128", "funcref", "externref", "bytes", "string", "bool", "null"};

Error bad_text(ErrorCode code, ValueKind kind, std::string_view text, std::string_view why) {
  return Error(code, fmt::format("\"{}\" is not a value of type {}: {}", text, to_string(kind), why));
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
};

/// The text without `_` between digits; null when one stands elsewhere.
std::optional<std::string> without_separators(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      plain += text[i];
      continue;
    }
    const bool inside = i > 0 && i + 1 < text.size() && std::isxdigit(text[i - 1]) != 0 &&
                        std::isxdigit(text[i + 1]) != 0;
    if (!inside) return std::nullopt;
  }
  return plain;
}

/// Magnitude and sign of an integer, decimal or hexadecimal.
struct Magnitude {
  std::uint64_t value = 0;
  bool negative = false;
};

Result<Magnitude> parse_magnitude(ValueKind kind, std::string_view text) {
  const auto plain = without_separators(text);
  if (!plain) {
    return std::unexpected(bad_text(ErrorCode::kArgumentType, kind, text, "misplaced \"_\""));
  }
  std::string_view digits = *plain;
  Magnitude magnitude;
  if (digits.starts_with('-') || digits.starts_with('+')) {
    magnitude.negative = digits.front() == '-';
    digits.remove_prefix(1);
  }
  const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
  if (hexadecimal) digits.remove_prefix(2);
  const char* end = digits.data() + digits.size();
  const auto [rest, error] =
      std::from_chars(digits.data(), end, magnitude.value, hexadecimal ? 16 : 10);
  if (error == std::errc::result_out_of_range) {
    return std::unexpected(bad_text(ErrorCode::kArgumentRange, kind, text, "it is out of range"));
  }
  if (error != std::errc{} || rest != end) {
    return std::unexpected(
        bad_text(ErrorCode::kArgumentType, kind, text, "write an integer, decimal or 0x…"));
  }
  return magnitude;
}

template <typename Signed>
Result<WasmValue> parse_integer(ValueKind kind, std::string_view text) {
  using Unsigned = std::make_unsigned_t<Signed>;
  const Magnitude magnitude = TRY(parse_magnitude(kind, text));
  const std::uint64_t most = magnitude.negative
                                 ? std::uint64_t{1} << (std::numeric_limits<Unsigned>::digits - 1)
                                 : std::numeric_limits<Unsigned>::max();
  if (magnitude.value > most) {
    return std::unexpected(bad_text(
        ErrorCode::kArgumentRange, kind, text,
        fmt::format("it is not between {} and {}", std::numeric_limits<Signed>::min(),
                    std::numeric_limits<Unsigned>::max())));
  }
  const auto bits = static_cast<Unsigned>(magnitude.negative ? 0 - magnitude.value
                                                             : magnitude.value);
  return WasmValue(static_cast<Signed>(bits));
}

template <typename Float>
Result<WasmValue> parse_float(ValueKind kind, std::string_view text) {
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
  if (hexadecimal) digits.remove_prefix(2);
  const auto number = read_float<Float>(digits, hexadecimal);
  if (number.out_of_range) {
    return std::unexpected(bad_text(ErrorCode::kArgumentRange, kind, text, "it is out of range"));
  }
  if (number.length == 0 || number.length != digits.size()) {
    return std::unexpected(
        bad_text(ErrorCode::kArgumentType, kind, text, "write a number, inf or nan"));
  }
  return WasmValue(std::copysign(number.value, negative ? Float{-1} : Float{1}));
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
    case ValueKind::kI32: return parse_integer<std::int32_t>(kind, text);
    case ValueKind::kI64: return parse_integer<std::int64_t>(kind, text);
    case ValueKind::kF32: return parse_float<float>(kind, text);
    case ValueKind::kF64: return parse_float<double>(kind, text);
    case ValueKind::kV128: return parse_v128(text);
    case ValueKind::kBytes: return WasmValue(TRY(parse_hex(kind, text)));
    case ValueKind::kString: return WasmValue(text);
    case ValueKind::kBool: return parse_bool(text);
    case ValueKind::kFuncRef:
    case ValueKind::kExternRef:
    case ValueKind::kNull: return parse_null(kind, text);
  }
  std::unreachable();
}

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
