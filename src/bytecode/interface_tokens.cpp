#include "bytecode/interface_tokens.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/try.hpp"
#include "base/utf8.hpp"

namespace synapsed::bytecode {
namespace {

constexpr std::size_t kNameBytesMax = 128;
constexpr std::string_view kSymbols = "{}()<>:;,";

bool starts_name(char character) {
  return std::isalpha(static_cast<unsigned char>(character)) != 0 || character == '_';
}
bool continues_name(char character) {
  return starts_name(character) || std::isdigit(static_cast<unsigned char>(character)) != 0 ||
         character == '-';
}
bool is_space(char character) {
  return std::string_view(" \t\r\n\0", 5).find(character) != std::string_view::npos;
}

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view text) : text_(text) {}

  Result<Token> next() {
    skip_separators();
    Token token{.text = {}, .position = {.line = line_, .column = at_ - line_start_ + 1}};
    if (at_ == text_.size()) return token;
    if (starts_name(text_[at_])) return name(token);
    return symbol(token);
  }

 private:
  void skip_separators() {
    while (at_ < text_.size()) {
      if (is_space(text_[at_])) {
        if (text_[at_++] == '\n') start_line();
      } else if (text_.substr(at_).starts_with("//")) {
        at_ = std::min(text_.find_first_of(std::string_view("\n\0", 2), at_), text_.size());
      } else {
        return;
      }
    }
  }

  Result<Token> name(Token token) {
    const std::size_t start = at_;
    // The arrow of `f->` is none of the name.
    while (at_ < text_.size() && continues_name(text_[at_]) &&
           !text_.substr(at_).starts_with("->")) {
      ++at_;
    }
    token.kind = Token::Kind::kName;
    token.text = text_.substr(start, at_ - start);
    if (token.text.size() <= kNameBytesMax) return token;
    return std::unexpected(interface_error(
        fmt::format("a name has at most {} characters, this one has {}", kNameBytesMax,
                    token.text.size()),
        token.position));
  }

  Result<Token> symbol(Token token) {
    const bool is_arrow = text_.substr(at_).starts_with("->");
    if (!is_arrow && kSymbols.find(text_[at_]) == std::string_view::npos) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      const std::string shown = std::isgraph(byte) != 0
                                    ? fmt::format("\"{}\"", text_[at_])
                                    : fmt::format("the byte {:#04x}", byte);
      return std::unexpected(interface_error("unexpected " + shown, token.position));
    }
    token.kind = Token::Kind::kSymbol;
    token.text = text_.substr(at_, is_arrow ? 2 : 1);
    at_ += token.text.size();
    return token;
  }

  void start_line() {
    ++line_;
    line_start_ = at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t line_start_ = 0;
};

/// A character never spans lines, so each line is looked at alone.
Result<void> check_utf8(std::string_view text) {
  if (is_utf8(text)) return {};
  TextPosition position;
  for (std::size_t end = text.find('\n'); is_utf8(text.substr(0, end)); end = text.find('\n')) {
    text.remove_prefix(end + 1);
    ++position.line;
  }
  return std::unexpected(interface_error("the line is not UTF-8", position));
}

}  // namespace

Error interface_error(std::string_view what, TextPosition position) {
  return Error(ErrorCode::kLoadInvalidInterface,
               fmt::format("the module's interface is not valid: {}", what))
      .at(fmt::format("section \"synapsed:interface\", line {}, column {}", position.line,
                      position.column));
}

Result<std::vector<Token>> tokenize_interface(std::string_view text) {
  TRY(check_utf8(text));
  Tokenizer tokenizer(text);
  std::vector<Token> tokens;
  do {
    tokens.push_back(TRY(tokenizer.next()));
  } while (tokens.back().kind != Token::Kind::kEnd);
  return tokens;
}

}  // namespace synapsed::bytecode
