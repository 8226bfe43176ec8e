#include "bytecode/interface.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/try.hpp"
#include "bytecode/interface_tokens.hpp"

namespace synapsed::bytecode {
namespace {

using Kind = InterfaceType::Kind;
using Bounds = InterfaceBounds;

/// A type with what the bounds ask about it.
struct SizedType {
  InterfaceType type;
  std::size_t depth = 1;
  std::size_t parts = 1;

  void hold(const SizedType& inner) {
    depth = std::max(depth, inner.depth + 1);
    parts += inner.parts;
  }
};

std::optional<Kind> simple_kind(std::string_view name) {
  for (unsigned i = 0; i <= static_cast<unsigned>(Kind::kString); ++i) {
    const auto kind = static_cast<Kind>(i);
    if (to_string(InterfaceType(kind)) == name) return kind;
  }
  return std::nullopt;
}

bool is_type_word(std::string_view name) {
  constexpr std::array<std::string_view, 4> kWords{"list", "option", "result", "_"};
  return simple_kind(name) || std::ranges::find(kWords, name) != kWords.end();
}

/// Recursive descent over the tokens; the nesting of types bounds its depth.
class Parser {
 public:
  explicit Parser(const std::vector<Token>& tokens) : tokens_(tokens) {}

  Result<Interface> parse() {
    while (peek().kind != Token::Kind::kEnd) {
      const bool is_record = is_name("record") && peek(1).kind == Token::Kind::kName;
      TRY(is_record ? parse_record() : parse_function());
    }
    return std::move(interface_);
  }

 private:
  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  bool is_symbol(std::string_view text) const {
    return peek().kind == Token::Kind::kSymbol && peek().text == text;
  }
  bool is_name(std::string_view text) const {
    return peek().kind == Token::Kind::kName && peek().text == text;
  }
  const Token& take() {
    const Token& token = peek();
    ++at_;
    return token;
  }
  bool take_symbol(std::string_view text) {
    const bool found = is_symbol(text);
    if (found) ++at_;
    return found;
  }

  static std::unexpected<Error> fail(const Token& token, std::string_view what) {
    return std::unexpected(interface_error(what, token.position));
  }
  std::unexpected<Error> fail_wanting(std::string_view wanted) const {
    const Token& token = peek();
    if (token.kind == Token::Kind::kEnd) {
      return fail(token, fmt::format("the text ends where {} is wanted", wanted));
    }
    return fail(token, fmt::format("\"{}\" stands where {} is wanted", token.text, wanted));
  }
  Result<void> expect(std::string_view symbol) {
    if (take_symbol(symbol)) return {};
    return fail_wanting(fmt::format("\"{}\"", symbol));
  }
  Result<Token> expect_name(std::string_view what) {
    if (peek().kind == Token::Kind::kName) return take();
    return fail_wanting(what);
  }

  Result<void> parse_record() {
    take();
    const Token name = TRY(expect_name("a record's name"));
    if (is_type_word(name.text)) {
      return fail(name, fmt::format("\"{}\" is the name of a type already", name.text));
    }
    if (records_.contains(name.text)) {
      return fail(name, fmt::format("record \"{}\" is declared twice", name.text));
    }
    if (records_.size() == Bounds::kRecordsMax) {
      return fail(name, fmt::format("there are more than {} records", Bounds::kRecordsMax));
    }
    TRY(expect("{"));
    SizedType sized;
    InterfaceRecord record{.name = std::string(name.text), .fields = {}};
    record.fields = TRY(parse_fields("}", "field", sized));
    if (record.fields.empty()) return fail(name, "a record has at least one field");
    if (sized.depth > Bounds::kDepthMax) return fail(name, too_deep());
    if (sized.parts > Bounds::kPartsMax) return fail(name, too_large());
    interface_.records.push_back(record);
    sized.type = InterfaceType::record_of(std::move(record));
    records_.emplace(name.text, std::move(sized));
    return {};
  }

  Result<void> parse_function() {
    const Token name = TRY(expect_name("a function's name"));
    if (!functions_.insert(name.text).second) {
      return fail(name, fmt::format("function \"{}\" is declared twice", name.text));
    }
    if (functions_.size() > Bounds::kFunctionsMax) {
      return fail(name, fmt::format("there are more than {} functions", Bounds::kFunctionsMax));
    }
    TRY(expect(":"));
    if (!is_name("func")) return fail_wanting("\"func\"");
    take();
    TRY(expect("("));
    SizedType sized;
    InterfaceFunction function{.name = std::string(name.text), .params = {}, .result = {}};
    function.params = TRY(parse_fields(")", "parameter", sized));
    if (take_symbol("->")) function.result = TRY(parse_type(0)).type;
    TRY(expect(";"));
    interface_.functions.push_back(std::move(function));
    return {};
  }

