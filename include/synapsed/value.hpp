#pragma once

/// \file
/// Values that cross between host and guest. Owned by the room `base`.
///
/// Thread rule: values.

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <synapsed/error.hpp>

namespace synapsed {

using Bytes = std::vector<std::byte>;

/// A 128-bit vector; byte 0 is the least significant (WebAssembly core specification 4.2.2).
struct V128 {
  std::array<std::uint8_t, 16> bytes{};
  bool operator==(const V128&) const = default;
};

/// A function reference as an opaque handle; 0 is null. Handles other than null are only
/// meaningful inside the execution that produced them.
struct FuncRef {
  std::uint64_t handle = 0;
  bool operator==(const FuncRef&) const = default;
};

/// A host reference as an opaque handle; 0 is null. The rule of `FuncRef` holds.
struct ExternRef {
  std::uint64_t handle = 0;
  bool operator==(const ExternRef&) const = default;
};

class WasmValue;
struct WasmField;

/// Values in order: `WasmList{{1, 2, 3}}`.
struct WasmList {
  std::vector<WasmValue> items;
  bool operator==(const WasmList& other) const;
};

/// Named values in order: `WasmRecord{{"x", 1}, {"y", 2}}`. Two records with the same fields in
/// another order differ.
struct WasmRecord {
  WasmRecord();
  WasmRecord(std::initializer_list<WasmField> named);
  WasmRecord(const WasmRecord&);
  WasmRecord(WasmRecord&&) noexcept;
  WasmRecord& operator=(const WasmRecord&);
  WasmRecord& operator=(WasmRecord&&) noexcept;
  ~WasmRecord();

  std::vector<WasmField> fields;

  /// The first field of that name; null when there is none.
  [[nodiscard]] const WasmValue* find(std::string_view name) const;
  bool operator==(const WasmRecord& other) const;
};

enum class ValueKind : std::uint8_t {
  kI32, kI64, kF32, kF64, kV128, kFuncRef, kExternRef, kBytes, kString, kBool, kNull, kList, kRecord
};

/// `i32`, `i64`, `f32`, `f64`, `v128`, `funcref`, `externref`, `bytes`, `string`, `bool`, `null`,
/// `list`, `record`.
[[nodiscard]] std::string_view to_string(ValueKind kind);

/// Lists and records in a text that is read may nest this deep.
inline constexpr unsigned kValueDepthMax = 64;

/// A value of any kind. Integers carry no sign of their own: `i32` holds the bit pattern.
///
///     std::vector<WasmValue> args{10, 20};        // two i32
///     args.push_back(std::int64_t{1} << 40);      // an i64
class WasmValue {
 public:
  using Storage = std::variant<std::int32_t, std::int64_t, float, double, V128, FuncRef, ExternRef,
                               Bytes, std::string, bool, std::monostate, WasmList, WasmRecord>;

  WasmValue() : storage_(std::monostate{}) {}
  WasmValue(std::int32_t value) : storage_(value) {}
  WasmValue(std::uint32_t value) : storage_(static_cast<std::int32_t>(value)) {}
  WasmValue(std::int64_t value) : storage_(value) {}
  WasmValue(std::uint64_t value) : storage_(static_cast<std::int64_t>(value)) {}
  WasmValue(float value) : storage_(value) {}
  WasmValue(double value) : storage_(value) {}
  WasmValue(bool value) : storage_(value) {}
  WasmValue(V128 value) : storage_(value) {}
  WasmValue(FuncRef value) : storage_(value) {}
  WasmValue(ExternRef value) : storage_(value) {}
  WasmValue(Bytes value) : storage_(std::move(value)) {}
  WasmValue(std::string value) : storage_(std::move(value)) {}
  WasmValue(std::string_view value) : storage_(std::string(value)) {}
  WasmValue(const char* value) : storage_(std::string(value)) {}
  WasmValue(WasmList value) : storage_(std::move(value)) {}
  WasmValue(WasmRecord value) : storage_(std::move(value)) {}

  [[nodiscard]] static WasmValue null() { return {}; }

  [[nodiscard]] ValueKind kind() const { return static_cast<ValueKind>(storage_.index()); }

  /// The value when it is of the type asked for, otherwise null: `value.get_if<std::int32_t>()`.
  template <typename T>
  [[nodiscard]] const T* get_if() const { return std::get_if<T>(&storage_); }

  /// Text without the kind, for people: `30`, `-1.5`, `nan`, `0x000102…` (v128, first byte first),
  /// `null`; a list or record as in `to_json`.
  [[nodiscard]] std::string to_text() const;

  /// Reads the text of a value of `kind`.
  ///
  /// Integers: decimal or `0x…`, optionally signed, `_` between digits, from the smallest signed
  /// to the largest unsigned value. Floats: as C's `strtod`, `inf`, `nan`, and `nan:0x…` with all
  /// bits of a NaN. v128: `0x` and 32 hex digits. bool: `true|false`. bytes: `0x…`. References:
  /// only `null`. Lists and records: as in `to_json`.
  /// Errors: `call.argument_type`, `call.argument_range`.
  [[nodiscard]] static Result<WasmValue> parse(ValueKind kind, std::string_view text);

  /// Text that says the kind and reads back as the same value: `i32:30`, `f64:nan:0x7ff8000000000001`,
  /// `string:hello`, `bytes:0x0102`, `externref:0x5`, `null`, `list:[{"i32":1}]`,
  /// `record:[["x",{"i32":1}]]`.
  [[nodiscard]] std::string to_typed_text() const;
  /// Errors: those of `parse`.
  [[nodiscard]] static Result<WasmValue> parse_typed(std::string_view text);

  /// Compact JSON that reads back as the same value: `null`, or an object whose one key is the kind.
  ///
  ///     {"i32":30}                     {"bool":true}
  ///     {"i64":"9007199254740993"}     always a string: no reader rounds it
  ///     {"f32":1.5}                    {"f64":"inf"}, "-inf", "nan", "nan:0x7ff8000000000001"
  ///     {"v128":"0x…"}, {"bytes":"0x…"}
  ///     {"string":"…"}                 {"string_bytes":"0x…"} when it is not UTF-8
  ///     {"funcref":null}               {"externref":"0x5"}: its handle
  ///     {"list":[{"i32":1},null]}
  ///     {"record":[["x",{"i32":1}]]}   a name that is not UTF-8 is {"string_bytes":"0x…"}
  [[nodiscard]] std::string to_json() const;
  /// Reads that form. A number may also stand in a string, written as `parse` reads it. Lists and
  /// records nest at most `kValueDepthMax` deep. Errors: those of `parse`, with a JSON pointer;
  /// with the offset in bytes where the text is no JSON.
  [[nodiscard]] static Result<WasmValue> from_json(std::string_view text);

  /// Same kind and same bits: a NaN equals itself, `0.0` and `-0.0` differ.
  bool operator==(const WasmValue& other) const;

 private:
  Storage storage_;
};

/// A named value of a record.
struct WasmField {
  std::string name;
  WasmValue value;
  bool operator==(const WasmField&) const = default;
};

}  // namespace synapsed
