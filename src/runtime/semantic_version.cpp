#include "runtime/semantic_version.hpp"

#include <algorithm>

namespace synapsed {
namespace {

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

/// Applies `check` to each part between dots; `count` parts, or any number when 0.
template <typename Check>
bool all_parts(std::string_view text, std::size_t count, Check check) {
  std::size_t parts = 0;
  while (true) {
    const std::size_t dot = text.find('.');
    if (!check(text.substr(0, dot))) return false;
    ++parts;
    if (dot == std::string_view::npos) return count == 0 || parts == count;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

bool is_semantic_version(std::string_view text) {
  if (const std::size_t plus = text.find('+'); plus != std::string_view::npos) {
    if (!all_parts(text.substr(plus + 1), 0, is_build_identifier)) return false;
    text = text.substr(0, plus);
  }
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    if (!all_parts(text.substr(dash + 1), 0, is_release_identifier)) return false;
    text = text.substr(0, dash);
  }
  return all_parts(text, 3, is_number);
}

}  // namespace synapsed
