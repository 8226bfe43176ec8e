#pragma once

/// \file
/// A guest function called like a C++ one: its type is checked once, when it is looked up.
///
/// Thread rule: that of its store.

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

#include "engine/store.hpp"

namespace synapsed::engine {

template <typename T>
struct RawTraits;

template <>
struct RawTraits<std::int32_t> {
  static constexpr ValueType::Kind kKind = ValueType::Kind::kI32;
  static std::int32_t get(const RawValue& raw) { return raw.i32; }
};
template <>
struct RawTraits<std::int64_t> {
  static constexpr ValueType::Kind kKind = ValueType::Kind::kI64;
  static std::int64_t get(const RawValue& raw) { return raw.i64; }
};
template <>
struct RawTraits<float> {
  static constexpr ValueType::Kind kKind = ValueType::Kind::kF32;
  static float get(const RawValue& raw) { return raw.f32; }
};
template <>
struct RawTraits<double> {
  static constexpr ValueType::Kind kKind = ValueType::Kind::kF64;
  static double get(const RawValue& raw) { return raw.f64; }
};

template <typename Signature>
class TypedFunction;

template <typename Return, typename... Arguments>
class TypedFunction<Return(Arguments...)> {
 public:
  /// Errors: `call.unknown_export`, `call.argument_type`.
  [[nodiscard]] static Result<TypedFunction> find(Store& store, const Instance& instance,
                                                  std::string_view name) {
    const auto function = store.function(instance, name);
    if (!function) {
      return std::unexpected(
          Error(ErrorCode::kUnknownExport, fmt::format("no function \"{}\" is exported", name)));
    }
    const FunctionType actual = store.type_of(*function);
    if (actual != expected_type()) {
      return std::unexpected(Error(ErrorCode::kArgumentType,
                                   fmt::format("function \"{}\" has type {}, not {}", name,
                                               to_string(actual), to_string(expected_type()))));
    }
    return TypedFunction(store, *function);
  }

  CallResult<Return> operator()(Arguments... arguments) const {
    constexpr std::size_t kSlots = std::max<std::size_t>(sizeof...(Arguments), 1);
    std::array<RawValue, kSlots> values{RawValue(arguments)...};
    const auto called = store_->call(function_, values);
    if (!called) return std::unexpected(called.error());
    if constexpr (std::is_void_v<Return>) {
      return {};
    } else {
      return RawTraits<Return>::get(values[0]);
    }
  }

 private:
  TypedFunction(Store& store, Function function) : store_(&store), function_(function) {}

  static FunctionType expected_type() {
    FunctionType type{.params = {ValueType{.kind = RawTraits<Arguments>::kKind}...},
                      .results = {}};
    if constexpr (!std::is_void_v<Return>) {
      type.results.push_back(ValueType{.kind = RawTraits<Return>::kKind});
    }
    return type;
  }

  Store* store_;
  Function function_;
};

}  // namespace synapsed::engine
