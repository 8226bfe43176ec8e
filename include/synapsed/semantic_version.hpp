#pragma once

/// \file
/// Versions and ranges of versions (Semantic Versioning 2.0.0). Owned by the room `base`.
///
///     const auto range = VersionRange::parse("^1.2").value();
///     range.contains(SemanticVersion::parse("1.4.0").value());  // true
///
/// Thread rule: values.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>

namespace synapsed {

struct SemanticVersion {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t patch = 0;
  std::string prerelease;  ///< `rc.1`; empty: a release
  std::string build;       ///< `build.5`; says nothing of what comes before what

  /// `1.0.0`, `1.0.0-rc.1+build.5`, at most 256 bytes. Error: `manifest.invalid`.
  [[nodiscard]] static Result<SemanticVersion> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;

  /// By precedence (section 11): builds of one version are equal.
  [[nodiscard]] std::weak_ordering operator<=>(const SemanticVersion& other) const;
  [[nodiscard]] bool operator==(const SemanticVersion& other) const {
    return (*this <=> other) == 0;
  }
};

/// Which versions will do, as Cargo writes it: `^1.2.3` or `1.2.3` (up to the next number that may break
/// things), `~1.2`, `1.*`, `*`, `=1.2.3`, `>=1.0, <2`. All of the parts between commas must hold. A
/// prerelease is in a range only when a part names a prerelease of the same three numbers.
class VersionRange {
 public:
  /// All versions but prereleases.
  VersionRange() : text_("*") {}
  /// At most 256 bytes. Error: `manifest.invalid`.
  [[nodiscard]] static Result<VersionRange> parse(std::string_view text);

  [[nodiscard]] bool contains(const SemanticVersion& version) const;
  [[nodiscard]] const std::string& to_string() const { return text_; }  ///< as it was written
  bool operator==(const VersionRange& other) const { return text_ == other.text_; }

 private:
  friend class VersionRangeReader;
  struct Bound {
    enum class Kind : std::uint8_t { kAtLeast, kAbove, kBelow, kAtMost };
    Kind kind = Kind::kAtLeast;
    SemanticVersion version;
  };

  std::string text_;
  std::vector<Bound> bounds_;
};

}  // namespace synapsed
