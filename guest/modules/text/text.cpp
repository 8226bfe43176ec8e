// Functions of text: strings in, strings and numbers out.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/guest.hpp>

namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80; }

}  // namespace

/// ASCII letters; all others stay as they are.
std::string upper_case(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}
SYNAPSED_EXPORT(upper_case, "func(text: string) -> string")

/// By code points: a character of several keeps its marks on the wrong side.
std::string reverse(std::string_view text) {
  std::string reversed;
  reversed.reserve(text.size());
  for (std::size_t end = text.size(); end > 0;) {
    std::size_t begin = end - 1;
    while (begin > 0 && continues(text[begin])) --begin;
    reversed += text.substr(begin, end - begin);
    end = begin;
  }
  return reversed;
}
SYNAPSED_EXPORT(reverse, "func(text: string) -> string")

/// What ASCII white space separates.
std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  while (true) {
    const auto begin = std::ranges::find_if_not(text, is_space);
    if (begin == text.end()) return found;
    const auto end = std::find_if(begin, text.end(), is_space);
    found.emplace_back(begin, end);
    text = std::string_view(end, text.end());
  }
}
SYNAPSED_EXPORT(words, "func(text: string) -> list<string>")

std::uint32_t word_count(std::string_view text) {
  return static_cast<std::uint32_t>(words(text).size());
}
SYNAPSED_EXPORT(word_count, "func(text: string) -> u32")
