#pragma once

/// \file
/// Compares declarations in the notation of the section `synapsed:interface` with C++ types, while
/// compiling. A type is text without spaces; `_` is no type.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/guest/declaration.hpp>

namespace synapsed::guest {

/// Reads a declaration from left to right.
class Reader {
 public:
  constexpr explicit Reader(std::string_view text) : rest_(text) {}

  /// True when `token` came next, and was read.
  constexpr bool take(std::string_view token) {
    skip_spaces();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  /// A name; empty when none comes next.
  constexpr std::string_view take_name() {
    skip_spaces();
    std::size_t length = 0;
    while (length < rest_.size() &&
           (is_letter(rest_[length]) || (length > 0 && is_inside_name(rest_[length])))) {
      ++length;
    }
    const std::string_view name = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return name;
  }

  /// Everything up to a comma or parenthesis that is not inside angle brackets, without spaces.
  constexpr std::string take_type() {
    std::string type;
    for (int depth = 0; !rest_.empty(); rest_.remove_prefix(1)) {
      const char c = rest_.front();
      if (depth == 0 && (c == ',' || c == ')')) break;
      depth += c == '<' ? 1 : c == '>' ? -1 : 0;
      if (!is_space(c)) type += c;
    }
    return type;
  }

  constexpr bool at_end() {
    skip_spaces();
    return rest_.empty();
  }

 private:
  static constexpr bool is_space(char c) { return c == ' '; }
  static constexpr bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }
  static constexpr bool is_inside_name(char c) { return (c >= '0' && c <= '9') || c == '-'; }
  constexpr void skip_spaces() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }

  std::string_view rest_;
};

constexpr std::string decimal(std::size_t number) {
  return (number < 10 ? std::string() : decimal(number / 10)) +
         static_cast<char>('0' + number % 10);
}

struct Parameter {
  std::string_view name;
  std::string type;
};

/// What a signature declares; `fault` says where it cannot be read.
struct Signature {
  std::vector<Parameter> params;
  std::string result = "_";
  Fault fault;
};

constexpr Fault read_params(Reader& reader, std::vector<Parameter>& params) {
  if (reader.take(")")) return {};
  do {
    const std::string place = "parameter " + decimal(params.size() + 1);
    const std::string_view name = reader.take_name();
    if (name.empty() || !reader.take(":")) return {place, "has no name and type", ""};
    for (const Parameter& other : params) {
      if (other.name == name) return {place, "repeats the name " + std::string(name), ""};
    }
    params.push_back({name, reader.take_type()});
  } while (reader.take(","));
  if (reader.take(")")) return {};
  return {"parameter list", "lacks the closing parenthesis", ""};
}

constexpr Signature read_signature(std::string_view text) {
  Signature signature;
  Reader reader(text);
  if (!reader.take("func") || !reader.take("(")) {
    signature.fault = {"text", "does not begin with func(", ""};
    return signature;
  }
  signature.fault = read_params(reader, signature.params);
  if (!signature.fault.place.empty()) return signature;
  if (reader.take("->")) signature.result = reader.take_type();
  if (!reader.at_end()) signature.fault = {"text", "goes on after its end", ""};
  return signature;
}

/// `params` and `result` are the types of the C++ function.
constexpr Fault check_signature(std::string_view text, const std::vector<std::string>& params,
                                const std::string& result) {
  const Signature signature = read_signature(text);
  if (!signature.fault.place.empty()) return signature.fault;
  if (signature.params.size() != params.size()) {
    return {"number of parameters", decimal(signature.params.size()), decimal(params.size())};
  }
  for (std::size_t i = 0; i < params.size(); ++i) {
    const auto& [name, type] = signature.params[i];
    if (type == params[i]) continue;
    return {"parameter " + decimal(i + 1) + ", " + std::string(name), type, params[i]};
  }
  if (signature.result == result) return {};
  return {"result", signature.result, result};
}

constexpr std::string without_spaces(std::string_view text) { return Reader(text).take_type(); }

}  // namespace synapsed::guest
