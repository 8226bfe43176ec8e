#include "host/values.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/try.hpp"
#include "base/utf8.hpp"

namespace synapsed {
namespace {

using Kind = ValueType::Kind;

bool is_supported(const ValueType& type) {
  return type.kind != Kind::kRef || (type.nullable && (type.is_func_ref() || type.is_extern_ref()));
}

/// The bytes of a string or bytes argument; null for any other kind.
std::optional<ByteSpan> span_of(const WasmValue& value) {
  if (const auto* text = value.get_if<std::string>()) return as_bytes(*text);
  if (const auto* bytes = value.get_if<Bytes>()) return ByteSpan(*bytes);
  return std::nullopt;
}

std::size_t slots_of(const WasmValue& value) { return span_of(value) ? 2 : 1; }

bool is_i32(const FunctionType& type, std::size_t slot) {
  return type.params[slot].kind == Kind::kI32;
}

Error mismatch(std::string_view function, std::size_t slot, const ValueType& type,
               const WasmValue& value) {
  return Error(ErrorCode::kArgumentType,
               fmt::format("parameter {} of \"{}\" has type {}, and the argument is {}", slot + 1,
                           function, to_string(type), to_string(value.kind())))
      .help(span_of(value) ? "strings and bytes take two i32 parameters, pointer and length"
                           : "arguments are not converted: pass the type the function declares");
}

Result<void> lower_span(std::string_view function, const FunctionType& type,
                        const WasmValue& value, std::size_t slot, LoweredCall& lowered) {
  for (const std::size_t part : {slot, slot + 1}) {
    if (!is_i32(type, part)) {
      return std::unexpected(mismatch(function, part, type.params[part], value));
    }
  }
  const ByteSpan bytes = *span_of(value);
  if (value.kind() == ValueKind::kString && !is_utf8(as_text(bytes))) {
    return std::unexpected(Error(ErrorCode::kArgumentType,
                                 fmt::format("parameter {} of \"{}\" is a string that is not UTF-8",
                                             slot + 1, function))
                               .help("pass it as bytes"));
  }
  if (bytes.size() > UINT32_MAX) {
    return std::unexpected(Error(ErrorCode::kArgumentRange,
                                 fmt::format("parameter {} of \"{}\" is longer than 4 GiB",
                                             slot + 1, function)));
  }
  lowered.pointers.push_back({.slot = slot, .block = lowered.blocks.size()});
  lowered.blocks.push_back({.contents = bytes, .alignment = 1, .pointers = {}});
  lowered.values[slot + 1].i32 = static_cast<std::int32_t>(bytes.size());
  return {};
}

}  // namespace

std::optional<RawValue> lower_value(const ValueType& type, const WasmValue& value) {
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

WasmValue lift_value(const ValueType& type, const RawValue& raw) {
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

Result<LoweredCall> lower_arguments(std::string_view function, const FunctionType& type,
                                    std::span<const WasmValue> arguments) {
  if (!std::ranges::all_of(type.params, is_supported) ||
      !std::ranges::all_of(type.results, is_supported)) {
    return std::unexpected(
        Error(ErrorCode::kUnsupportedType,
              fmt::format("\"{}\" has type {}, whose references the host cannot pass", function,
                          to_string(type)))
            .help("export a function of numbers, vectors, funcref and externref"));
  }
  std::size_t slots = 0;
  for (const WasmValue& argument : arguments) slots += slots_of(argument);
  if (slots != type.params.size()) {
    const bool has_spans = slots != arguments.size();
    return std::unexpected(
        Error(ErrorCode::kArgumentCount,
              fmt::format("\"{}\" takes {} argument{}, and {} {} given{}", function,
                          type.params.size(), type.params.size() == 1 ? "" : "s",
                          arguments.size(), arguments.size() == 1 ? "was" : "were",
                          has_spans ? ", where strings and bytes count as two" : ""))
            .help(fmt::format("its type is {}", to_string(type))));
  }
  LoweredCall lowered;
  lowered.values.resize(std::max(type.params.size(), type.results.size()));
  std::size_t slot = 0;
  for (const WasmValue& argument : arguments) {
    if (span_of(argument)) {
      TRY(lower_span(function, type, argument, slot, lowered));
    } else {
      const auto raw = lower_value(type.params[slot], argument);
      if (!raw) return std::unexpected(mismatch(function, slot, type.params[slot], argument));
      lowered.values[slot] = *raw;
    }
    slot += slots_of(argument);
  }
  return lowered;
}

std::vector<WasmValue> lift_results(const FunctionType& type, std::span<const RawValue> values) {
  std::vector<WasmValue> results;
  results.reserve(type.results.size());
  for (std::size_t i = 0; i < type.results.size(); ++i) {
    results.push_back(lift_value(type.results[i], values[i]));
  }
  return results;
}

}  // namespace synapsed
