#pragma once

/// \file
/// A binary module, taken apart (core specification 5.5): everything but the operators of its
/// code, which an `OperatorReader` reads from `Body::code`.
///
/// Invariants: every view is of the bytes that were read, which must outlive the module; index
/// spaces start with what is imported; every function that is defined has a body. Types, indices
/// and operators are not validated: that is the engine's. Whoever uses an index as one checks it.
/// A hostile module of 10 MiB takes at most 100 MiB.
///
/// Thread rule: a value; reading is a pure function.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/types.hpp>

#include "base/bytes.hpp"
#include "base/try.hpp"
#include "bytecode/limits.hpp"
#include "bytecode/sections.hpp"
#include "bytecode/value_code.hpp"

namespace synapsed::bytecode {

inline constexpr std::uint32_t kNoIndex = UINT32_MAX;

/// A field of a structure, or the element of an array.
struct FieldCode {
  ValueCode type;
  bool is_mutable = false;
  bool operator==(const FieldCode&) const = default;
};

/// A defined type. Its parts are `Module::params`, `results`, `fields`.
struct Type {
  enum class Kind : std::uint8_t { kFunction, kStructure, kArray };
  Kind kind = Kind::kFunction;
  bool is_final = true;
  std::uint32_t supertype = kNoIndex;
  std::uint32_t group = 0;  ///< the recursive group, counted from 0
  std::uint32_t first = 0;  ///< in `Module::values`, or in `Module::all_fields`
  std::uint32_t params = 0;   ///< of a function; else the number of fields
  std::uint32_t results = 0;
};

/// What an import or an export is; `Import::index` and `Export::index` are in its index space.
enum class ExternKind : std::uint8_t { kFunction, kTable, kMemory, kGlobal, kTag };

[[nodiscard]] std::string_view to_string(ExternKind kind);

struct Import {
  std::string_view module;
  std::string_view name;
  std::uint32_t index = 0;
  ExternKind kind = ExternKind::kFunction;
};

struct Export {
  std::string_view name;
  std::uint32_t index = 0;
  ExternKind kind = ExternKind::kFunction;
};

struct Table {
  ValueCode element;
  bool is_64 = false;
  bool is_shared = false;
  std::uint64_t minimum = 0;             ///< elements
  std::optional<std::uint64_t> maximum;  ///< elements
  ByteSpan initialiser;                  ///< a constant expression; empty when there is none
};

struct Global {
  ValueCode type;
  bool is_mutable = false;
  ByteSpan initialiser;  ///< a constant expression; empty when imported
};

/// What element and data segments do when the module is instantiated.
enum class SegmentMode : std::uint8_t { kActive, kPassive, kDeclared };

struct ElementSegment {
  SegmentMode mode = SegmentMode::kPassive;
  ValueCode type;
  std::uint32_t table = 0;   ///< when active
  ByteSpan offset;           ///< a constant expression, when active
  std::uint32_t items = 0;
  std::uint32_t first = 0;   ///< of the functions it names, in `Module::element_functions`
  std::uint32_t functions = 0;  ///< how many it names; null items and other references name none
  ByteSpan whole;               ///< the entry of the section
};

struct DataSegment {
  SegmentMode mode = SegmentMode::kPassive;
  std::uint32_t memory = 0;  ///< when active
  ByteSpan offset;           ///< a constant expression, when active
  ByteSpan bytes;
};

struct LocalGroup {
  std::uint32_t count = 0;
  ValueCode type;
};

/// A function's entry in the code section.
struct Body {
  ByteSpan bytes;  ///< without the size before it
  std::uint32_t code_start = 0;  ///< in `bytes`: where the locals end
  std::uint32_t first_local_group = 0;  ///< in `Module::all_local_groups`
  std::uint32_t local_groups = 0;

