#include "base/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/float_text.hpp"
#include "base/try.hpp"

namespace synapsed {
namespace {

struct Unit {
  std::string_view name;
  double scale;
};

constexpr std::array kDurationUnits{Unit{"ns", 1},        Unit{"us", 1e3},   Unit{"ms", 1e6},
                                    Unit{"s", 1e9},       Unit{"m", 60e9},   Unit{"min", 60e9},
                                    Unit{"h", 3600e9}};

constexpr double kKibi = 1024;
constexpr std::array kByteUnits{
    Unit{"", 1},           Unit{"B", 1},
    Unit{"K", kKibi},      Unit{"KiB", kKibi},
    Unit{"M", kKibi * kKibi}, Unit{"MiB", kKibi * kKibi},
    Unit{"G", kKibi * kKibi * kKibi}, Unit{"GiB", kKibi * kKibi * kKibi},
    Unit{"T", kKibi * kKibi * kKibi * kKibi}, Unit{"TiB", kKibi * kKibi * kKibi * kKibi},
    Unit{"kB", 1e3},       Unit{"MB", 1e6},
    Unit{"GB", 1e9},       Unit{"TB", 1e12}};

Error bad_quantity(std::string_view what, std::string_view text, std::string_view why,
                   std::string_view examples) {
  return Error(ErrorCode::kInvalidLimit, fmt::format("\"{}\" is not a {}: {}", text, what, why))
      .help(fmt::format("write it as {}", examples));
}

/// Splits number and unit, and multiplies. Exact for whole numbers below 2^53.
template <std::size_t N>
Result<double> parse_quantity(std::string_view what, std::string_view text,
                              const std::array<Unit, N>& units, std::string_view examples) {
  if (text.starts_with('-')) {
    return std::unexpected(bad_quantity(what, text, "it is negative", examples));
  }
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = read_float<double>(text.substr(0, digits), false);
  if (number.length != digits || digits == 0) {
    return std::unexpected(bad_quantity(what, text, "it does not start with a number", examples));
  }
  const std::string_view unit = text.substr(digits);
  for (const Unit& candidate : units) {
    if (candidate.name == unit) return number.value * candidate.scale;
  }
  if (unit.empty() && number.value == 0) return 0;
  return std::unexpected(bad_quantity(
      what, text, unit.empty() ? "it has no unit" : fmt::format("\"{}\" is no unit", unit),
      examples));
}

}  // namespace

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  constexpr std::string_view kExamples = "200ms, 1.5s or 2m";
  const double value = TRY(parse_quantity("duration", text, kDurationUnits, kExamples));
  if (value >= 9.2e18) {
    return std::unexpected(bad_quantity("duration", text, "it is too long", kExamples));
  }
  return std::chrono::nanoseconds{std::llround(value)};
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  constexpr std::string_view kExamples = "65536, 64MiB or 1.5G";
  const double value = TRY(parse_quantity("size", text, kByteUnits, kExamples));
  if (value >= 9.2e18) {
    return std::unexpected(bad_quantity("size", text, "it is too large", kExamples));
  }
  return static_cast<std::uint64_t>(std::llround(value));
}

std::string format_duration(std::chrono::nanoseconds duration) {
  constexpr std::array<std::pair<double, std::string_view>, 4> kScales{
      {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}}};
  const auto value = static_cast<double>(duration.count());
  for (const auto& [scale, unit] : kScales) {
    if (std::abs(value) < scale && scale > 1) continue;
    const double scaled = value / scale;
    if (scaled == std::floor(scaled)) return fmt::format("{:.0f} {}", scaled, unit);
    return fmt::format("{:.3g} {}", scaled, unit);
  }
  return "0 ns";
}

std::string format_bytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"bytes", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= kKibi && unit + 1 < kUnits.size()) {
    value /= kKibi;
    ++unit;
  }
  if (value == std::floor(value)) return fmt::format("{:.0f} {}", value, kUnits[unit]);
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace synapsed
