#pragma once

/// \file
/// Host functions: what guests may import. Owned by the room `host`.
///
/// A typed host function is a C++ callable whose declaration says everything: its WebAssembly
/// signature and the checks of what the guest passes follow from its parameters.
///
///     runtime.host_functions().define("env", "log",
///         [](CallContext& call, GuestString text) { print(call.module(), text.view()); });
///
/// | parameter                     | WebAssembly      | checked                          |
/// |-------------------------------|------------------|----------------------------------|
/// | `std::int32_t`, `uint32_t`    | `i32`            |                                  |
/// | `std::int64_t`, `uint64_t`    | `i64`            |                                  |
/// | `float`, `double`, `V128`     | `f32`, `f64`, `v128` |                              |
/// | `GuestBytes`                  | `i32 i32`: pointer, length   | inside the guest's memory |
/// | `GuestString`                 | `i32 i32`: pointer, length   | inside, and UTF-8    |
/// | `GuestBuffer`                 | `i32 i32`: pointer, capacity | inside the guest's memory |
/// | `CallContext&`, only as first | nothing          |                                  |
///
/// Results: nothing, a number or `V128`, a `std::tuple` of these, or `Result` of any of these; an
/// error ends the guest with it. A callable of another shape does not compile.
///
/// Thread rule: a callable may be called from several threads at once. `HostFunctions` is safe
/// from any thread; everything else lives during one call, on the guest's thread.

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/raw_value.hpp>
#include <synapsed/types.hpp>
#include <synapsed/value.hpp>

namespace synapsed {

/// What a host function knows of the call it serves.
class CallContext {
 public:
  CallContext(const CallContext&) = delete;
  CallContext& operator=(const CallContext&) = delete;

  [[nodiscard]] std::string_view module() const;  ///< the calling module's name
  [[nodiscard]] std::string_view tenant() const;  ///< the execution's; empty when it has none
  /// When the execution ends; `time_point::max()` when it has no deadline.
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const;
  [[nodiscard]] bool is_cancelled() const;

  /// `length` bytes of the guest's memory (its export `memory`) from `offset`. Valid during the
  /// call. Error: `call.out_of_bounds`, also when the guest exports no memory.
  [[nodiscard]] Result<std::span<std::byte>> memory(std::uint32_t offset, std::uint32_t length);

  /// Ends the guest, successfully, when the host function returns. `code`: 0..125.
  void exit(int code) { exit_code_ = code; }

  struct Impl;

 private:
  friend struct CallContextAccess;
  explicit CallContext(Impl& impl) : impl_(impl) {}
  Impl& impl_;
  std::optional<int> exit_code_;
};

/// Bytes the guest passes. Cannot be copied, moved or kept.
class GuestBytes {
 public:
  explicit GuestBytes(std::span<const std::byte> bytes) : bytes_(bytes) {}
  GuestBytes(const GuestBytes&) = delete;
  GuestBytes& operator=(const GuestBytes&) = delete;
  [[nodiscard]] std::span<const std::byte> view() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

/// UTF-8 text the guest passes. Cannot be copied, moved or kept.
class GuestString {
 public:
  explicit GuestString(std::string_view text) : text_(text) {}
  GuestString(const GuestString&) = delete;
  GuestString& operator=(const GuestString&) = delete;
  [[nodiscard]] std::string_view view() const { return text_; }

 private:
  std::string_view text_;
};

/// Room the guest offers for a result. Cannot be copied, moved or kept.
class GuestBuffer {
 public:
  explicit GuestBuffer(std::span<std::byte> room) : room_(room) {}
  GuestBuffer(const GuestBuffer&) = delete;
  GuestBuffer& operator=(const GuestBuffer&) = delete;
  [[nodiscard]] std::size_t capacity() const { return room_.size(); }
  /// Writes `bytes` from the start and returns their number. Error: `call.out_of_bounds` when they
  /// do not fit; then nothing is written.
  Result<std::uint32_t> write(std::span<const std::byte> bytes);

