#pragma once

/// \file
/// What a module says its exported functions take and return, beyond core WebAssembly's numbers.
/// Owned by the room `base`.
///
/// A module carries it as text in the custom section `synapsed:interface`:
///
///     record point { x: s32, y: s32 }
///     sum: func(points: list<point>, scale: option<f64>) -> result<s64, string>;
///
/// docs/reference/interfaces.md describes the notation, the values and how they are passed.
///
/// Thread rule: values.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

namespace synapsed {

struct InterfaceRecord;

/// The type of a parameter, a result or a field.
///
/// Invariant: `element` is set for a list and an option, `record` for a record. The factories keep
/// it.
struct InterfaceType {
  enum class Kind : std::uint8_t {
    kBool, kS8, kU8, kS16, kU16, kS32, kU32, kS64, kU64, kF32, kF64, kV128, kString,
    kList, kOption, kResult, kRecord
  };

  Kind kind = Kind::kBool;
  /// Of a list's items, an option's value, a result's success; null when a result has no such value.
  std::shared_ptr<const InterfaceType> element;
  /// Of a result's failure; null when it has no value.
  std::shared_ptr<const InterfaceType> error;
  std::shared_ptr<const InterfaceRecord> record;

  InterfaceType() = default;
  /// A type without parts.
  InterfaceType(Kind simple) : kind(simple) {}
  [[nodiscard]] static InterfaceType list_of(InterfaceType item);
  [[nodiscard]] static InterfaceType option_of(InterfaceType value);
  [[nodiscard]] static InterfaceType result_of(std::optional<InterfaceType> success,
                                               std::optional<InterfaceType> failure);
  [[nodiscard]] static InterfaceType record_of(InterfaceRecord record);

  /// True for `list<u8>`, whose values are `Bytes`.
  [[nodiscard]] bool is_bytes() const;

  /// The same type with the same parts.
  bool operator==(const InterfaceType& other) const;
};

/// A parameter or a field.
struct InterfaceField {
  std::string name;
  InterfaceType type;
  bool operator==(const InterfaceField&) const = default;
};

struct InterfaceRecord {
  std::string name;
  std::vector<InterfaceField> fields;
  bool operator==(const InterfaceRecord&) const = default;
};

/// An exported function; its name is that of the export.
struct InterfaceFunction {
  std::string name;
  std::vector<InterfaceField> params;
  std::optional<InterfaceType> result;
  bool operator==(const InterfaceFunction&) const = default;
};

struct Interface {
  std::vector<InterfaceRecord> records;  ///< in the order of their declarations
  std::vector<InterfaceFunction> functions;

  /// Null when there is none of that name.
  [[nodiscard]] const InterfaceFunction* find(std::string_view function) const;
  bool operator==(const Interface&) const = default;
};

/// `list<point>`, `result<_, string>`.
[[nodiscard]] std::string to_string(const InterfaceType& type);
/// `record point { x: s32, y: s32 }`.
[[nodiscard]] std::string to_string(const InterfaceRecord& record);
/// `greet: func(name: string) -> string;`.
[[nodiscard]] std::string to_string(const InterfaceFunction& function);
/// The notation of the custom section, a line for each record and function.
[[nodiscard]] std::string to_string(const Interface& interface);

/// Reads JSON whose types are known, so that no kinds are written: `[1,2,3]` for a `list<s32>`,
/// `{"x":1,"y":2}` for a record, `null` or the value for an option, `{"ok":1}` or `{"err":"why"}`
/// (null where that side has no type) for a result, `"0x…"` for `list<u8>` and v128. Numbers may
/// stand in strings, also `"inf"`, `"nan"` and `"nan:0x…"`.
/// Errors: `call.argument_type`, `call.argument_range`, with a JSON pointer.
[[nodiscard]] Result<WasmValue> from_json(const InterfaceType& type, std::string_view json);
/// Writes that JSON; s64 and u64 as strings. A part that is no value of its type is written with
/// its kind, as `WasmValue::to_json` does.
[[nodiscard]] std::string to_json(const InterfaceType& type, const WasmValue& value);

/// Reads a word of a command line: a string is the text itself, numbers and booleans are as
/// `WasmValue::parse` reads them, within the range of the type, bytes and v128 are `0x…`, and
/// anything else is JSON. Errors: those of `from_json`.
[[nodiscard]] Result<WasmValue> from_text(const InterfaceType& type, std::string_view text);
/// Writes a value so that `from_text` reads it.
[[nodiscard]] std::string to_text(const InterfaceType& type, const WasmValue& value);

}  // namespace synapsed
