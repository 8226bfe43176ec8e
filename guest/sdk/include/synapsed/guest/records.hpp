#pragma once

/// \file
/// Records: structs that an interface can name.
///
///     struct point {
///       std::int32_t x;
///       std::int32_t y;
///     };
///     SYNAPSED_RECORD(point, (x, s32), (y, s32))
///
/// stands in the namespace of the struct, after it, and declares `record point { x: s32, y: s32 }`.
/// It may stand in a header: the module holds the declaration once.

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <synapsed/guest/codec.hpp>
#include <synapsed/guest/declaration.hpp>
#include <synapsed/guest/text.hpp>

namespace synapsed::guest {

template <typename T>
struct MemberType;
template <typename Struct, typename T>
struct MemberType<T Struct::*> {
  using Type = T;
};

/// What `SYNAPSED_RECORD` says of a struct.
template <auto... kMembers>
struct Record {
  std::string_view name;
  std::array<std::string_view, sizeof...(kMembers)> fields;
  std::array<std::string_view, sizeof...(kMembers)> types;
};

template <typename T>
concept HasRecord = requires { synapsed_record(static_cast<const T*>(nullptr)); };

template <typename T, typename Description>
struct RecordCodec;

template <typename T, auto... kMembers>
struct RecordCodec<T, Record<kMembers...>> {
  template <auto kMember>
  using Field = Codec<typename MemberType<decltype(kMember)>::Type>;
  static constexpr std::size_t kCount = sizeof...(kMembers);

  static constexpr std::size_t alignment() {
    std::size_t most = 1;
    ((most = Field<kMembers>::kAlign > most ? Field<kMembers>::kAlign : most), ...);
    return most;
  }
  /// Of each field, and then the end of the last.
  static constexpr std::array<std::size_t, kCount + 1> offsets() {
    std::array<std::size_t, kCount + 1> result{};
    std::size_t end = 0;
    std::size_t index = 0;
    const auto place = [&](std::size_t size, std::size_t align) {
      result[index] = align_to(end, align);
      end = result[index++] + size;
    };
    (place(Field<kMembers>::kSize, Field<kMembers>::kAlign), ...);
    result[kCount] = end;
    return result;
  }
  static constexpr auto kOffsets = offsets();
  static constexpr std::size_t kAlign = alignment();
  static constexpr std::size_t kSize = align_to(kOffsets[kCount], kAlign);
  static constexpr auto kFlat = concatenate(Field<kMembers>::kFlat...);
  static constexpr bool kOwnsBlocks = (Field<kMembers>::kOwnsBlocks || ...);

  static constexpr std::string name() {
    return std::string(synapsed_record(static_cast<const T*>(nullptr)).name);
  }
  static T load(const std::byte* from) {
    T value{};
    std::size_t index = 0;
    ((value.*kMembers = Field<kMembers>::load(from + kOffsets[index++])), ...);
    return value;
  }
  static void store(const T& value, std::byte* to) {
    std::size_t index = 0;
    (Field<kMembers>::store(value.*kMembers, to + kOffsets[index++]), ...);
  }
  static void release(const std::byte* from) {
    std::size_t index = 0;
    (Field<kMembers>::release(from + kOffsets[index++]), ...);
  }
  static void spill(const Slot* slots, std::byte* to) {
    std::size_t index = 0;
    const auto spill_field = [&]<auto kMember>() {
      Field<kMember>::spill(slots, to + kOffsets[index++]);
      slots += Field<kMember>::kFlat.size();
    };
    (spill_field.template operator()<kMembers>(), ...);
  }
  static auto single(const T& value)
    requires(kCount == 1)
  {
    return (Field<kMembers>::single(value.*kMembers), ...);
  }

  static constexpr Fault check() {
    const auto record = synapsed_record(static_cast<const T*>(nullptr));
    Fault fault;
    std::size_t index = 0;
    const auto check_field = [&](const std::string& type) {
      const std::string text = without_spaces(record.types[index]);
      if (fault.place.empty() && text != type) {
        fault = {"field " + std::string(record.fields[index]), text, type};
      }
      ++index;
    };
    (check_field(Field<kMembers>::name()), ...);
    return fault;
  }
};

template <HasRecord T>
struct Codec<T> : RecordCodec<T, decltype(synapsed_record(static_cast<const T*>(nullptr)))> {};

}  // namespace synapsed::guest

