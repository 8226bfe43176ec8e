#include "base/time_text.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

namespace synapsed {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;

/// Takes what is expected from the front of a text.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : rest_(text) {}

  /// A number of exactly so many digits.
  unsigned number(std::size_t digits) {
    const std::string_view text = rest_.substr(0, digits);
    is_wrong_ = is_wrong_ || text.size() != digits || !std::ranges::all_of(text, is_digit);
    if (is_wrong_) return 0;
    rest_.remove_prefix(digits);
    unsigned value = 0;
    for (const char digit : text) value = 10 * value + static_cast<unsigned>(digit - '0');
    return value;
  }
  /// Nanoseconds, of up to nine digits behind a point, if there is one.
  unsigned fraction() {
    if (!rest_.starts_with('.')) return 0;
    rest_.remove_prefix(1);
    const auto digits = static_cast<std::size_t>(
        std::ranges::find_if_not(rest_, is_digit) - rest_.begin());
    is_wrong_ = is_wrong_ || digits == 0 || digits > kDigits;
    unsigned value = number(digits);
    for (std::size_t i = digits; i < kDigits; ++i) value *= 10;
    return value;
  }
  void expect(char character) {
    is_wrong_ = is_wrong_ || !rest_.starts_with(character);
    if (!is_wrong_) rest_.remove_prefix(1);
  }
  [[nodiscard]] bool is_done() const { return !is_wrong_ && rest_.empty(); }

 private:
  static constexpr std::size_t kDigits = 9;
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::string_view rest_;
  bool is_wrong_ = false;
};

std::optional<UtcTime> read_time(std::string_view text) {
  TimeReader in(text);
  const year years(static_cast<int>(in.number(4)));
  in.expect('-');
  const month months(in.number(2));
  in.expect('-');
  const std::chrono::year_month_day date(years, months, day(in.number(2)));
  in.expect('T');
  const unsigned hours = in.number(2);
  in.expect(':');
  const unsigned minutes = in.number(2);
  in.expect(':');
  const unsigned seconds = in.number(2);
  const unsigned nanoseconds = in.fraction();
  in.expect('Z');
  const bool is_in_range = date.ok() && years >= year(1970) && years <= year(2261) &&
                           hours < 24 && minutes < 60 && seconds < 60;
  if (!in.is_done() || !is_in_range) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hours) +
         std::chrono::minutes(minutes) + std::chrono::seconds(seconds) +
         std::chrono::nanoseconds(nanoseconds);
}

}  // namespace

Result<UtcTime> parse_time(std::string_view text) {
  if (const auto time = read_time(text)) return *time;
  return std::unexpected(Error(ErrorCode::kInvalidLimit, fmt::format("\"{}\" is no time", text))
                             .help("write it as 2026-01-02T03:04:05Z; 1970 to 2261"));
}

}  // namespace synapsed
