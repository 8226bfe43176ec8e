#pragma once

/// \file
/// Exports: a core function, as the canonical ABI asks for, around a C++ function.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <synapsed/guest/codec.hpp>
#include <synapsed/guest/declaration.hpp>
#include <synapsed/guest/memory.hpp>
#include <synapsed/guest/slots.hpp>
#include <synapsed/guest/text.hpp>

namespace synapsed::guest {

/// More parameters than this are passed as a tuple in memory.
inline constexpr std::size_t kFlatParamsMost = 16;

/// What keeps an argument during the call: the parameter's own type, except for views of what has
/// to be converted.
template <typename T>
struct Held {
  using Type = T;
};
template <typename T>
  requires(!Plain<T>)
struct Held<std::span<const T>> {
  using Type = std::vector<T>;
};

template <typename T>
inline constexpr bool kIsInput = !std::is_reference_v<T> && !std::is_pointer_v<T>;
template <typename T>
inline constexpr bool kIsInput<const T&> = true;

/// The parameters of a function, and their tuple in memory.
template <typename... Ps>
struct Params {
  static_assert((kIsInput<Ps> && ...), "an exported function takes values, or references to const");
  template <typename P>
  using CodecOf = Codec<std::remove_cvref_t<P>>;
  template <typename P>
  using HeldAs = typename Held<std::remove_cvref_t<P>>::Type;

  static constexpr auto kFlat = concatenate(CodecOf<Ps>::kFlat...);
  static constexpr bool kInMemory = kFlat.size() > kFlatParamsMost;

  static constexpr std::array<std::size_t, sizeof...(Ps) + 1> offsets() {
    std::array<std::size_t, sizeof...(Ps) + 1> result{};
    std::size_t end = 0;
    [[maybe_unused]] std::size_t index = 0;
    [[maybe_unused]] const auto place = [&](std::size_t size, std::size_t align) {
      result[index] = align_to(end, align);
      end = result[index++] + size;
    };
    (place(CodecOf<Ps>::kSize, CodecOf<Ps>::kAlign), ...);
    result[sizeof...(Ps)] = end;
    return result;
  }
  static constexpr auto kOffsets = offsets();
  static constexpr std::size_t alignment() {
    std::size_t most = 1;
    ((most = CodecOf<Ps>::kAlign > most ? CodecOf<Ps>::kAlign : most), ...);
    return most;
  }
  static constexpr std::size_t kSize = align_to(kOffsets.back(), alignment());

  static void spill([[maybe_unused]] const Slot* slots, [[maybe_unused]] std::byte* to) {
    [[maybe_unused]] std::size_t index = 0;
    [[maybe_unused]] const auto spill_one = [&]<typename P>() {
      CodecOf<P>::spill(slots, to + kOffsets[index++]);
      slots += CodecOf<P>::kFlat.size();
    };
    (spill_one.template operator()<Ps>(), ...);
  }
  static auto load([[maybe_unused]] const std::byte* from) {
    [[maybe_unused]] std::size_t index = 0;
    // In braces, which fix the order.
    return std::tuple<HeldAs<Ps>...>{Codec<HeldAs<Ps>>::load(from + kOffsets[index++])...};
  }
  static void release([[maybe_unused]] const std::byte* from) {
    [[maybe_unused]] std::size_t index = 0;
    (CodecOf<Ps>::release(from + kOffsets[index++]), ...);
  }
};

/// The result of a function: nothing, one core value, or an address in memory.
template <typename R>
struct ResultOf {
  using Type = Codec<std::remove_cvref_t<R>>;
  static constexpr std::size_t kCount = Type::kFlat.size();
  static constexpr bool kInMemory = kCount > 1;
  static constexpr bool kHasPost = kInMemory && Type::kOwnsBlocks;

  static auto core_type() {
    if constexpr (kInMemory)
      return std::int32_t{};
    else if constexpr (kCount == 1)
      return typename CoreTypeOf<Type::kFlat[0]>::Type{};
  }
  using Core = decltype(core_type());
};

template <auto kFunction, typename Pointer = decltype(kFunction)>
struct Export;

template <auto kFunction, typename R, typename... Ps>
struct Export<kFunction, R (*)(Ps...)> {
  using In = Params<Ps...>;
  using Out = ResultOf<R>;

