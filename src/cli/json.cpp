#include "cli/json.hpp"

#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace synapsed::cli {
namespace {

/// The double whose shortest digits are those of `value`: 0.1f prints as 0.1.
double widen(float value) {
  const std::string digits = fmt::format("{}", value);
  double wide = value;
  std::from_chars(digits.data(), digits.data() + digits.size(), wide);
  return wide;
}

Json float_json(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  return value;
}

Json value_json(const WasmValue& value) {
  switch (value.kind()) {
    case ValueKind::kI32:
      return *value.get_if<std::int32_t>();
    case ValueKind::kF32:
      return float_json(widen(*value.get_if<float>()));
    case ValueKind::kF64:
      return float_json(*value.get_if<double>());
    case ValueKind::kBool:
      return *value.get_if<bool>();
    case ValueKind::kFuncRef: {
      const auto handle = value.get_if<FuncRef>()->handle;
      return handle == 0 ? Json() : Json(std::to_string(handle));
    }
    case ValueKind::kExternRef: {
      const auto handle = value.get_if<ExternRef>()->handle;
      return handle == 0 ? Json() : Json(std::to_string(handle));
    }
    case ValueKind::kNull:
      return nullptr;
    case ValueKind::kI64:
    case ValueKind::kV128:
    case ValueKind::kBytes:
    case ValueKind::kString:
      return value.to_text();
    case ValueKind::kList:
    case ValueKind::kRecord:
      return Json::parse(value.to_text(), nullptr, false);
  }
  return nullptr;
}

template <typename T>
Json optional_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json trap_json(const Trap& trap) {
  Json frames = Json::array();
  for (const Frame& frame : trap.frames) {
    frames.push_back({{"function_index", frame.function_index},
                      {"function", or_null(frame.function_name)},
                      {"module", or_null(frame.module_name)},
                      {"offset", optional_json(frame.code_offset)},
                      {"source", or_null(frame.source)}});
  }
  return {{"kind", to_string(trap.kind)}, {"frames", std::move(frames)}};
}

}  // namespace

Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json to_json(const WasmValue& value) {
  return {{"type", to_string(value.kind())}, {"value", value_json(value)}};
}

Json typed_json(const InterfaceType& type, const WasmValue& value) {
  return {{"type", to_string(type)},
          {"value", Json::parse(synapsed::to_json(type, value), nullptr, false)}};
}

Json to_json(const Error& error) {
  return {{"code", to_string(error.code())},
          {"message", error.message()},
          {"where", or_null(error.where())},
          {"hint", or_null(error.hint())},
          {"trap", error.trap() == nullptr ? Json() : trap_json(*error.trap())}};
}

Json to_json(const ImportType& import) {
  return {{"module", import.module},
          {"name", import.name},
          {"kind", kind_name(import.type)},
          {"type", to_string(import.type)}};
}

Json to_json(const ExportType& exported) {
  return {{"name", exported.name},
          {"kind", kind_name(exported.type)},
          {"type", to_string(exported.type)}};
}

Json to_json(const MemoryType& memory) {
  return {{"minimum_pages", memory.minimum},
          {"maximum_pages", optional_json(memory.maximum)},
          {"page_bytes", memory.page_bytes},
          {"is_64", memory.is_64},
          {"is_shared", memory.is_shared}};
}

Json to_json(const TableType& table) {
  return {{"element", to_string(table.element)},
          {"minimum", table.minimum},
          {"maximum", optional_json(table.maximum)}};
}

Json to_json(const SectionInfo& section) {
  return {{"name", section.name},
          {"is_custom", section.is_custom},
          {"offset", section.offset},
          {"size_bytes", section.size_bytes}};
}

Json to_json(const FeatureInfo& feature) {
  return {{"name", feature.name},
          {"offset", feature.offset},
          {"function", feature.function ? Json(*feature.function) : Json()}};
}

Json to_json(const FunctionInfo& function) {
  return {{"index", function.index},
          {"name", or_null(function.name)},
          {"offset", function.offset},
          {"size_bytes", function.size_bytes}};
}

Json to_json(const ProducerInfo& producer) {
  return {{"field", producer.field}, {"name", producer.name}, {"version", producer.version}};
}

Json to_json(const ReachInfo& reach) {
  return {{"export", reach.exported}, {"imports", reach.imports}};
}

Json to_json(const Finding& finding) {
  return {{"rule", finding.rule},
          {"refuses", finding.refuses},
          {"message", finding.message},
          {"offset", finding.offset},
          {"function", finding.function ? Json(*finding.function) : Json()},
          {"function_name", or_null(finding.function_name)},
          {"help", or_null(finding.help)}};
}

Json to_json(const DeterminismRule& rule) {
  return {{"rule", rule.rule},
          {"met", rule.is_met},
          {"message", rule.message},
          {"offset", rule.offset},
          {"function", rule.function ? Json(*rule.function) : Json()},
          {"function_name", or_null(rule.function_name)},
          {"help", or_null(rule.help)}};
}

void print_answer(std::ostream& out, const Json& json) {
  Json answer{{"error", nullptr}};
  answer.update(json);
  print_json(out, answer);
}

void print_json(std::ostream& out, const Json& json, int indent) {
  out << json.dump(indent, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace synapsed::cli
