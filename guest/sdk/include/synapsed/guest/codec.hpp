#pragma once

/// \file
/// One `Codec` for each C++ type that has a type in the interface. It knows
///
/// - `name()`: the type in the notation of the section `synapsed:interface`, without spaces;
/// - `kSize`, `kAlign`, `kFlat`: size and alignment in memory, and the core types as parameters;
/// - `spill`: from core values to memory; `load`: from memory; `store`: to memory;
/// - `release`: gives the blocks back that a value in memory owns; `kOwnsBlocks`: if there can be
/// any;
/// - `single`, where `kFlat` has one element: the value as a core value.
///
/// Memory is laid out as the canonical ABI says, which for numbers is what the compiler does.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <synapsed/guest/memory.hpp>
#include <synapsed/guest/slots.hpp>

namespace synapsed::guest {

template <typename T>
struct Codec {
  static_assert(sizeof(T) == 0,
                "this C++ type has no type in the interface; see the table in "
                "<synapsed/guest.hpp>, and SYNAPSED_RECORD for structs");
};

template <typename T, typename... Others>
concept OneOf = (std::same_as<T, Others> || ...);

template <typename T>
concept Integer = OneOf<T, signed char, unsigned char, short, unsigned short, int, unsigned, long,
                        unsigned long, long long, unsigned long long, std::byte>;

template <typename T>
concept Number = Integer<T> || OneOf<T, bool, float, double>;

/// A list of these has the same bytes in the ABI and in C++, so that it can be viewed or copied.
template <typename T>
concept Plain = Number<T> && !std::same_as<T, bool>;

template <Number T>
constexpr Core core_of() {
  if constexpr (std::same_as<T, float>)
    return Core::kF32;
  else if constexpr (std::same_as<T, double>)
    return Core::kF64;
  else
    return sizeof(T) == 8 ? Core::kI64 : Core::kI32;
}

template <Number T>
struct Codec<T> {
  static constexpr std::size_t kSize = sizeof(T);
  static constexpr std::size_t kAlign = sizeof(T);
  static constexpr FlatTypes<1> kFlat{core_of<T>()};
  static constexpr bool kOwnsBlocks = false;

  static constexpr std::string name() {
    if constexpr (std::same_as<T, bool>) return "bool";
    const std::string bits = sizeof(T) == 1   ? "8"
                             : sizeof(T) == 2 ? "16"
                             : sizeof(T) == 4 ? "32"
                                              : "64";
    return (std::is_floating_point_v<T> ? "f" : std::is_signed_v<T> ? "s" : "u") + bits;
  }
  static T load(const std::byte* from) { return read<T>(from); }
  static void store(T value, std::byte* to) { write(value, to); }
  static void release(const std::byte*) {}
  static void spill(const Slot* slots, std::byte* to) { std::memcpy(to, slots, kSize); }
  static auto single(T value) {
    return static_cast<typename CoreTypeOf<core_of<T>()>::Type>(value);
  }
};

/// Address and number of elements: strings and lists.
struct Block {
  void* address;
  std::size_t count;

  template <typename T>
  [[nodiscard]] T* elements() const {
    return static_cast<T*>(address);
  }
};

struct BlockCodec {
  static constexpr std::size_t kSize = sizeof(Block);
  static constexpr std::size_t kAlign = alignof(Block);
  static constexpr FlatTypes<2> kFlat{Core::kI32, Core::kI32};
  static constexpr bool kOwnsBlocks = true;

  static void spill(const Slot* slots, std::byte* to) {
    write(static_cast<std::uint32_t>(slots[0]), to);
    write(static_cast<std::uint32_t>(slots[1]), to + sizeof(std::uint32_t));
  }
  /// A copy of what lies at `from`, in a block of its own.
  static void store_copy(const void* from, std::size_t size, std::size_t count, std::byte* to) {
    void* const address = allocate(size);
    if (size != 0) std::memcpy(address, from, size);
    write(Block{address, count}, to);
  }
};

template <OneOf<std::string, std::string_view> T>
struct Codec<T> : BlockCodec {
  static constexpr std::string name() { return "string"; }
  static T load(const std::byte* from) {
    const auto block = read<Block>(from);
    return T(block.elements<const char>(), block.count);
  }
  static void store(std::string_view text, std::byte* to) {
    store_copy(text.data(), text.size(), text.size(), to);
  }
  static void release(const std::byte* from) {
    const auto block = read<Block>(from);
    release_block(block.address, block.count);
  }
};

template <typename T>
struct ListCodec : BlockCodec {
  using Element = Codec<T>;

  static constexpr std::string name() { return "list<" + Element::name() + ">"; }