  /// The operators, up to and with the final `end`.
  [[nodiscard]] ByteSpan code() const { return bytes.subspan(code_start); }
};

/// What the name section calls a function; `Module::name_of` finds it.
struct FunctionName {
  std::uint32_t function = 0;
  std::uint32_t offset = 0;  ///< of the name in the file
  std::uint32_t size = 0;    ///< of the name in bytes
};

struct Module {
  ByteSpan bytes;
  std::vector<Section> sections;
  std::vector<Type> types;
  std::vector<Import> imports;
  std::vector<std::uint32_t> functions;  ///< the type of each
  std::vector<Table> tables;
  std::vector<MemoryType> memories;
  std::vector<Global> globals;
  std::vector<std::uint32_t> tags;  ///< the type of each
  std::vector<Export> exports;
  std::optional<std::uint32_t> start;
  std::vector<ElementSegment> elements;
  std::optional<std::uint32_t> data_count;  ///< what the data count section says
  std::vector<Body> bodies;                 ///< of the functions that are not imported
  std::vector<DataSegment> data;
  std::vector<FunctionName> function_names;  ///< by index; those that have one

  std::uint32_t imported_functions = 0;
  std::uint32_t imported_tables = 0;
  std::uint32_t imported_memories = 0;
  std::uint32_t imported_globals = 0;
  std::uint32_t imported_tags = 0;

  std::vector<ValueCode> values;      ///< of the function types
  std::vector<FieldCode> all_fields;  ///< of the structures and arrays
  std::vector<std::uint32_t> element_functions;
  std::vector<LocalGroup> all_local_groups;

  [[nodiscard]] std::span<const ValueCode> params(const Type& type) const;
  [[nodiscard]] std::span<const ValueCode> results(const Type& type) const;
  [[nodiscard]] std::span<const FieldCode> fields(const Type& type) const;
  [[nodiscard]] std::span<const LocalGroup> local_groups(const Body& body) const;
  [[nodiscard]] std::span<const std::uint32_t> functions_of(const ElementSegment& segment) const;

  /// Null when there is no such type, or it is no function's.
  [[nodiscard]] const Type* function_type(std::uint32_t type) const;
  /// The type of a function; null when there is no such function or its type is none.
  [[nodiscard]] const Type* type_of_function(std::uint32_t function) const;
  /// Null when it is imported or does not exist.
  [[nodiscard]] const Body* body_of(std::uint32_t function) const;
  /// The index of the function that `bodies[body]` is.
  [[nodiscard]] std::uint32_t function_of_body(std::size_t body) const {
    return imported_functions + static_cast<std::uint32_t>(body);
  }
  /// Null when there is none. Custom sections have names, not places: `find_custom`.
  [[nodiscard]] const Section* find_section(SectionId id) const;
  /// The first custom section of this name; null when there is none.
  [[nodiscard]] const Section* find_custom(std::string_view name) const;

  /// Where `part` starts in the file; it must be a view of `bytes`.
  [[nodiscard]] std::uint64_t offset_of(ByteSpan part) const {
    return static_cast<std::uint64_t>(part.data() - bytes.data());
  }
  /// What the name section calls a function; empty when it says nothing.
  [[nodiscard]] std::string_view name_of(std::uint32_t function) const;
  /// `function 7 (add)`, `function 7`: for messages.
  [[nodiscard]] std::string label_of(std::uint32_t function) const;
  /// The error, with the function behind its place.
  [[nodiscard]] std::unexpected<Error> refuse_in(std::uint32_t function, Error error) const;
};

/// The constant expressions of tables, globals and segments, without the references that an element
/// segment lists: calls `visit(expression)`, which gives a Result<void>.
template <typename Visit>
Result<void> for_each_initialiser(const Module& module, const Visit& visit) {
  const auto visit_any = [&visit](ByteSpan expression) -> Result<void> {
    return expression.empty() ? Result<void>{} : visit(expression);
  };
  for (const Table& table : module.tables) TRY(visit_any(table.initialiser));
  for (const Global& global : module.globals) TRY(visit_any(global.initialiser));
  for (const ElementSegment& segment : module.elements) TRY(visit_any(segment.offset));
  for (const DataSegment& segment : module.data) TRY(visit_any(segment.offset));
  return {};
}

/// Errors: those of `read_sections`; `load.invalid_module` with offset, section and function, for
/// what cannot be read and for more than `limits` allow.
[[nodiscard]] Result<Module> read_module(ByteSpan bytes, const ReadLimits& limits = {});

/// As the public types say it; a reference to a type of the module keeps its kind only.
[[nodiscard]] ValueType to_value_type(const Module& module, ValueCode code);
[[nodiscard]] TableType to_table_type(const Module& module, const Table& table);
[[nodiscard]] FunctionType to_function_type(const Module& module, const Type& type);

}  // namespace synapsed::bytecode
