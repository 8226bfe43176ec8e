#include "cli/guest_arguments.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string_view>

namespace synapsed::cli {
namespace {

/// `-5`, `-.5`, `-0x10`, `-inf`, `-nan`.
bool reads_like_a_negative_number(std::string_view token) {
  if (!token.starts_with('-')) return false;
  const std::string_view digits = token.substr(1);
  if (digits == "inf" || digits == "nan") return true;
  const std::size_t first = digits.starts_with('.') ? 1 : 0;
  return first < digits.size() && std::isdigit(static_cast<unsigned char>(digits[first])) != 0;
}

bool is_option(std::string_view token) { return token.size() > 1 && token.starts_with('-'); }

/// True when the parser will take the next token as the value of `token`.
bool takes_next_token(const CLI::App& app, const std::string& token) {
  if (token.contains('=')) return false;
  const CLI::Option* option = app.get_option_no_throw(token);
  return option != nullptr && option->get_expected_min() > 0;
}

SplitCommandLine split_at(const std::vector<std::string>& tokens, std::size_t ours_end,
                          std::size_t guest_begin) {
  const auto at = [&](std::size_t index) {
    return tokens.begin() + static_cast<std::ptrdiff_t>(std::min(index, tokens.size()));
  };
  return {.ours = {tokens.begin(), at(ours_end)}, .guest = {at(guest_begin), tokens.end()}};
}

}  // namespace

SplitCommandLine split_guest_arguments(const CLI::App& run,
                                       const std::vector<std::string>& tokens) {
  bool have_file = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string& token = tokens[i];
    if (token == "--") {
      return have_file ? split_at(tokens, i, i + 1) : split_at(tokens, i + 2, i + 2);
    }
    if (is_option(token) && !(have_file && reads_like_a_negative_number(token))) {
      if (takes_next_token(run, token)) ++i;
      continue;
    }
    if (have_file) return split_at(tokens, i, i);
    have_file = true;
  }
  return split_at(tokens, tokens.size(), tokens.size());
}

}  // namespace synapsed::cli
