#include <synapsed/interface.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace synapsed {
namespace {

using Kind = InterfaceType::Kind;

constexpr std::array<std::string_view, 13> kSimpleNames{"bool", "s8",  "u8",  "s16",  "u16",
                                                        "s32",  "u32", "s64", "u64",  "f32",
                                                        "f64",  "v128", "string"};

std::shared_ptr<const InterfaceType> shared(InterfaceType type) {
  return std::make_shared<const InterfaceType>(std::move(type));
}

template <typename T>
bool same(const std::shared_ptr<const T>& one, const std::shared_ptr<const T>& other) {
  if (one == nullptr || other == nullptr) return one == other;
  return one == other || *one == *other;
}

std::string result_text(const InterfaceType& type) {
  if (type.element == nullptr && type.error == nullptr) return "result";
  const std::string success = type.element == nullptr ? "_" : to_string(*type.element);
  if (type.error == nullptr) return fmt::format("result<{}>", success);
  return fmt::format("result<{}, {}>", success, to_string(*type.error));
}

std::string list(const std::vector<InterfaceField>& fields) {
  std::string text;
  for (const InterfaceField& field : fields) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{}: {}", field.name, to_string(field.type));
  }
  return text;
}

}  // namespace

InterfaceType InterfaceType::list_of(InterfaceType item) {
  InterfaceType type(Kind::kList);
  type.element = shared(std::move(item));
  return type;
}

InterfaceType InterfaceType::option_of(InterfaceType value) {
  InterfaceType type(Kind::kOption);
  type.element = shared(std::move(value));
  return type;
}

InterfaceType InterfaceType::result_of(std::optional<InterfaceType> success,
                                       std::optional<InterfaceType> failure) {
  InterfaceType type(Kind::kResult);
  if (success) type.element = shared(std::move(*success));
  if (failure) type.error = shared(std::move(*failure));
  return type;
}

InterfaceType InterfaceType::record_of(InterfaceRecord declared) {
  InterfaceType type(Kind::kRecord);
  type.record = std::make_shared<const InterfaceRecord>(std::move(declared));
  return type;
}

bool InterfaceType::is_bytes() const {
  return kind == Kind::kList && element->kind == Kind::kU8;
}

bool InterfaceType::operator==(const InterfaceType& other) const {
  return kind == other.kind && same(element, other.element) && same(error, other.error) &&
         same(record, other.record);
}

const InterfaceFunction* Interface::find(std::string_view function) const {
  const auto found = std::ranges::find(functions, function, &InterfaceFunction::name);
  return found == functions.end() ? nullptr : &*found;
}

std::string to_string(const InterfaceType& type) {
  switch (type.kind) {
    case Kind::kList: return fmt::format("list<{}>", to_string(*type.element));
    case Kind::kOption: return fmt::format("option<{}>", to_string(*type.element));
    case Kind::kResult: return result_text(type);
    case Kind::kRecord: return type.record->name;
    default: return std::string(kSimpleNames.at(static_cast<std::size_t>(type.kind)));
  }
}

std::string to_string(const InterfaceRecord& record) {
  return fmt::format("record {} {{ {} }}", record.name, list(record.fields));
}

std::string to_string(const InterfaceFunction& function) {
  const std::string result =
      function.result ? fmt::format(" -> {}", to_string(*function.result)) : "";
  return fmt::format("{}: func({}){};", function.name, list(function.params), result);
}

std::string to_string(const Interface& interface) {
  std::string text;
  for (const InterfaceRecord& record : interface.records) text += to_string(record) + '\n';
  for (const InterfaceFunction& function : interface.functions) text += to_string(function) + '\n';
  return text;
}

}  // namespace synapsed