  /// `name: type, …` up to and with `close`; a comma may stand before it.
  Result<std::vector<InterfaceField>> parse_fields(std::string_view close, std::string_view what,
                                                   SizedType& holder) {
    std::vector<InterfaceField> fields;
    while (!take_symbol(close)) {
      const Token name = TRY(expect_name(fmt::format("a {}'s name", what)));
      if (std::ranges::find(fields, name.text, &InterfaceField::name) != fields.end()) {
        return fail(name, fmt::format("{} \"{}\" is declared twice", what, name.text));
      }
      if (fields.size() == Bounds::kFieldsMax) {
        return fail(name, fmt::format("there are more than {} {}s", Bounds::kFieldsMax, what));
      }
      TRY(expect(":"));
      SizedType type = TRY(parse_type(0));
      holder.hold(type);
      fields.push_back({.name = std::string(name.text), .type = std::move(type.type)});
      if (!is_symbol(close)) TRY(expect(","));
    }
    return fields;
  }

  /// `enclosing` types are open around this one.
  Result<SizedType> parse_type(std::size_t enclosing) {
    const Token name = TRY(expect_name("a type"));
    if (enclosing >= Bounds::kDepthMax) return fail(name, too_deep());
    SizedType type = TRY(parse_named_type(name, enclosing));
    if (type.depth + enclosing > Bounds::kDepthMax) return fail(name, too_deep());
    if (type.parts > Bounds::kPartsMax) return fail(name, too_large());
    return type;
  }

  Result<SizedType> parse_named_type(const Token& name, std::size_t enclosing) {
    if (name.text == "list") return parse_list(enclosing);
    if (name.text == "option") return parse_option(enclosing);
    if (name.text == "result") return parse_result(enclosing);
    if (const auto kind = simple_kind(name.text)) return SizedType{.type = *kind};
    const auto found = records_.find(name.text);
    if (found != records_.end()) return found->second;
    return fail(name, fmt::format("there is no type \"{}\"; a record is declared before it is used",
                                  name.text));
  }

  Result<SizedType> parse_list(std::size_t enclosing) {
    TRY(expect("<"));
    SizedType item = TRY(parse_type(enclosing + 1));
    TRY(expect(">"));
    SizedType list;
    list.hold(item);
    list.type = InterfaceType::list_of(std::move(item.type));
    return list;
  }

  Result<SizedType> parse_option(std::size_t enclosing) {
    TRY(expect("<"));
    const Token inner = peek();
    SizedType value = TRY(parse_type(enclosing + 1));
    if (value.type.kind == Kind::kOption) {
      return fail(inner, "an option of an option could not tell its two nulls apart");
    }
    TRY(expect(">"));
    SizedType option;
    option.hold(value);
    option.type = InterfaceType::option_of(std::move(value.type));
    return option;
  }

  /// `result`, `result<T>`, `result<_, E>` or `result<T, E>`.
  Result<SizedType> parse_result(std::size_t enclosing) {
    SizedType result;
    std::optional<InterfaceType> success;
    std::optional<InterfaceType> failure;
    if (take_symbol("<")) {
      const bool only_failure = is_name("_");
      if (only_failure) {
        take();
        TRY(expect(","));
      } else {
        success = TRY(parse_part(result, enclosing));
      }
      if (only_failure || take_symbol(",")) failure = TRY(parse_part(result, enclosing));
      TRY(expect(">"));
    }
    result.type = InterfaceType::result_of(std::move(success), std::move(failure));
    return result;
  }

  Result<InterfaceType> parse_part(SizedType& holder, std::size_t enclosing) {
    SizedType part = TRY(parse_type(enclosing + 1));
    holder.hold(part);
    return std::move(part.type);
  }

  static std::string too_deep() {
    return fmt::format("types nest more than {} deep", Bounds::kDepthMax);
  }
  static std::string too_large() {
    return fmt::format("the type has more than {} parts", Bounds::kPartsMax);
  }

  const std::vector<Token>& tokens_;
  std::size_t at_ = 0;
  Interface interface_;
  std::map<std::string_view, SizedType> records_;
  std::set<std::string_view> functions_;
};

}  // namespace

Result<Interface> parse_interface(std::string_view text) {
  if (text.size() > Bounds::kTextBytesMax) {
    return std::unexpected(interface_error(
        fmt::format("it has more than {} bytes", Bounds::kTextBytesMax), {}));
  }
  const std::vector<Token> tokens = TRY(tokenize_interface(text));
  return Parser(tokens).parse();
}

Result<std::optional<Interface>> read_interface(const Module& module) {
  std::optional<std::string> text;
  for (const Section& section : module.sections) {
    if (!section.is_custom() || section.name != kInterfaceSection) continue;
    if (text) {
      *text += '\n';
    } else {
      text.emplace();
    }
    *text += as_text(section.contents);
    if (text->size() > Bounds::kTextBytesMax) break;
  }
  if (!text) return std::nullopt;
  return TRY(parse_interface(*text));
}

Result<std::optional<Interface>> read_interface(ByteSpan wasm) {
  return read_interface(TRY(read_module(wasm)));
}

}  // namespace synapsed::bytecode
