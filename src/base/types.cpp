#include <synapsed/types.hpp>

#include <array>

#include <fmt/format.h>

namespace synapsed {
namespace {

constexpr std::array<std::string_view, 16> kHeapNames{
    "func", "nofunc", "func", "extern", "noextern", "any",    "none", "eq",
    "i31",  "array",  "array", "struct", "struct",  "exn",    "exn",  "noexn"};
constexpr std::array<std::string_view, 5> kNumberNames{"i32", "i64", "f32", "f64", "v128"};

std::string list(const std::vector<ValueType>& types) {
  std::string text;
  for (const ValueType& type : types) {
    if (!text.empty()) text += ", ";
    text += to_string(type);
  }
  return text;
}

std::string limits(std::uint64_t minimum, const std::optional<std::uint64_t>& maximum) {
  return maximum ? fmt::format("{}..{}", minimum, *maximum) : fmt::format("{}..", minimum);
}

struct Printer {
  std::string operator()(const FunctionType& type) const { return "func " + to_string(type); }
  std::string operator()(const GlobalType& type) const {
    return fmt::format("global {}{}", type.is_mutable ? "mut " : "", to_string(type.value));
  }
  std::string operator()(const TableType& type) const {
    return fmt::format("table {} {}", limits(type.minimum, type.maximum), to_string(type.element));
  }
  std::string operator()(const MemoryType& type) const {
    std::string text = fmt::format("memory {} pages", limits(type.minimum, type.maximum));
    if (type.page_bytes != 65536) text += fmt::format(" of {} bytes", type.page_bytes);
    if (type.is_64) text += " i64";
    if (type.is_shared) text += " shared";
    return text;
  }
  std::string operator()(const TagType& type) const {
    return fmt::format("tag ({})", list(type.function.params));
  }
};

}  // namespace

std::string to_string(const ValueType& type) {
  if (type.kind != ValueType::Kind::kRef) {
    return std::string(kNumberNames.at(static_cast<std::size_t>(type.kind)));
  }
  const std::string_view heap = kHeapNames.at(static_cast<std::size_t>(type.heap));
  if (type.nullable && (type.is_func_ref() || type.is_extern_ref())) {
    return fmt::format("{}ref", heap);
  }
  return fmt::format("(ref {}{})", type.nullable ? "null " : "", heap);
}

std::string to_string(const FunctionType& type) {
  const std::string results =
      type.results.size() == 1 ? to_string(type.results[0]) : fmt::format("({})", list(type.results));
  return fmt::format("({}) -> {}", list(type.params), results);
}

std::string to_string(const ExternType& type) { return std::visit(Printer{}, type); }

std::string_view kind_name(const ExternType& type) {
  constexpr std::array<std::string_view, 5> kNames{"func", "global", "table", "memory", "tag"};
  return kNames.at(type.index());
}

}  // namespace synapsed