  template <std::size_t... kIndexes>
  static auto core_function(std::index_sequence<kIndexes...>) ->
      typename Out::Core (*)(typename CoreTypeOf<In::kFlat[kIndexes]>::Type...);
  static auto core_function_type() {
    if constexpr (In::kInMemory) {
      return static_cast<typename Out::Core (*)(std::int32_t)>(nullptr);
    } else {
      return decltype(core_function(std::make_index_sequence<In::kFlat.size()>{})){};
    }
  }
  using CoreFunction = std::remove_pointer_t<decltype(core_function_type())>;

  static constexpr Fault check(std::string_view text) {
    return check_signature(text, {Codec<std::remove_cvref_t<Ps>>::name()...},
                           Codec<std::remove_cvref_t<R>>::name());
  }

  template <typename... Cores>
  static typename Out::Core enter(Cores... cores) {
    start();
    if constexpr (In::kInMemory) {
      auto* const tuple = reinterpret_cast<std::byte*>((cores, ...));
      return leave(tuple, tuple);
    } else {
      alignas(In::alignment()) std::byte tuple[In::kSize + 1];
      const Slot slots[] = {to_slot(cores)..., 0};
      In::spill(slots, tuple);
      return leave(tuple, nullptr);
    }
  }

  /// Gives back what the result in memory owns.
  static void post(std::int32_t result) {
    Out::Type::release(reinterpret_cast<const std::byte*>(result));
  }

 private:
  /// Calls the function with what lies in `tuple`. `block`, when it is not null, is the tuple's
  /// own.
  static typename Out::Core leave(const std::byte* tuple, std::byte* block) {
    auto held = In::load(tuple);
    const auto give_back = [&] {
      In::release(tuple);
      if (block != nullptr) release_block(block, In::kSize);
    };
    if constexpr (std::is_void_v<R>) {
      call(held);
      give_back();
    } else {
      const auto lowered = lower(call(held));
      give_back();
      if constexpr (Out::kCount > 0) return lowered;
    }
  }

  template <typename Tuple>
  static R call(Tuple& held) {
    return std::apply([](auto&... values) -> R { return kFunction(std::move(values)...); }, held);
  }

  template <typename T>
  static auto lower(const T& value) {
    if constexpr (Out::kInMemory) {
      alignas(Out::Type::kAlign) static std::byte area[Out::Type::kSize];
      Out::Type::store(value, area);
      return reinterpret_cast<std::int32_t>(&area);
    } else {
      return Out::Type::single(value);
    }
  }
};

template <auto kFunction, typename R, typename... Ps>
struct Export<kFunction, R (*)(Ps...) noexcept> : Export<kFunction, R (*)(Ps...)> {};

}  // namespace synapsed::guest

/// Exports `function` under its name. `text` is a literal without its name: "func(a: s32) -> s32".
#define SYNAPSED_EXPORT(function, text)                                                           \
  SYNAPSED_CHECK(::synapsed::guest::Export<&function>::check(text))                               \
  SYNAPSED_DECLARE("function_" #function, #function ": " text ";")                                \
  template <typename Core>                                                                        \
  struct synapsed_export_##function;                                                              \
  template <typename Result, typename... Cores>                                                   \
  struct synapsed_export_##function<Result(Cores...)> {                                           \
    [[clang::export_name(#function)]] static Result call(Cores... cores) {                        \
      return ::synapsed::guest::Export<&function>::enter(cores...);                               \
    }                                                                                             \
  };                                                                                              \
  template struct synapsed_export_##function<::synapsed::guest::Export<&function>::CoreFunction>; \
  template <typename Result, bool kHasPost>                                                       \
  struct synapsed_post_##function {};                                                             \
  template <typename Result>                                                                      \
  struct synapsed_post_##function<Result, true> {                                                 \
    [[clang::export_name("cabi_post_" #function)]] static void call(Result result) {              \
      ::synapsed::guest::Export<&function>::post(result);                                         \
    }                                                                                             \
  };                                                                                              \
  template struct synapsed_post_##function<std::int32_t,                                          \
                                           ::synapsed::guest::Export<&function>::Out::kHasPost>;
