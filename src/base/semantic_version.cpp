#include <synapsed/semantic_version.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace synapsed {
namespace {

constexpr std::size_t kTextBytesMax = 256;

bool is_digit(char character) { return character >= '0' && character <= '9'; }
bool is_identifier_character(char character) {
  return is_digit(character) || (character >= 'a' && character <= 'z') ||
         (character >= 'A' && character <= 'Z') || character == '-';
}
bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit) &&
         (text.size() == 1 || text.front() != '0');
}
bool is_build_identifier(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_identifier_character);
}
bool is_release_identifier(std::string_view text) {
  return is_build_identifier(text) && (is_number(text) || !std::ranges::all_of(text, is_digit));
}

/// The part before the next dot; `rest` loses it. Null when nothing is left.
std::optional<std::string_view> next_part(std::optional<std::string_view>& rest) {
  if (!rest) return std::nullopt;
  const std::size_t dot = rest->find('.');
  const std::string_view part = rest->substr(0, dot);
  rest = dot == std::string_view::npos ? std::nullopt : std::optional(rest->substr(dot + 1));
  return part;
}

template <typename Check>
bool all_parts(std::string_view text, Check check) {
  std::optional<std::string_view> rest = text;
  while (const auto part = next_part(rest)) {
    if (!check(*part)) return false;
  }
  return true;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  if (!is_number(text)) return std::nullopt;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{}) return std::nullopt;
  return number;
}

/// Takes what is behind `mark`, if it is there and well made.
template <typename Check>
bool take_suffix(std::string_view& text, char mark, std::string& into, Check check) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return true;
  into = text.substr(at + 1);
  text = text.substr(0, at);
  return all_parts(into, check);
}

/// Up to three numbers, the rest not written or `*`; how many there are.
struct Partial {
  SemanticVersion version;
  int numbers = 0;
};

std::optional<Partial> parse_partial(std::string_view text) {
  Partial partial;
  if (text.size() > kTextBytesMax) return std::nullopt;
  SemanticVersion& version = partial.version;
  const bool is_well_made = take_suffix(text, '+', version.build, is_build_identifier) &&
                            take_suffix(text, '-', version.prerelease, is_release_identifier);
  if (!is_well_made) return std::nullopt;
  std::optional<std::string_view> rest = text;
  bool is_open = false;
  for (std::uint64_t* number : {&version.major, &version.minor, &version.patch}) {
    const auto part = next_part(rest);
    if (!part) break;
    if (*part == "*" || *part == "x") {
      is_open = true;
      continue;
    }
    const auto value = number_of(*part);
    if (!value || is_open) return std::nullopt;
    *number = *value;
    ++partial.numbers;
  }
  const bool has_suffix = !version.prerelease.empty() || !version.build.empty();
  if (rest || (has_suffix && partial.numbers < 3)) return std::nullopt;
  return partial;
}

std::weak_ordering compare_identifiers(std::string_view a, std::string_view b) {
  const bool a_is_number = std::ranges::all_of(a, is_digit);
  const bool b_is_number = std::ranges::all_of(b, is_digit);
  if (a_is_number != b_is_number) {
    return a_is_number ? std::weak_ordering::less : std::weak_ordering::greater;
  }
  // Numbers have no zeros in front, so the longer is the larger.
  if (a_is_number && a.size() != b.size()) return a.size() <=> b.size();
  return a <=> b;
}

std::weak_ordering compare_prereleases(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return b.size() <=> a.size();
  std::optional<std::string_view> rest_a = a;
  std::optional<std::string_view> rest_b = b;
  while (true) {
    const auto part_a = next_part(rest_a);
    const auto part_b = next_part(rest_b);
    if (!part_a || !part_b) return part_a.has_value() <=> part_b.has_value();
    if (const auto order = compare_identifiers(*part_a, *part_b); order != 0) return order;
  }
}

std::unexpected<Error> invalid(std::string_view text, std::string_view what, std::string hint) {
  return std::unexpected(Error(ErrorCode::kManifestInvalid,
                               fmt::format("\"{}\" is no {}", text.substr(0, kTextBytesMax), what))
                             .help(std::move(hint)));
}

bool have_same_numbers(const SemanticVersion& a, const SemanticVersion& b) {
  return a.major == b.major && a.minor == b.minor && a.patch == b.patch;
}

}  // namespace

Result<SemanticVersion> SemanticVersion::parse(std::string_view text) {
  auto partial = parse_partial(text);
  if (partial && partial->numbers == 3) return std::move(partial->version);
  return invalid(text, "semantic version", "write it as 1.0.0 or 1.0.0-rc.1");
}

std::string SemanticVersion::to_string() const {
  std::string text = fmt::format("{}.{}.{}", major, minor, patch);
  if (!prerelease.empty()) text += '-' + prerelease;
  if (!build.empty()) text += '+' + build;
  return text;
}

