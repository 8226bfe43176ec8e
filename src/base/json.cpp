#include "base/json.hpp"

#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace synapsed {
namespace {

constexpr std::array<std::string_view, 6> kKindNames{"null",     "a boolean", "a number",
                                                     "a string", "an array",  "an object"};

/// Receives what the reader finds, and makes the tree of it.
class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return add({}); }
  bool boolean(bool value) override { return add({.kind = JsonNode::Kind::kBool, .flag = value}); }
  bool number_integer(number_integer_t value) override {
    return number(value == 0 ? "-0" : fmt::format("{}", value));  // 0 has come with a sign
  }
  bool number_unsigned(number_unsigned_t value) override {
    return number(fmt::format("{}", value));
  }
  bool number_float(number_float_t /*rounded*/, const string_t& digits) override {
    std::string text = digits;
    for (char& character : text) {
      if (!is_of_number(character)) character = '.';  // some locale's point
    }
    return number(std::move(text));
  }
  bool string(string_t& value) override {
    return add({.kind = JsonNode::Kind::kString, .text = std::move(value)});
  }
  bool binary(binary_t& /*bytes*/) override { return false; }  // JSON text has none
  bool start_object(std::size_t /*size*/) override { return open(JsonNode::Kind::kObject); }
  bool start_array(std::size_t /*size*/) override { return open(JsonNode::Kind::kArray); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    open_.back().keys.push_back(std::move(name));
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*reason*/) override {
    error_ = Error(ErrorCode::kArgumentType, "this is no JSON")
                 .at(fmt::format("byte {}", position == 0 ? 0 : position - 1));
    return false;
  }

  Result<JsonNode> take() && {
    if (error_) return std::unexpected(std::move(*error_));
    return std::move(root_);
  }

 private:
  static bool is_of_number(char character) {
    return std::string_view("0123456789+-eE").find(character) != std::string_view::npos;
  }
  bool number(std::string text) {
    return add({.kind = JsonNode::Kind::kNumber, .text = std::move(text)});
  }
  bool add(JsonNode node) {
    (open_.empty() ? root_ : open_.back().items.emplace_back()) = std::move(node);
    return true;
  }
  bool open(JsonNode::Kind kind) {
    if (open_.size() == kJsonDepthMax) {
      error_ = Error(ErrorCode::kArgumentType,
                     fmt::format("JSON is nested more than {} deep", kJsonDepthMax));
      return false;
    }
    open_.push_back({.kind = kind});
    return true;
  }
  bool close() {
    JsonNode done = std::move(open_.back());
    open_.pop_back();
    return add(std::move(done));
  }

  JsonNode root_;
  std::vector<JsonNode> open_;  // arrays and objects not yet at their end, outermost first
  std::optional<Error> error_;
};

}  // namespace

std::string_view JsonNode::kind_name() const {
  return kKindNames.at(static_cast<std::size_t>(kind));
}

Result<JsonNode> parse_json(std::string_view text) {
  TreeBuilder builder;
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder).take();
}

std::string quoted_json(std::string_view text) {
  std::string quoted = "\"";
  for (const char character : text) {
    switch (character) {
      case '"': quoted += "\\\""; break;
      case '\\': quoted += "\\\\"; break;
      case '\n': quoted += "\\n"; break;
      case '\r': quoted += "\\r"; break;
      case '\t': quoted += "\\t"; break;
      default:
        if (static_cast<unsigned char>(character) < 0x20) {
          quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(character));
        } else {
          quoted += character;
        }
    }
  }
  return quoted + '"';
}

}  // namespace synapsed
