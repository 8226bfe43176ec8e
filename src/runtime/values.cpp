#include "runtime/values.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "base/try.hpp"

namespace synapsed {
namespace {

using engine::RawValue;
using Kind = ValueType::Kind;

bool is_supported(const ValueType& type) {
  return type.kind != Kind::kRef || (type.nullable && (type.is_func_ref() || type.is_extern_ref()));
}

/// The raw value, or null when `value` is not of `type`.
std::optional<RawValue> lower(const ValueType& type, const WasmValue& value) {
  switch (type.kind) {
    case Kind::kI32:
      if (const auto* number = value.get_if<std::int32_t>()) return RawValue(*number);
      if (const auto* flag = value.get_if<bool>()) return RawValue(std::int32_t{*flag});
      return std::nullopt;
    case Kind::kI64:
      if (const auto* number = value.get_if<std::int64_t>()) return RawValue(*number);
      return std::nullopt;
    case Kind::kF32:
      if (const auto* number = value.get_if<float>()) return RawValue(*number);
      return std::nullopt;
    case Kind::kF64:
      if (const auto* number = value.get_if<double>()) return RawValue(*number);
      return std::nullopt;
    case Kind::kV128:
      if (const auto* vector = value.get_if<V128>()) {
        RawValue raw;
        std::memcpy(raw.v128, vector->bytes.data(), vector->bytes.size());
        return raw;
      }
      return std::nullopt;
    case Kind::kRef: {
      const auto* function = value.get_if<FuncRef>();
      const auto* external = value.get_if<ExternRef>();
      const bool null_of_type = (type.is_func_ref() && function && function->handle == 0) ||
                                (type.is_extern_ref() && external && external->handle == 0);
      if (null_of_type || value.kind() == ValueKind::kNull) return RawValue();
      return std::nullopt;
    }
  }
  return std::nullopt;
}

WasmValue lift(const ValueType& type, const RawValue& raw) {
  switch (type.kind) {
    case Kind::kI32: return raw.i32;
    case Kind::kI64: return raw.i64;
    case Kind::kF32: return raw.f32;
    case Kind::kF64: return raw.f64;
    case Kind::kV128: {
      V128 vector;
      std::memcpy(vector.bytes.data(), raw.v128, vector.bytes.size());
      return vector;
    }
    case Kind::kRef: break;
  }
  if (type.is_func_ref()) return FuncRef{std::bit_cast<std::uintptr_t>(raw.func_ref)};
  return ExternRef{raw.extern_ref};
}

Error mismatch(std::string_view function, std::size_t index, const ValueType& type,
               const WasmValue& value) {
  const bool needs_abi =
      value.kind() == ValueKind::kString || value.kind() == ValueKind::kBytes;
  return Error(ErrorCode::kArgumentType,
               fmt::format("parameter {} of \"{}\" has type {}, and the argument is {}", index + 1,
                           function, to_string(type), to_string(value.kind())))
      .help(needs_abi ? "strings and bytes cannot be passed to core modules in this version"
                      : "arguments are not converted: pass the type the function declares");
}

}  // namespace

Result<std::vector<RawValue>> lower_arguments(std::string_view function, const FunctionType& type,
                                              std::span<const WasmValue> arguments) {
  if (!std::ranges::all_of(type.params, is_supported) ||
      !std::ranges::all_of(type.results, is_supported)) {
    return std::unexpected(
        Error(ErrorCode::kUnsupportedType,
              fmt::format("\"{}\" has type {}, whose references the host cannot pass", function,
                          to_string(type)))
            .help("export a function of numbers, vectors, funcref and externref"));
  }
  if (arguments.size() != type.params.size()) {
    return std::unexpected(
        Error(ErrorCode::kArgumentCount,
              fmt::format("\"{}\" takes {} argument{}, and {} {} given", function,
                          type.params.size(), type.params.size() == 1 ? "" : "s",
                          arguments.size(), arguments.size() == 1 ? "was" : "were"))
            .help(fmt::format("its type is {}", to_string(type))));
  }
  std::vector<RawValue> values(std::max(type.params.size(), type.results.size()));
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto raw = lower(type.params[i], arguments[i]);
    if (!raw) return std::unexpected(mismatch(function, i, type.params[i], arguments[i]));
    values[i] = *raw;
  }
  return values;
}

std::vector<WasmValue> lift_results(const FunctionType& type, std::span<const RawValue> values) {
  std::vector<WasmValue> results;
  results.reserve(type.results.size());
  for (std::size_t i = 0; i < type.results.size(); ++i) {
    results.push_back(lift(type.results[i], values[i]));
  }
  return results;
}

}  // namespace synapsed
