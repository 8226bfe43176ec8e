#include "bytecode/module.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace synapsed::bytecode {
namespace {

template <typename Item>
std::span<const Item> part(const std::vector<Item>& all, std::uint32_t first, std::uint32_t count) {
  return std::span(all).subspan(first, count);
}

HeapType abstract_heap_type(std::uint8_t code) {
  switch (code) {
    case 0x69: return HeapType::kExn;
    case 0x6a: return HeapType::kArray;
    case 0x6b: return HeapType::kStruct;
    case 0x6c: return HeapType::kI31;
    case 0x6d: return HeapType::kEq;
    case 0x6e: return HeapType::kAny;
    case 0x6f: return HeapType::kExtern;
    case 0x71: return HeapType::kNone;
    case 0x72: return HeapType::kNoExtern;
    case 0x73: return HeapType::kNoFunc;
    case 0x74: return HeapType::kNoExn;
    default: return HeapType::kFunc;
  }
}

HeapType concrete_heap_type(const Module& module, std::uint32_t type) {
  if (type >= module.types.size()) return HeapType::kConcreteStruct;
  switch (module.types[type].kind) {
    case Type::Kind::kFunction: return HeapType::kConcreteFunc;
    case Type::Kind::kArray: return HeapType::kConcreteArray;
    case Type::Kind::kStructure: break;
  }
  return HeapType::kConcreteStruct;
}

}  // namespace

std::string_view to_string(ExternKind kind) {
  constexpr std::array<std::string_view, 5> kNames{"func", "table", "memory", "global", "tag"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::span<const ValueCode> Module::params(const Type& type) const {
  return part(values, type.first, type.params);
}

std::span<const ValueCode> Module::results(const Type& type) const {
  return part(values, type.first + type.params, type.results);
}

std::span<const FieldCode> Module::fields(const Type& type) const {
  return part(all_fields, type.first, type.params);
}

std::span<const LocalGroup> Module::local_groups(const Body& body) const {
  return part(all_local_groups, body.first_local_group, body.local_groups);
}

std::span<const std::uint32_t> Module::functions_of(const ElementSegment& segment) const {
  return part(element_functions, segment.first, segment.functions);
}

const Type* Module::function_type(std::uint32_t type) const {
  if (type >= types.size() || types[type].kind != Type::Kind::kFunction) return nullptr;
  return &types[type];
}

const Type* Module::type_of_function(std::uint32_t function) const {
  return function < functions.size() ? function_type(functions[function]) : nullptr;
}

const Body* Module::body_of(std::uint32_t function) const {
  if (function < imported_functions) return nullptr;
  const std::size_t index = function - imported_functions;
  return index < bodies.size() ? &bodies[index] : nullptr;
}

const Section* Module::find_section(SectionId id) const {
  const auto found = std::ranges::find(sections, id, &Section::id);
  return found == sections.end() ? nullptr : &*found;
}

const Section* Module::find_custom(std::string_view name) const {
  const auto found = std::ranges::find_if(sections, [name](const Section& section) {
    return section.is_custom() && section.name == name;
  });
  return found == sections.end() ? nullptr : &*found;
}

std::string_view Module::name_of(std::uint32_t function) const {
  const auto found = std::ranges::lower_bound(function_names, function, {},
                                              &FunctionName::function);
  if (found == function_names.end() || found->function != function) return {};
  return as_text(bytes.subspan(found->offset, found->size));
}

std::string Module::label_of(std::uint32_t function) const {
  const std::string_view name = name_of(function);
  if (name.empty()) return fmt::format("function {}", function);
  return fmt::format("function {} ({})", function, name);
}

std::unexpected<Error> Module::refuse_in(std::uint32_t function, Error error) const {
  std::string where = fmt::format("{}, {}", error.where(), label_of(function));
  return std::unexpected(std::move(error).at(std::move(where)));
}

ValueType to_value_type(const Module& module, ValueCode code) {
  using Kind = ValueType::Kind;
  switch (code.code()) {
    case ValueCode::kI32: return {.kind = Kind::kI32};
    case ValueCode::kI64: return {.kind = Kind::kI64};
    case ValueCode::kF32: return {.kind = Kind::kF32};
    case ValueCode::kF64: return {.kind = Kind::kF64};
    case ValueCode::kV128: return {.kind = Kind::kV128};
    default: break;
  }
  return {.kind = Kind::kRef,
          .nullable = code.is_nullable(),
          .heap = code.is_concrete() ? concrete_heap_type(module, code.type_index())
                                     : abstract_heap_type(code.heap_code())};
}

TableType to_table_type(const Module& module, const Table& table) {
  return {.element = to_value_type(module, table.element),
          .minimum = table.minimum,
          .maximum = table.maximum};
}

FunctionType to_function_type(const Module& module, const Type& type) {
  FunctionType function;
  for (const ValueCode code : module.params(type)) {
    function.params.push_back(to_value_type(module, code));
  }
  for (const ValueCode code : module.results(type)) {
    function.results.push_back(to_value_type(module, code));
  }
  return function;
}

}  // namespace synapsed::bytecode
