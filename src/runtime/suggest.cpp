#include "runtime/suggest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include <fmt/format.h>

namespace synapsed {
namespace {

/// The Levenshtein distance: insertions, deletions and replacements of one character.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::string suggest(std::string_view name, std::span<const std::string_view> candidates) {
  constexpr std::size_t kLengthMax = 64;
  constexpr std::size_t kNamed = 8;
  if (candidates.empty()) return "there is none at all";
  const auto* nearest = static_cast<const std::string_view*>(nullptr);
  std::size_t least = name.size() / 3 + 1;
  for (const std::string_view& candidate : candidates) {
    if (name.size() > kLengthMax || candidate.size() > kLengthMax) continue;
    const std::size_t edits = distance(name, candidate);
    if (edits > least || (edits == least && nearest != nullptr)) continue;
    least = edits;
    nearest = &candidate;
  }
  if (nearest != nullptr) return fmt::format("did you mean \"{}\"?", *nearest);
  std::string names;
  for (std::size_t i = 0; i < std::min(candidates.size(), kNamed); ++i) {
    names += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", candidates[i].substr(0, kLengthMax));
  }
  return fmt::format("there is {}{}", names, candidates.size() > kNamed ? ", …" : "");
}

}  // namespace synapsed
