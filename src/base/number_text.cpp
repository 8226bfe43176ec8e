#include "base/number_text.hpp"

#include <bit>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <type_traits>

#include <fmt/format.h>

#include "base/float_text.hpp"
#include "base/try.hpp"

namespace synapsed {
namespace {

constexpr std::string_view kNanBits = "nan:0x";

template <typename Float>
using BitsOf = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;

/// The text without `_` between digits; null when one stands elsewhere.
std::optional<std::string> without_separators(std::string_view text) {
  const auto is_digit = [](char character) {
    return std::isxdigit(static_cast<unsigned char>(character)) != 0;
  };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      plain += text[i];
      continue;
    }
    const bool inside =
        i > 0 && i + 1 < text.size() && is_digit(text[i - 1]) && is_digit(text[i + 1]);
    if (!inside) return std::nullopt;
  }
  return plain;
}

/// Magnitude and sign of an integer, decimal or hexadecimal.
struct Magnitude {
  std::uint64_t value = 0;
  bool negative = false;
};

Result<Magnitude> parse_magnitude(std::string_view type, std::string_view text) {
  const auto plain = without_separators(text);
  if (!plain) {
    return std::unexpected(not_of_type(ErrorCode::kArgumentType, type, text, "misplaced \"_\""));
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
    return std::unexpected(
        not_of_type(ErrorCode::kArgumentRange, type, text, "it is out of range"));
  }
  if (error != std::errc{} || rest != end) {
    return std::unexpected(not_of_type(ErrorCode::kArgumentType, type, text,
                                       "write an integer, decimal or 0x…"));
  }
  return magnitude;
}

template <typename Float>
Result<Float> parse_nan_bits(std::string_view type, std::string_view text) {
  const std::string_view digits = text.substr(kNanBits.size());
  BitsOf<Float> bits = 0;
  const char* end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, bits, 16);
  if (error == std::errc{} && rest == end && std::isnan(std::bit_cast<Float>(bits))) {
    return std::bit_cast<Float>(bits);
  }
  return std::unexpected(not_of_type(ErrorCode::kArgumentRange, type, text,
                                     "after nan: stand all bits of a NaN, 0x…"));
}

}  // namespace

Error not_of_type(ErrorCode code, std::string_view type, std::string_view text,
                  std::string_view why) {
  return Error(code, fmt::format("\"{}\" is not a value of type {}: {}", text, type, why));
}

Result<std::uint64_t> parse_integer(std::string_view type, std::string_view text,
                                    IntegerRange range) {
  const Magnitude magnitude = TRY(parse_magnitude(type, text));
  const std::uint64_t most =
      magnitude.negative ? 0 - static_cast<std::uint64_t>(range.least) : range.most;
  if (magnitude.value > most) {
    return std::unexpected(
        not_of_type(ErrorCode::kArgumentRange, type, text,
                    fmt::format("it is not between {} and {}", range.least, range.most)));
  }
  return magnitude.negative ? 0 - magnitude.value : magnitude.value;
}

template <typename Float>
Result<Float> parse_float(std::string_view type, std::string_view text) {
  if (text.starts_with(kNanBits)) return parse_nan_bits<Float>(type, text);
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
  if (hexadecimal) digits.remove_prefix(2);
  const auto number = read_float<Float>(digits, hexadecimal);
  if (number.out_of_range) {
    return std::unexpected(
        not_of_type(ErrorCode::kArgumentRange, type, text, "it is out of range"));
  }
  if (number.length == 0 || number.length != digits.size()) {
    return std::unexpected(
        not_of_type(ErrorCode::kArgumentType, type, text, "write a number, inf or nan"));
  }
  return std::copysign(number.value, negative ? Float{-1} : Float{1});
}

template <typename Float>
std::string exact_float_text(Float value) {
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  if (!std::isnan(value)) return fmt::format("{}", value);
  const auto bits = std::bit_cast<BitsOf<Float>>(value);
  const auto usual =
      std::bit_cast<BitsOf<Float>>(std::copysign(std::numeric_limits<Float>::quiet_NaN(), Float{1}));
  return bits == usual ? "nan" : fmt::format("nan:{:#0{}x}", bits, sizeof(Float) * 2 + 2);
}

template Result<float> parse_float(std::string_view, std::string_view);
template Result<double> parse_float(std::string_view, std::string_view);
template std::string exact_float_text(float);
template std::string exact_float_text(double);

}  // namespace synapsed
