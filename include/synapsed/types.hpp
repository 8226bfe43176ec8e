#pragma once

/// \file
/// The types of a module's imports and exports (WebAssembly core specification 2.3). Owned by the
/// room `base`.
///
/// Thread rule: values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace synapsed {

enum class HeapType : std::uint8_t {
  kFunc, kNoFunc, kConcreteFunc, kExtern, kNoExtern, kAny, kNone, kEq, kI31,
  kArray, kConcreteArray, kStruct, kConcreteStruct, kExn, kConcreteExn, kNoExn
};

/// A number, vector or reference type.
struct ValueType {
  enum class Kind : std::uint8_t { kI32, kI64, kF32, kF64, kV128, kRef };
  Kind kind = Kind::kI32;
  bool nullable = false;                ///< references only
  HeapType heap = HeapType::kFunc;      ///< references only

  [[nodiscard]] bool is_func_ref() const { return kind == Kind::kRef && heap == HeapType::kFunc; }
  [[nodiscard]] bool is_extern_ref() const {
    return kind == Kind::kRef && heap == HeapType::kExtern;
  }
  bool operator==(const ValueType&) const = default;
};

struct FunctionType {
  std::vector<ValueType> params;
  std::vector<ValueType> results;
  bool operator==(const FunctionType&) const = default;
};

struct GlobalType {
  ValueType value;
  bool is_mutable = false;
  bool operator==(const GlobalType&) const = default;
};

struct TableType {
  ValueType element;
  std::uint64_t minimum = 0;             ///< elements
  std::optional<std::uint64_t> maximum;  ///< elements
  bool operator==(const TableType&) const = default;
};

struct MemoryType {
  std::uint64_t minimum = 0;             ///< pages
  std::optional<std::uint64_t> maximum;  ///< pages
  std::uint64_t page_bytes = 65536;
  bool is_64 = false;
  bool is_shared = false;
  bool operator==(const MemoryType&) const = default;
};

struct TagType {
  FunctionType function;
  bool operator==(const TagType&) const = default;
};

using ExternType = std::variant<FunctionType, GlobalType, TableType, MemoryType, TagType>;

struct ImportType {
  std::string module;
  std::string name;
  ExternType type;
};

struct ExportType {
  std::string name;
  ExternType type;
};

/// As in the text format: `i32`, `v128`, `funcref`, `(ref null any)`.
[[nodiscard]] std::string to_string(const ValueType& type);
/// `(i32, i64) -> f32`, `() -> ()`.
[[nodiscard]] std::string to_string(const FunctionType& type);
/// `func (i32) -> i32`, `memory 1..16 pages`, `global mut i32`, `table 1.. funcref`, `tag (i32)`.
[[nodiscard]] std::string to_string(const ExternType& type);
/// `func`, `global`, `table`, `memory`, `tag`.
[[nodiscard]] std::string_view kind_name(const ExternType& type);

}  // namespace synapsed
