// Every type of the interface, in and out: most functions return what they are given.

#include "types.hpp"

#include <cstddef>
#include <expected>
#include <span>
#include <string_view>
#include <variant>

#define ECHO(name, type, text)            \
  type name(type value) { return value; } \
  SYNAPSED_EXPORT(name, "func(value: " text ") -> " text)

ECHO(echo_bool, bool, "bool")
ECHO(echo_s8, std::int8_t, "s8")
ECHO(echo_u8, std::uint8_t, "u8")
ECHO(echo_s16, std::int16_t, "s16")
ECHO(echo_u16, std::uint16_t, "u16")
ECHO(echo_s32, std::int32_t, "s32")
ECHO(echo_u32, std::uint32_t, "u32")
ECHO(echo_s64, std::int64_t, "s64")
ECHO(echo_u64, std::uint64_t, "u64")
ECHO(echo_f32, float, "f32")
ECHO(echo_f64, double, "f64")
ECHO(echo_string, std::string, "string")
ECHO(echo_view, std::string_view, "string")
ECHO(echo_bytes, std::span<const std::byte>, "list<u8>")
ECHO(echo_list, std::vector<std::int32_t>, "list<s32>")
ECHO(echo_flags, std::vector<bool>, "list<bool>")
ECHO(echo_strings, std::vector<std::string>, "list<string>")
ECHO(echo_nested, std::vector<std::vector<std::uint8_t>>, "list<list<u8>>")
ECHO(echo_option, std::optional<std::string>, "option<string>")
ECHO(echo_option_f32, std::optional<float>, "option<f32>")

using Text = std::expected<std::string, std::int32_t>;
ECHO(echo_result, Text, "result<string, s32>")
using Mixed = std::expected<float, std::int64_t>;  // both share a 64-bit slot
ECHO(echo_mixed, Mixed, "result<f32, s64>")
using Failure = std::expected<void, double>;
ECHO(echo_failure, Failure, "result<_, f64>")
using Success = std::expected<std::uint32_t, std::monostate>;
ECHO(echo_success, Success, "result<u32>")
using Bare = std::expected<void, std::monostate>;
ECHO(echo_bare, Bare, "result")

namespace shapes {

struct point {
  std::int32_t x;
  double y;
};
SYNAPSED_RECORD(point, (x, s32), (y, f64))

struct wrapper {  // one core value
  std::int16_t value;
};
SYNAPSED_RECORD(wrapper, (value, s16))

struct line {
  point from;
  point to;
};
SYNAPSED_RECORD(line, (from, point), (to, point))

ECHO(echo_point, point, "point")
ECHO(echo_wrapper, wrapper, "wrapper")
ECHO(echo_line, line, "line")
ECHO(echo_item, item, "item")
ECHO(echo_items, std::vector<item>, "list<item>")
ECHO(echo_optional_point, std::optional<point>, "option<point>")

double length(std::span<const point> points) {  // a view of records is made of a copy
  double sum = 0;
  for (const auto& [x, y] : points) sum += x * y;
  return sum;
}
SYNAPSED_EXPORT(length, "func(points: list<point>) -> f64")

}  // namespace shapes

/// Seventeen core parameters, which therefore lie in memory.
std::string many(std::uint8_t a, std::int64_t b, const std::string& c, std::string_view d, float e,
                 const std::vector<double>& f, std::optional<std::int32_t> g, bool h,
                 std::expected<std::int64_t, std::string> i) {
  return std::to_string(a) + "," + std::to_string(b) + "," + c + "," + std::string(d) + "," +
         std::to_string(static_cast<int>(e)) + "," + std::to_string(f.size()) + "," +
         std::to_string(g.value_or(-1)) + "," + (h ? "yes" : "no") + "," +
         (i ? std::to_string(*i) : i.error());
}
SYNAPSED_EXPORT(many,
                "func(a: u8, b: s64, c: string, d: string, e: f32, f: list<f64>, g: option<s32>, "
                "h: bool, i: result<s64, string>) -> string")

/// Sixteen, which do not.
std::int64_t sixteen(std::string_view a, std::string_view b, std::string_view c, std::string_view d,
                     std::string_view e, std::string_view f, std::string_view g, std::int64_t h,
                     std::int64_t i) noexcept {
  return static_cast<std::int64_t>(a.size() + b.size() + c.size() + d.size() + e.size() + f.size() +
                                   g.size()) +
         h * i;
}
SYNAPSED_EXPORT(sixteen,
                "func(a: string, b: string, c: string, d: string, e: string, f: string, g: string, "
                "h: s64, i: s64) -> s64")

/// Once static constructors have run, whoever ran them.
static const std::string constructed = std::string(3, 'x') + "constructed";
std::string_view constructor() { return constructed; }
SYNAPSED_EXPORT(constructor, "func() -> string")

/// The module may have 4 MiB.
void exhaust() {
  std::vector<std::string> blocks;
  while (true) blocks.emplace_back(std::size_t{1} << 16, 'x');
}
SYNAPSED_EXPORT(exhaust, "func()")

void out_of_range(std::uint32_t index) {
  std::vector<int> none;
  synapsed::log(synapsed::LogLevel::kInfo, "not reached " + std::to_string(none.at(index)));
}
SYNAPSED_EXPORT(out_of_range, "func(index: u32)")
