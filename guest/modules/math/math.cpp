// Numbers, lists of them, and records.

#include <cmath>
#include <cstdint>
#include <expected>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <synapsed/guest.hpp>

struct point {
  double x;
  double y;
};
SYNAPSED_RECORD(point, (x, f64), (y, f64))

std::uint64_t gcd(std::uint64_t left, std::uint64_t right) { return std::gcd(left, right); }
SYNAPSED_EXPORT(gcd, "func(left: u64, right: u64) -> u64")

std::expected<std::uint64_t, std::string> fibonacci(std::uint32_t n) {
  constexpr std::uint32_t kLast = 93;  // the next does not fit 64 bits
  if (n > kLast) return std::unexpected("n is larger than 93");
  std::uint64_t current = 0;
  for (std::uint64_t next = 1; n > 0; --n) current = std::exchange(next, current + next);
  return current;
}
SYNAPSED_EXPORT(fibonacci, "func(n: u32) -> result<u64, string>")

/// Nothing for an empty list.
std::optional<double> mean(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  return std::reduce(values.begin(), values.end()) / static_cast<double>(values.size());
}
SYNAPSED_EXPORT(mean, "func(values: list<f64>) -> option<f64>")

double distance(point from, point to) { return std::hypot(to.x - from.x, to.y - from.y); }
SYNAPSED_EXPORT(distance, "func(from: point, to: point) -> f64")

/// The mean of all points; nothing when there are none.
std::optional<point> centroid(const std::vector<point>& points) {
  if (points.empty()) return std::nullopt;
  point sum{0, 0};
  for (const auto& [x, y] : points) sum = {sum.x + x, sum.y + y};
  const auto count = static_cast<double>(points.size());
  return point{sum.x / count, sum.y / count};
}
SYNAPSED_EXPORT(centroid, "func(points: list<point>) -> option<point>")