  template <typename List>
  static void store(const List& list, std::byte* to) {
    if constexpr (Plain<T>) {
      store_copy(list.data(), list.size() * sizeof(T), list.size(), to);
    } else {
      auto* const elements = static_cast<std::byte*>(allocate(list.size() * Element::kSize));
      std::byte* at = elements;
      for (const auto& element : list) {
        Element::store(element, at);
        at += Element::kSize;
      }
      write(Block{elements, list.size()}, to);
    }
  }
  static void release(const std::byte* from) {
    const auto block = read<Block>(from);
    if constexpr (Element::kOwnsBlocks) {
      const auto* const elements = block.elements<const std::byte>();
      for (std::size_t i = 0; i < block.count; ++i) Element::release(elements + i * Element::kSize);
    }
    release_block(block.address, block.count * Element::kSize);
  }
};

template <typename T>
struct Codec<std::vector<T>> : ListCodec<T> {
  static std::vector<T> load(const std::byte* from) {
    const auto block = read<Block>(from);
    if constexpr (Plain<T>) {
      const T* const elements = block.elements<const T>();
      return std::vector<T>(elements, elements + block.count);
    } else {
      std::vector<T> list;
      list.reserve(block.count);
      const auto* const elements = block.elements<const std::byte>();
      for (std::size_t i = 0; i < block.count; ++i) {
        list.push_back(Codec<T>::load(elements + i * Codec<T>::kSize));
      }
      return list;
    }
  }
};

template <typename T>
struct Codec<std::span<const T>> : ListCodec<T> {
  static std::span<const T> load(const std::byte* from) {
    static_assert(Plain<T>,
                  "inside another type, use std::vector for a list of anything but "
                  "numbers");
    const auto block = read<Block>(from);
    return {block.elements<const T>(), block.count};
  }
};

template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <typename T>
struct Codec<std::optional<T>> {
  static_assert(!kIsOptional<T>, "option<option<T>> is not in the interface");
  using Payload = Codec<T>;
  static constexpr std::size_t kAlign = Payload::kAlign;
  static constexpr std::size_t kOffset = align_to(1, kAlign);
  static constexpr std::size_t kSize = align_to(kOffset + Payload::kSize, kAlign);
  static constexpr auto kFlat = concatenate(FlatTypes<1>{Core::kI32}, Payload::kFlat);
  static constexpr bool kOwnsBlocks = Payload::kOwnsBlocks;

  static constexpr std::string name() { return "option<" + Payload::name() + ">"; }
  static std::optional<T> load(const std::byte* from) {
    if (!read<bool>(from)) return std::nullopt;
    return Payload::load(from + kOffset);
  }
  static void store(const std::optional<T>& value, std::byte* to) {
    write(value.has_value(), to);
    if (value) Payload::store(*value, to + kOffset);
  }
  static void release(const std::byte* from) {
    if (read<bool>(from)) Payload::release(from + kOffset);
  }
  static void spill(const Slot* slots, std::byte* to) {
    write(slots[0] != 0, to);
    if (slots[0] != 0) Payload::spill(slots + 1, to + kOffset);
  }
};

/// A side of a result without a type.
struct NoPayload {
  static constexpr std::size_t kSize = 0;
  static constexpr std::size_t kAlign = 1;
  static constexpr FlatTypes<0> kFlat{};
  static constexpr bool kOwnsBlocks = false;

  static constexpr std::string name() { return "_"; }
  static void release(const std::byte*) {}
  static void spill(const Slot*, std::byte*) {}
};
template <OneOf<void, std::monostate> T>
struct Codec<T> : NoPayload {
  static T load(const std::byte*) { return T(); }
  static void store(std::monostate, std::byte*) {}
};

template <typename T, typename E>
struct Codec<std::expected<T, E>> {
  using Ok = Codec<T>;
  using Err = Codec<E>;
  static constexpr std::size_t kAlign = Ok::kAlign > Err::kAlign ? Ok::kAlign : Err::kAlign;
  static constexpr std::size_t kOffset = align_to(1, kAlign);
  static constexpr std::size_t kSize =
      align_to(kOffset + (Ok::kSize > Err::kSize ? Ok::kSize : Err::kSize), kAlign);
  static constexpr auto kFlat =
      concatenate(FlatTypes<1>{Core::kI32}, join_all(Ok::kFlat, Err::kFlat));
  static constexpr bool kOwnsBlocks = Ok::kOwnsBlocks || Err::kOwnsBlocks;

  static constexpr std::string name() {
    if (Err::name() != "_") return "result<" + Ok::name() + "," + Err::name() + ">";
    return Ok::name() == "_" ? "result" : "result<" + Ok::name() + ">";
  }
  static std::expected<T, E> load(const std::byte* from) {
    if (is_error(from)) return std::unexpected(Err::load(from + kOffset));
    if constexpr (std::is_void_v<T>)
      return {};
    else
      return Ok::load(from + kOffset);
  }
  static void store(const std::expected<T, E>& value, std::byte* to) {
    write(!value.has_value(), to);
    if (!value)
      Err::store(value.error(), to + kOffset);
    else if constexpr (!std::is_void_v<T>)
      Ok::store(*value, to + kOffset);
  }
  static void release(const std::byte* from) {
    if (is_error(from))
      Err::release(from + kOffset);
    else
      Ok::release(from + kOffset);
  }
  static void spill(const Slot* slots, std::byte* to) {
    write(slots[0] != 0, to);
    if (slots[0] != 0)
      Err::spill(slots + 1, to + kOffset);
    else
      Ok::spill(slots + 1, to + kOffset);
  }
  static std::int32_t single(const std::expected<T, E>& value) { return value ? 0 : 1; }

 private:
  static bool is_error(const std::byte* from) { return read<bool>(from); }
};

}  // namespace synapsed::guest
