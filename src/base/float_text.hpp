#pragma once

/// \file
/// Reading decimal and hexadecimal floating-point numbers, independent of the locale.

#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace synapsed {

template <typename Float>
struct FloatText {
  Float value = 0;
  std::size_t length = 0;  ///< characters read; 0: no number
  bool out_of_range = false;
};

/// Reads the longest number at the start of `digits`: no sign, no `0x` prefix.
template <typename Float>
FloatText<Float> read_float(std::string_view digits, bool hexadecimal) {
  if (digits.starts_with('-') || digits.starts_with('+')) return {};
#ifdef __cpp_lib_to_chars
  FloatText<Float> result;
  const auto [rest, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), result.value,
                      hexadecimal ? std::chars_format::hex : std::chars_format::general);
  result.out_of_range = error == std::errc::result_out_of_range;
  if (error == std::errc{}) result.length = static_cast<std::size_t>(rest - digits.data());
  return result;
#else
  // A standard library without floating-point from_chars has no locales to be misled by either.
  if (!digits.empty() && std::isspace(static_cast<unsigned char>(digits.front()))) return {};
  const std::string text = (hexadecimal ? "0x" : "") + std::string(digits);
  char* rest = nullptr;
  errno = 0;
  FloatText<Float> result;
  if constexpr (std::is_same_v<Float, float>) {
    result.value = std::strtof(text.c_str(), &rest);
  } else {
    result.value = std::strtod(text.c_str(), &rest);
  }
  result.out_of_range = errno == ERANGE;
  const auto read = static_cast<std::size_t>(rest - text.c_str());
  if (read > (hexadecimal ? 2U : 0U)) result.length = read - (hexadecimal ? 2U : 0U);
  return result;
#endif
}

}  // namespace synapsed