 private:
  std::span<std::byte> room_;
};

/// A host function ready to be called with raw values.
class HostCallable {
 public:
  virtual ~HostCallable() = default;
  /// `values` holds the arguments and takes the results. An error ends the guest.
  [[nodiscard]] virtual std::optional<Error> call(CallContext& context,
                                                  std::span<RawValue> values) const = 0;
};

namespace host_detail {

using Kind = ValueType::Kind;

template <typename T>
inline constexpr bool kIsNumber =
    std::same_as<T, std::int32_t> || std::same_as<T, std::uint32_t> ||
    std::same_as<T, std::int64_t> || std::same_as<T, std::uint64_t> || std::same_as<T, float> ||
    std::same_as<T, double> || std::same_as<T, V128>;

template <typename T>
inline constexpr bool kIsSpan = std::same_as<T, GuestBytes> || std::same_as<T, GuestString> ||
                                std::same_as<T, GuestBuffer>;

template <typename T>
constexpr Kind kind_of() {
  if constexpr (sizeof(T) == 16) return Kind::kV128;
  else if constexpr (std::same_as<T, float>) return Kind::kF32;
  else if constexpr (std::same_as<T, double>) return Kind::kF64;
  else return sizeof(T) == 8 ? Kind::kI64 : Kind::kI32;
}

template <typename T>
T number_from(const RawValue& raw) {
  if constexpr (std::same_as<T, float>) return raw.f32;
  else if constexpr (std::same_as<T, double>) return raw.f64;
  else if constexpr (std::same_as<T, V128>) return V128{std::to_array(raw.v128)};
  else if constexpr (sizeof(T) == 8) return static_cast<T>(raw.i64);
  else return static_cast<T>(raw.i32);
}

template <typename T>
RawValue number_to(const T& value) {
  if constexpr (std::same_as<T, V128>) {
    RawValue raw;
    for (std::size_t i = 0; i < 16; ++i) raw.v128[i] = value.bytes[i];
    return raw;
  } else if constexpr (std::floating_point<T>) {
    return RawValue(value);
  } else {
    return RawValue(static_cast<std::make_signed_t<T>>(value));
  }
}

[[nodiscard]] std::optional<Error> check_span(CallContext& context, const RawValue* slots,
                                              std::size_t parameter, bool is_text);
[[nodiscard]] std::span<std::byte> checked_span(CallContext& context, const RawValue* slots);

template <typename T>
constexpr std::size_t kSlots = kIsSpan<T> ? 2 : 1;

template <typename T>
std::optional<Error> check_parameter(CallContext& context, const RawValue* slots,
                                     std::size_t parameter) {
  if constexpr (kIsSpan<T>) {
    return check_span(context, slots, parameter, std::same_as<T, GuestString>);
  } else {
    return std::nullopt;
  }
}

/// The argument, made in place: what views guest memory cannot be moved.
template <typename T>
T make_parameter(CallContext& context, const RawValue* slots) {
  if constexpr (std::same_as<T, GuestString>) {
    const auto bytes = checked_span(context, slots);
    return GuestString({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  } else if constexpr (kIsSpan<T>) {
    return T(checked_span(context, slots));
  } else {
    return number_from<T>(*slots);
  }
}

template <typename T>
struct Results {
  static_assert(kIsNumber<T>,
                "a host function returns nothing, a 32- or 64-bit integer, a float, V128, a "
                "std::tuple of these, or Result of any of these");
  static std::vector<ValueType> types() { return {ValueType{.kind = kind_of<T>()}}; }
  static std::optional<Error> store(const T& value, std::span<RawValue> out) {
    out[0] = number_to(value);
    return std::nullopt;
  }
};

template <typename... Ts>
struct Results<std::tuple<Ts...>> {
  static_assert((kIsNumber<Ts> && ...), "a host function's tuple holds numbers and V128 only");
  static std::vector<ValueType> types() { return {ValueType{.kind = kind_of<Ts>()}...}; }
  static std::optional<Error> store(const std::tuple<Ts...>& values, std::span<RawValue> out) {
    std::size_t index = 0;
    std::apply([&](const Ts&... value) { ((out[index++] = number_to(value)), ...); }, values);
    return std::nullopt;
  }
};

template <>
struct Results<void> {
  static std::vector<ValueType> types() { return {}; }
};

template <typename T>
struct Results<Result<T>> {
  static std::vector<ValueType> types() { return Results<T>::types(); }
  static std::optional<Error> store(const Result<T>& result, std::span<RawValue> out) {
    if (!result) return result.error();
    if constexpr (std::is_void_v<T>) {
      return std::nullopt;
    } else {
      return Results<T>::store(*result, out);
    }
  }
};

template <typename F>
struct SignatureOf : SignatureOf<decltype(&F::operator())> {};
template <typename R, typename... Ps>
struct SignatureOf<R (*)(Ps...)> {
  using Type = R(Ps...);
};
template <typename R, typename C, typename... Ps>
struct SignatureOf<R (C::*)(Ps...) const> {
  using Type = R(Ps...);
};

template <typename F, typename Signature>
class TypedCallable;

template <typename F, bool kWithContext, typename R, typename... Ps>
class TypedCallableBase : public HostCallable {
  static_assert(((kIsNumber<Ps> || kIsSpan<Ps>)&&...),
                "a host function's parameter is a 32- or 64-bit integer, a float, V128, GuestBytes, "
                "GuestString or GuestBuffer, by value; CallContext& may come first");

 public:
  explicit TypedCallableBase(F function) : function_(std::move(function)) {}

  static FunctionType type() {
    FunctionType result{.params = {}, .results = Results<R>::types()};
    (append_parameter<Ps>(result.params), ...);
    return result;
  }

  std::optional<Error> call(CallContext& context, std::span<RawValue> values) const override {
    return call_with(context, values, std::index_sequence_for<Ps...>{});
  }

 private:
  template <typename P>
  static void append_parameter(std::vector<ValueType>& params) {
    if constexpr (kIsSpan<P>) {
      params.insert(params.end(), 2, ValueType{.kind = Kind::kI32});
    } else {
      params.push_back({.kind = kind_of<P>()});
    }
  }

  static constexpr std::array<std::size_t, sizeof...(Ps) + 1> offsets() {
    std::array<std::size_t, sizeof...(Ps) + 1> result{};
    std::size_t index = 0;
    ((result[index + 1] = result[index] + kSlots<Ps>, ++index), ...);
    return result;
  }

  template <std::size_t... I>
  std::optional<Error> call_with(CallContext& context, std::span<RawValue> values,
                                 std::index_sequence<I...>) const {
    static constexpr auto kOffsets = offsets();
    [[maybe_unused]] const RawValue* slots = values.data();
    std::optional<Error> refused;
    const bool accepted =
        (!(refused = check_parameter<Ps>(context, slots + kOffsets[I], I)).has_value() && ...);
    if (!accepted) return refused;
    const auto invoke = [&]() -> R {
      if constexpr (kWithContext) {
        return function_(context, make_parameter<Ps>(context, slots + kOffsets[I])...);
      } else {
        return function_(make_parameter<Ps>(context, slots + kOffsets[I])...);
      }
    };
    if constexpr (std::is_void_v<R>) {
      invoke();
      return std::nullopt;
    } else {
      return Results<R>::store(invoke(), values);
    }
  }

  F function_;
};

template <typename F, typename R, typename... Ps>
class TypedCallable<F, R(Ps...)> : public TypedCallableBase<F, false, R, Ps...> {
  using TypedCallableBase<F, false, R, Ps...>::TypedCallableBase;
};
template <typename F, typename R, typename... Ps>
class TypedCallable<F, R(CallContext&, Ps...)> : public TypedCallableBase<F, true, R, Ps...> {
  using TypedCallableBase<F, true, R, Ps...>::TypedCallableBase;
};

}  // namespace host_detail

/// A host function that takes and returns `WasmValue`s.
using DynamicHostFunction =
    std::function<Result<std::vector<WasmValue>>(std::span<const WasmValue>)>;

/// The kinds a dynamic host function takes and returns. A string or bytes parameter is an `i32`
/// pointer and an `i32` length in the guest. Results are numbers or `v128`.
struct HostSignature {
  std::vector<ValueKind> params;
  std::vector<ValueKind> results;
};

struct HostFunctionInfo {
  std::string module;
  std::string name;
  std::optional<FunctionType> type;  ///< null: takes the type the importing module declares
  std::string description;           ///< one line; may be empty
};

/// The host functions of a runtime. Defining one again replaces it for modules loaded from then on.
class HostFunctions {
 public:
  HostFunctions();
  ~HostFunctions();
  HostFunctions(const HostFunctions&) = delete;
  HostFunctions& operator=(const HostFunctions&) = delete;

  /// Defines a typed host function, imported as `module.name`.
  template <typename F>
  void define(std::string module, std::string name, F function, std::string description = {}) {
    using Callable =
        host_detail::TypedCallable<F, typename host_detail::SignatureOf<F>::Type>;
    add({std::move(module), std::move(name), Callable::type(), std::move(description)},
        std::make_shared<const Callable>(std::move(function)));
  }

  /// Defines a dynamic one with the kinds it takes. Error: `call.unsupported_type`.
  Result<void> define_dynamic(std::string module, std::string name, const HostSignature& signature,
                              DynamicHostFunction function, std::string description = {});
  /// Defines a dynamic one that takes the core values of whatever type a module imports it with.
  void define_untyped(std::string module, std::string name, DynamicHostFunction function,
                      std::string description = {});

  [[nodiscard]] std::vector<HostFunctionInfo> list() const;  ///< by module and name

  struct Impl;
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  /// One of `callable` and `untyped` is set.
  void add(HostFunctionInfo info, std::shared_ptr<const HostCallable> callable,
           DynamicHostFunction untyped = {});
  std::unique_ptr<Impl> impl_;
};

}  // namespace synapsed