std::weak_ordering SemanticVersion::operator<=>(const SemanticVersion& other) const {
  if (const auto order = major <=> other.major; order != 0) return order;
  if (const auto order = minor <=> other.minor; order != 0) return order;
  if (const auto order = patch <=> other.patch; order != 0) return order;
  return compare_prereleases(prerelease, other.prerelease);
}

class VersionRangeReader {
 public:
  explicit VersionRangeReader(std::string_view text) { range_.text_ = text; }

  std::optional<VersionRange> read() {
    std::string_view rest = range_.text_;
    if (rest.size() > kTextBytesMax) return std::nullopt;
    for (bool is_last = false; !is_last;) {
      const std::size_t comma = rest.find(',');
      is_last = comma == std::string_view::npos;
      if (!read_part(trimmed(rest.substr(0, comma)))) return std::nullopt;
      if (!is_last) rest.remove_prefix(comma + 1);
    }
    return std::move(range_);
  }

 private:
  using Kind = VersionRange::Bound::Kind;

  static std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
  }
  static bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text = trimmed(text.substr(prefix.size()));
    return true;
  }
  void bound(Kind kind, SemanticVersion version) {
    range_.bounds_.push_back({.kind = kind, .version = std::move(version)});
  }
  /// The first version that is not like this one in its first `numbers` numbers.
  static SemanticVersion after(const SemanticVersion& version, int numbers) {
    if (numbers <= 1) return {.major = version.major + 1};
    if (numbers == 2) return {.major = version.major, .minor = version.minor + 1};
    return {.major = version.major, .minor = version.minor, .patch = version.patch + 1};
  }

  bool read_part(std::string_view text) {
    if (text == "*") return true;
    if (take(text, ">=")) return read_bound(text, Kind::kAtLeast);
    if (take(text, "<=")) return read_bound(text, Kind::kAtMost);
    if (take(text, ">")) return read_bound(text, Kind::kAbove);
    if (take(text, "<")) return read_bound(text, Kind::kBelow);
    if (take(text, "=")) return read_exactly(text);
    if (take(text, "~")) {
      return read_like(text, [](const Partial& p) { return std::min(p.numbers, 2); });
    }
    take(text, "^");
    return read_like(text, [open = text.find('*') != std::string_view::npos](const Partial& p) {
      return open ? p.numbers : kept_by_caret(p);
    });
  }
  /// The numbers up to the first that is not zero: what may not change.
  static int kept_by_caret(const Partial& partial) {
    const auto& [major, minor, patch, prerelease, build] = partial.version;
    if (major != 0 || partial.numbers == 1) return 1;
    if (minor != 0 || partial.numbers == 2) return 2;
    return 3;
  }

  bool read_bound(std::string_view text, Kind kind) {
    auto partial = parse_partial(text);
    if (!partial || partial->numbers == 0) return false;
    // `>1` is above all of 1, and `<=1` reaches to the end of it.
    if (partial->numbers < 3 && kind == Kind::kAbove) {
      bound(Kind::kAtLeast, after(partial->version, partial->numbers));
    } else if (partial->numbers < 3 && kind == Kind::kAtMost) {
      bound(Kind::kBelow, after(partial->version, partial->numbers));
    } else {
      bound(kind, std::move(partial->version));
    }
    return true;
  }

  template <typename Kept>
  bool read_like(std::string_view text, const Kept& kept) {
    auto partial = parse_partial(text);
    if (!partial || partial->numbers == 0) return false;
    const int numbers = kept(*partial);
    bound(Kind::kBelow, after(partial->version, numbers));
    bound(Kind::kAtLeast, std::move(partial->version));
    return true;
  }

  bool read_exactly(std::string_view text) {
    const auto partial = parse_partial(text);
    if (partial && partial->numbers == 3) {
      return read_bound(text, Kind::kAtLeast) && read_bound(text, Kind::kAtMost);
    }
    return read_like(text, [](const Partial& like) { return like.numbers; });
  }

  VersionRange range_;
};

Result<VersionRange> VersionRange::parse(std::string_view text) {
  if (auto range = VersionRangeReader(text).read()) return std::move(*range);
  return invalid(text, "range of versions", "write it as ^1.2, ~1.2.3, =1.0.0, \">=1.0, <2\" or *");
}

bool VersionRange::contains(const SemanticVersion& version) const {
  for (const auto& [kind, limit] : bounds_) {
    const auto order = version <=> limit;
    const bool holds = (kind == Bound::Kind::kAtLeast && order >= 0) ||
                       (kind == Bound::Kind::kAbove && order > 0) ||
                       (kind == Bound::Kind::kBelow && order < 0) ||
                       (kind == Bound::Kind::kAtMost && order <= 0);
    if (!holds) return false;
  }
  return version.prerelease.empty() || std::ranges::any_of(bounds_, [&](const Bound& bound) {
           return !bound.version.prerelease.empty() && have_same_numbers(bound.version, version);
         });
}

}  // namespace synapsed
