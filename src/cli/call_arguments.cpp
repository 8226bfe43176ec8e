#include "cli/call_arguments.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace synapsed::cli {
namespace {

const FunctionType* find_function(const ModuleInfo& module, std::string_view name) {
  const auto found = std::ranges::find(module.exports, name, &ExportType::name);
  return found == module.exports.end() ? nullptr : std::get_if<FunctionType>(&found->type);
}

ValueKind kind_of(const ValueType& type) {
  switch (type.kind) {
    case ValueType::Kind::kI32:
      return ValueKind::kI32;
    case ValueType::Kind::kI64:
      return ValueKind::kI64;
    case ValueType::Kind::kF32:
      return ValueKind::kF32;
    case ValueType::Kind::kF64:
      return ValueKind::kF64;
    case ValueType::Kind::kV128:
      return ValueKind::kV128;
    case ValueType::Kind::kRef:
      break;
  }
  if (type.is_func_ref()) return ValueKind::kFuncRef;
  return type.is_extern_ref() ? ValueKind::kExternRef : ValueKind::kNull;
}

Error in_parameter(const Error& error, std::string_view function, std::size_t index,
                   const FunctionType& type) {
  return Error(error).at(fmt::format("parameter {} ({}) of \"{}\", a func {}", index + 1,
                                     to_string(type.params[index]), function, to_string(type)));
}

/// The same, of a function whose interface is known.
Error in_parameter(const Error& error, const InterfaceFunction& function,
                   const InterfaceField& param) {
  return Error(error).at(fmt::format("parameter \"{}\" ({}) of {}{}{}", param.name,
                                     to_string(param.type), to_string(function),
                                     error.where().empty() ? "" : " ", error.where()));
}

Result<std::vector<WasmValue>> parse_by_interface(const InterfaceFunction& function,
                                                  const std::vector<std::string>& texts) {
  std::vector<WasmValue> values(texts.size());
  if (function.params.size() != texts.size()) return values;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto value = from_text(function.params[i].type, texts[i]);
    if (!value) return std::unexpected(in_parameter(value.error(), function, function.params[i]));
    values[i] = std::move(*value);
  }
  return values;
}

}  // namespace

const InterfaceFunction* find_interface(const ModuleInfo& module, std::string_view function) {
  return module.interface ? module.interface->find(function) : nullptr;
}

Result<std::vector<WasmValue>> parse_call_arguments(const ModuleInfo& module,
                                                    std::string_view function,
                                                    const std::vector<std::string>& texts) {
  if (const auto* declared = find_interface(module, function)) {
    return parse_by_interface(*declared, texts);
  }
  std::vector<WasmValue> values(texts.size());
  const FunctionType* type = find_function(module, function);
  if (type == nullptr || type->params.size() != texts.size()) return values;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto value = WasmValue::parse(kind_of(type->params[i]), texts[i]);
    if (!value) return std::unexpected(in_parameter(value.error(), function, i, *type));
    values[i] = std::move(*value);
  }
  return values;
}

}  // namespace synapsed::cli