// SYNAPSED_FOR_EACH(macro, (separator), struct, field…): macro(struct, field) for each field, with
// the separator in between; up to 256 fields.
#define SYNAPSED_PARENTHESES ()
#define SYNAPSED_EXPAND(...) \
  SYNAPSED_EXPAND1(SYNAPSED_EXPAND1(SYNAPSED_EXPAND1(SYNAPSED_EXPAND1(__VA_ARGS__))))
#define SYNAPSED_EXPAND1(...) \
  SYNAPSED_EXPAND2(SYNAPSED_EXPAND2(SYNAPSED_EXPAND2(SYNAPSED_EXPAND2(__VA_ARGS__))))
#define SYNAPSED_EXPAND2(...) \
  SYNAPSED_EXPAND3(SYNAPSED_EXPAND3(SYNAPSED_EXPAND3(SYNAPSED_EXPAND3(__VA_ARGS__))))
#define SYNAPSED_EXPAND3(...) \
  SYNAPSED_EXPAND4(SYNAPSED_EXPAND4(SYNAPSED_EXPAND4(SYNAPSED_EXPAND4(__VA_ARGS__))))
#define SYNAPSED_EXPAND4(...) __VA_ARGS__
#define SYNAPSED_FOR_EACH(macro, separator, type, ...) \
  SYNAPSED_EXPAND(SYNAPSED_NEXT(macro, separator, type, __VA_ARGS__))
#define SYNAPSED_NEXT(macro, separator, type, field, ...)                              \
  macro(type, field)                                                                   \
      __VA_OPT__(SYNAPSED_SEPARATE separator SYNAPSED_NEXT_AGAIN SYNAPSED_PARENTHESES( \
          macro, separator, type, __VA_ARGS__))
#define SYNAPSED_NEXT_AGAIN() SYNAPSED_NEXT
#define SYNAPSED_SEPARATE(...) __VA_ARGS__

// Parts of a field, `(name, type)`.
#define SYNAPSED_NAME_OF(name, ...) name
#define SYNAPSED_NAME_TEXT_OF(name, ...) #name
#define SYNAPSED_TYPE_TEXT_OF(name, ...) #__VA_ARGS__
#define SYNAPSED_MEMBER(type, field) &type::SYNAPSED_NAME_OF field
#define SYNAPSED_FIELD_NAME(type, field) SYNAPSED_NAME_TEXT_OF field
#define SYNAPSED_FIELD_TYPE(type, field) SYNAPSED_TYPE_TEXT_OF field
#define SYNAPSED_FIELD_TEXT(type, field) \
  SYNAPSED_NAME_TEXT_OF field ": " SYNAPSED_TYPE_TEXT_OF field

/// Declares a struct as a record: its name, then each field as (name, type in the interface).
#define SYNAPSED_RECORD(type, ...)                                                                 \
  consteval auto synapsed_record(const type*) {                                                    \
    return ::synapsed::guest::Record<SYNAPSED_FOR_EACH(SYNAPSED_MEMBER, (, ), type, __VA_ARGS__)>{ \
        #type,                                                                                     \
        {SYNAPSED_FOR_EACH(SYNAPSED_FIELD_NAME, (, ), type, __VA_ARGS__)},                         \
        {SYNAPSED_FOR_EACH(SYNAPSED_FIELD_TYPE, (, ), type, __VA_ARGS__)}};                        \
  }                                                                                                \
  SYNAPSED_CHECK(::synapsed::guest::Codec<type>::check())                                          \
  SYNAPSED_DECLARE("record_" #type, "record " #type " { " SYNAPSED_FOR_EACH(                       \
                                        SYNAPSED_FIELD_TEXT, (", "), type, __VA_ARGS__) " }")
