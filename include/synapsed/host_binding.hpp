#pragma once

/// \file
/// How a C++ declaration becomes a host function: the templates behind `HostFunctions::define` and
/// `define_async`. Owned by the room `host`; users read host.hpp.
///
/// Thread rule: that of host.hpp.

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/host_context.hpp>
#include <synapsed/host_function.hpp>
#include <synapsed/raw_value.hpp>
#include <synapsed/types.hpp>
#include <synapsed/value.hpp>

namespace synapsed {

/// A host function whose callers wait.
class AsyncHostCallable {
 public:
  virtual ~AsyncHostCallable() = default;
  /// Starts the operation. An error ends the guest.
  [[nodiscard]] virtual StopHandle start(
      CallContext& context, const HostPrice& price, std::span<const RawValue> arguments,
      const std::shared_ptr<host_detail::Operation>& operation) const = 0;
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
                                std::same_as<T, GuestBuffer> || std::same_as<T, PendingBuffer>;

/// The types of a record's fields, from its `kGuestFields`.
template <typename Fields>
struct FieldTypes;
template <typename... Ts, typename... Rs>
struct FieldTypes<std::tuple<Ts Rs::*...>> {
  using Type = std::tuple<Ts...>;
};

template <typename T>
concept HasFields = std::is_aggregate_v<T> && requires { T::kGuestFields; };
template <HasFields T>
using FieldsOf = typename FieldTypes<std::remove_cvref_t<decltype(T::kGuestFields)>>::Type;

template <typename T>
consteval bool is_parameter() {
  if constexpr (HasFields<T>) {
    return []<typename... Fs>(std::type_identity<std::tuple<Fs...>>) {
      return (is_parameter<Fs>() && ...);
    }(std::type_identity<FieldsOf<T>>{});
  } else {
    return kIsNumber<T> || kIsSpan<T>;
  }
}

template <typename T>
consteval bool waits_for_buffer() {
  if constexpr (HasFields<T>) {
    return []<typename... Fs>(std::type_identity<std::tuple<Fs...>>) {
      return (waits_for_buffer<Fs>() || ...);
    }(std::type_identity<FieldsOf<T>>{});
  } else {
    return std::same_as<T, PendingBuffer>;
  }
}

template <typename T>
consteval bool has_span() {
  if constexpr (HasFields<T>) {
    return []<typename... Fs>(std::type_identity<std::tuple<Fs...>>) {
      return (has_span<Fs>() || ...);
    }(std::type_identity<FieldsOf<T>>{});
  } else {
    return kIsSpan<T>;
  }
}

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

/// The guest's spans, by the slot of their pointer.
template <std::size_t kSlots>
using Spans = std::array<std::span<std::byte>, kSlots>;

/// Checks a span the guest passes in two slots. False when it may not be used.
[[nodiscard]] bool find_span(CallContext& context, const RawValue* slots, bool is_text,
                             std::span<std::byte>& span);
/// Why `find_span` refused.
[[nodiscard]] StopHandle refused_span(CallContext& context, const RawValue* slots,
                                      std::size_t parameter);
[[nodiscard]] PendingBuffer pending_buffer(CallContext& context, const RawValue* slots);
/// Takes the price of a call that passes `bytes`. Error: `limit.out_of_gas`.
[[nodiscard]] StopHandle charge_call(CallContext& context, std::uint64_t bytes);
/// How the guest ends because of what the host function did beside returning; null: it goes on.
[[nodiscard]] StopHandle ending(CallContext& context);
/// What the guest gets for an error it can handle; null when the error ends it.
[[nodiscard]] std::optional<std::int32_t> guest_code(const Error& error);

template <typename T>
consteval std::size_t slots_of() {
  if constexpr (HasFields<T>) {
    return []<typename... Fs>(std::type_identity<std::tuple<Fs...>>) {
      return (std::size_t{0} + ... + slots_of<Fs>());
    }(std::type_identity<FieldsOf<T>>{});
  } else {
    return kIsSpan<T> ? 2 : 1;
  }
}

template <typename... Ts>
consteval std::array<std::size_t, sizeof...(Ts) + 1> slot_offsets() {
  std::array<std::size_t, sizeof...(Ts) + 1> result{};
  std::size_t index = 0;
  ((result[index + 1] = result[index] + slots_of<Ts>(), ++index), ...);
  return result;
}

template <typename T>
void append_types(std::vector<ValueType>& types) {
  if constexpr (HasFields<T>) {
    [&]<typename... Fs>(std::type_identity<std::tuple<Fs...>>) {
      (append_types<Fs>(types), ...);
    }(std::type_identity<FieldsOf<T>>{});
  } else if constexpr (kIsSpan<T>) {
    types.push_back({.kind = Kind::kI32});
    types.push_back({.kind = Kind::kI32});
  } else {
    types.push_back({.kind = kind_of<T>()});
  }
}

/// Checks one parameter, the number `parameter` of the declaration.
template <typename T>
StopHandle check_parameter(CallContext& context, const RawValue* slots, std::size_t parameter,
                           std::span<std::byte>* spans, std::uint64_t& bytes);

template <typename... Fs, std::size_t... I>
StopHandle check_fields(CallContext& context, const RawValue* slots, std::size_t parameter,
                        std::span<std::byte>* spans, std::uint64_t& bytes,
                        std::type_identity<std::tuple<Fs...>>, std::index_sequence<I...>) {
  constexpr auto kOffsets = slot_offsets<Fs...>();
  StopHandle refused;
  static_cast<void>(
      (!(refused = check_parameter<Fs>(context, slots + kOffsets[I], parameter,
                                       spans + kOffsets[I], bytes)) &&
       ...));
  return refused;
}

template <typename T>
StopHandle check_parameter([[maybe_unused]] CallContext& context,
                           [[maybe_unused]] const RawValue* slots,
                           [[maybe_unused]] std::size_t parameter,
                           [[maybe_unused]] std::span<std::byte>* spans,
                           [[maybe_unused]] std::uint64_t& bytes) {
  if constexpr (HasFields<T>) {
    using Fields = FieldsOf<T>;
    return check_fields(context, slots, parameter, spans, bytes, std::type_identity<Fields>{},
                        std::make_index_sequence<std::tuple_size_v<Fields>>{});
  } else if constexpr (kIsSpan<T>) {
    if (!find_span(context, slots, std::same_as<T, GuestString>, *spans)) {
      return refused_span(context, slots, parameter);
    }
    bytes += spans->size();
    return nullptr;
  } else {
    return nullptr;
  }
}

template <typename T>
T make_parameter(CallContext& context, const RawValue* slots, const std::span<std::byte>* spans);

template <typename T, typename... Fs, std::size_t... I>
T make_record(CallContext& context, const RawValue* slots, const std::span<std::byte>* spans,
              std::type_identity<std::tuple<Fs...>>, std::index_sequence<I...>) {
  constexpr auto kOffsets = slot_offsets<Fs...>();
  return T{make_parameter<Fs>(context, slots + kOffsets[I], spans + kOffsets[I])...};
}

/// The argument, made in place: what views guest memory cannot be moved.
template <typename T>
T make_parameter([[maybe_unused]] CallContext& context, const RawValue* slots,
                 [[maybe_unused]] const std::span<std::byte>* spans) {
  if constexpr (HasFields<T>) {
    using Fields = FieldsOf<T>;
    return make_record<T>(context, slots, spans, std::type_identity<Fields>{},
                          std::make_index_sequence<std::tuple_size_v<Fields>>{});
  } else if constexpr (std::same_as<T, GuestString>) {
    return GuestString({reinterpret_cast<const char*>(spans->data()), spans->size()});
  } else if constexpr (std::same_as<T, PendingBuffer>) {
    return pending_buffer(context, slots);
  } else if constexpr (kIsSpan<T>) {
    return T(*spans);
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
  static StopHandle store(const T& value, std::span<RawValue> out) {
    out[0] = number_to(value);
    return nullptr;
  }
};

template <typename... Ts>
struct Results<std::tuple<Ts...>> {
  static_assert((kIsNumber<Ts> && ...), "a host function's tuple holds numbers and V128 only");
  static std::vector<ValueType> types() { return {ValueType{.kind = kind_of<Ts>()}...}; }
  static StopHandle store(const std::tuple<Ts...>& values, std::span<RawValue> out) {
    std::size_t index = 0;
    std::apply([&](const Ts&... value) { ((out[index++] = number_to(value)), ...); }, values);
    return nullptr;
  }
};

template <>
struct Results<void> {
  static std::vector<ValueType> types() { return {}; }
};

template <typename T>
struct Results<Result<T>> {
  static std::vector<ValueType> types() { return Results<T>::types(); }
  static StopHandle store(const Result<T>& result, std::span<RawValue> out) {
    if (!result) return store_error(result.error(), out);
    if constexpr (std::is_void_v<T>) {
      return nullptr;
    } else {
      return Results<T>::store(*result, out);
    }
  }

 private:
  /// An integer result has room for the code of an error that the guest can handle.
  static StopHandle store_error(const Error& error, [[maybe_unused]] std::span<RawValue> out) {
    if constexpr (std::integral<T>) {
      if (const auto code = guest_code(error)) {
        out[0] = number_to(static_cast<std::make_signed_t<T>>(*code));
        return nullptr;
      }
    }
    return std::make_unique<Stop>(error);
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

/// Checks and makes the parameters `Ps` of a callable, and the type they have in WebAssembly.
template <bool kWithContext, typename... Ps>
struct Parameters {
  static_assert((is_parameter<Ps>() && ...),
                "a host function's parameter is a 32- or 64-bit integer, a float, V128, GuestBytes, "
                "GuestString, GuestBuffer or a record of these, by value; CallContext& may come "
                "first");

  static constexpr std::size_t kSlots = (std::size_t{0} + ... + slots_of<Ps>());

  static std::vector<ValueType> types() {
    std::vector<ValueType> result;
    result.reserve(kSlots);
    (append_types<Ps>(result), ...);
    return result;
  }

  using SpanArray = Spans<(has_span<Ps>() || ...) ? kSlots : 0>;

  /// The first two beats of a host call: check all of the guest's spans, take the price.
  static StopHandle admit(CallContext& context, const HostPrice& price, const RawValue* slots,
                          SpanArray& spans) {
    std::uint64_t bytes = 0;
    if constexpr ((has_span<Ps>() || ...)) {
      if (auto refused = check_fields(context, slots, spans.data(), bytes,
                                      std::index_sequence_for<Ps...>{})) {
        return refused;
      }
    }
    return price.is_free() ? nullptr : charge_call(context, bytes);
  }

  /// The third: act. Only after `admit`. `more` comes after the guest's arguments.
  template <typename F, typename... More>
  static decltype(auto) invoke(const F& function, CallContext& context, const RawValue* slots,
                               const SpanArray& spans, More... more) {
    return invoke_with(function, context, slots, spans.data(), std::index_sequence_for<Ps...>{},
                       std::move(more)...);
  }

 private:
  static constexpr auto kOffsets = slot_offsets<Ps...>();

  template <std::size_t... I>
  static StopHandle check_fields(CallContext& context, const RawValue* slots,
                                 std::span<std::byte>* spans, std::uint64_t& bytes,
                                 std::index_sequence<I...>) {
    StopHandle refused;
    static_cast<void>(
        (!(refused = check_parameter<Ps>(context, slots + kOffsets[I], I, spans + kOffsets[I],
                                         bytes)) &&
         ...));
    return refused;
  }

  template <typename F, std::size_t... I, typename... More>
  static decltype(auto) invoke_with(const F& function, CallContext& context,
                                    [[maybe_unused]] const RawValue* slots,
                                    [[maybe_unused]] const std::span<std::byte>* spans,
                                    std::index_sequence<I...>, More... more) {
    if constexpr (kWithContext) {
      return function(context,
                      make_parameter<Ps>(context, slots + kOffsets[I], spans + kOffsets[I])...,
                      std::move(more)...);
    } else {
      return function(make_parameter<Ps>(context, slots + kOffsets[I], spans + kOffsets[I])...,
                      std::move(more)...);
    }
  }
};

template <typename F, bool kWithContext, typename R, typename... Ps>
class TypedCallableBase : public HostFunction {
  using Declared = Parameters<kWithContext, Ps...>;
  static_assert(!(waits_for_buffer<Ps>() || ...),
                "PendingBuffer is for functions that wait: use define_async");

 public:
  TypedCallableBase(F function, const HostPrice& price)
      : function_(std::move(function)), price_(price) {}

  static FunctionType type() {
    return {.params = Declared::types(), .results = Results<R>::types()};
  }

  StopHandle call(GuestCaller& caller, std::span<RawValue> values) const override {
    CallContext context(caller, price_);
    typename Declared::SpanArray spans;
    if (auto refused = Declared::admit(context, price_, values.data(), spans)) return refused;
    if constexpr (std::is_void_v<R>) {
      Declared::invoke(function_, context, values.data(), spans);
    } else if (auto stopped =
                   Results<R>::store(Declared::invoke(function_, context, values.data(), spans),
                                     values)) {
      return stopped;
    }
    if constexpr (kWithContext || (has_span<Ps>() || ...)) {
      if (needs_ending(context)) return ending(context);
    }
    return nullptr;
  }

 private:
  F function_;
  HostPrice price_;
};

template <typename F, typename Signature>
class TypedCallable;
template <typename F, typename R, typename... Ps>
class TypedCallable<F, R(Ps...)> : public TypedCallableBase<F, false, R, Ps...> {
  using TypedCallableBase<F, false, R, Ps...>::TypedCallableBase;
};
template <typename F, typename R, typename... Ps>
class TypedCallable<F, R(CallContext&, Ps...)> : public TypedCallableBase<F, true, R, Ps...> {
  using TypedCallableBase<F, true, R, Ps...>::TypedCallableBase;
};

/// Ends the wait of a guest, once. False when it was over already. From any thread.
bool settle(Operation& operation, StopHandle stop, std::vector<RawValue> results);
void on_cancel(Operation& operation, std::function<void()> callback);
[[nodiscard]] bool is_cancelled(const Operation& operation);

/// Ends the wait with an error when the last holder goes without having ended it.
struct CompletionGuard {
  std::shared_ptr<Operation> operation;
  explicit CompletionGuard(std::shared_ptr<Operation> waiting) : operation(std::move(waiting)) {}
  CompletionGuard(const CompletionGuard&) = delete;
  CompletionGuard& operator=(const CompletionGuard&) = delete;
  ~CompletionGuard();
};

}  // namespace host_detail

/// Ends one call of an asynchronous host function. Copies end the same call; when the last is gone
/// and none was used, the guest ends with `host.function_failed`.
///
/// Thread rule: safe from any thread, also after the guest, its runtime or both are gone.
template <typename T>
class HostCompletion {
 public:
  explicit HostCompletion(std::shared_ptr<host_detail::CompletionGuard> guard)
      : guard_(std::move(guard)) {}

  /// The call's result; an error is treated as that of a function that does not wait. False, and
  /// nothing happens, when the call had ended: by another copy, a deadline or a cancellation.
  bool operator()(Result<T> result) const {
    using Stored = host_detail::Results<Result<T>>;
    std::vector<RawValue> values(Stored::types().size());
    auto failed = Stored::store(result, values);
    return host_detail::settle(*guard_->operation, std::move(failed), std::move(values));
  }

  /// Runs `callback` when the guest no longer waits because of a deadline or a cancellation; at
  /// once, and inside this call, when that has happened.
  void on_cancel(std::function<void()> callback) const {
    host_detail::on_cancel(*guard_->operation, std::move(callback));
  }
  [[nodiscard]] bool is_cancelled() const {
    return host_detail::is_cancelled(*guard_->operation);
  }

 private:
  std::shared_ptr<host_detail::CompletionGuard> guard_;
};

namespace host_detail {

template <typename T>
struct CompletionResult {
  static constexpr bool kIsCompletion = false;
};
template <typename T>
struct CompletionResult<HostCompletion<T>> {
  static constexpr bool kIsCompletion = true;
  using Type = T;
};

template <typename... Ps>
consteval bool ends_with_completion() {
  if constexpr (sizeof...(Ps) == 0) {
    return false;
  } else {
    return CompletionResult<
        std::tuple_element_t<sizeof...(Ps) - 1, std::tuple<Ps...>>>::kIsCompletion;
  }
}

/// A callable whose parameters are those of `All`, the last a `HostCompletion`.
template <typename F, bool kWithContext, typename All, typename Indices>
class AsyncCallableBase;

template <typename F, bool kWithContext, typename... All, std::size_t... I>
class AsyncCallableBase<F, kWithContext, std::tuple<All...>, std::index_sequence<I...>>
    : public AsyncHostCallable {
  using Completion = std::tuple_element_t<sizeof...(I), std::tuple<All...>>;
  using Declared = Parameters<kWithContext, std::tuple_element_t<I, std::tuple<All...>>...>;

 public:
  explicit AsyncCallableBase(F function) : function_(std::move(function)) {}

  static FunctionType type() {
    using T = typename CompletionResult<Completion>::Type;
    return {.params = Declared::types(), .results = Results<Result<T>>::types()};
  }

  StopHandle start(CallContext& context, const HostPrice& price,
                   std::span<const RawValue> arguments,
                   const std::shared_ptr<Operation>& operation) const override {
    typename Declared::SpanArray spans;
    if (auto refused = Declared::admit(context, price, arguments.data(), spans)) return refused;
    Declared::invoke(function_, context, arguments.data(), spans,
                     Completion(std::make_shared<CompletionGuard>(operation)));
    return ending(context);
  }

 private:
  F function_;
};

template <typename F, bool kWithContext, typename... Ps>
struct AsyncCallableOf {
  static_assert(ends_with_completion<Ps...>(),
                "an asynchronous host function returns nothing, and its last parameter is "
                "HostCompletion<T>");
  using Type = AsyncCallableBase<F, kWithContext, std::tuple<Ps...>,
                                 std::make_index_sequence<sizeof...(Ps) - 1>>;
};

template <typename F, typename Signature>
struct AsyncCallable;
template <typename F, typename... Ps>
struct AsyncCallable<F, void(Ps...)> : AsyncCallableOf<F, false, Ps...> {};
template <typename F, typename... Ps>
struct AsyncCallable<F, void(CallContext&, Ps...)> : AsyncCallableOf<F, true, Ps...> {};

}  // namespace host_detail
}  // namespace synapsed
