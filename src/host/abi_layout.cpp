#include "host/abi_layout.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

namespace synapsed {
namespace {

using Kind = InterfaceType::Kind;
using CoreKind = ValueType::Kind;

AbiLayout layout_of_case(const std::shared_ptr<const InterfaceType>& type) {
  return type == nullptr ? AbiLayout{} : layout_of(*type);
}

std::uint32_t case_alignment(const InterfaceType& variant) {
  return std::max(layout_of_case(variant.element).alignment,
                  layout_of_case(variant.error).alignment);
}

AbiLayout layout_of_variant(const InterfaceType& variant) {
  const std::uint32_t largest =
      std::max(layout_of_case(variant.element).size, layout_of_case(variant.error).size);
  const std::uint32_t alignment = case_alignment(variant);
  return {.size = align_up(payload_offset(variant) + largest, alignment), .alignment = alignment};
}

/// The type both cases of a variant fit into.
CoreKind join(CoreKind one, CoreKind other) {
  if (one == other) return one;
  const auto is_32 = [](CoreKind kind) { return kind == CoreKind::kI32 || kind == CoreKind::kF32; };
  return is_32(one) && is_32(other) ? CoreKind::kI32 : CoreKind::kI64;
}

bool is_full(const FlatTypes& flat) { return flat.kinds.size() > kFlatParamsMax; }

void append(FlatTypes& flat, const InterfaceType& type);

FlatTypes flatten_case(const std::shared_ptr<const InterfaceType>& type) {
  return type == nullptr ? FlatTypes{} : flatten(*type);
}

void append_variant(FlatTypes& flat, const InterfaceType& variant) {
  FlatTypes longer = flatten_case(variant.element);
  FlatTypes shorter = flatten_case(variant.error);
  if (longer.kinds.size() < shorter.kinds.size()) std::swap(longer, shorter);
  flat.mixes_vectors |= longer.mixes_vectors || shorter.mixes_vectors;
  flat.kinds.push_back(CoreKind::kI32);
  for (std::size_t i = 0; i < longer.kinds.size(); ++i) {
    const CoreKind one = longer.kinds[i];
    const CoreKind other = i < shorter.kinds.size() ? shorter.kinds[i] : one;
    flat.mixes_vectors |= one != other && (one == CoreKind::kV128 || other == CoreKind::kV128);
    flat.kinds.push_back(join(one, other));
  }
}

void append(FlatTypes& flat, const InterfaceType& type) {
  if (is_full(flat)) return;
  switch (type.kind) {
    case Kind::kS64:
    case Kind::kU64: flat.kinds.push_back(CoreKind::kI64); break;
    case Kind::kF32: flat.kinds.push_back(CoreKind::kF32); break;
    case Kind::kF64: flat.kinds.push_back(CoreKind::kF64); break;
    case Kind::kV128: flat.kinds.push_back(CoreKind::kV128); break;
    case Kind::kString:
    case Kind::kList: flat.kinds.insert(flat.kinds.end(), 2, CoreKind::kI32); break;
    case Kind::kOption:
    case Kind::kResult: append_variant(flat, type); break;
    case Kind::kRecord:
      for (const InterfaceField& field : type.record->fields) append(flat, field.type);
      break;
    default: flat.kinds.push_back(CoreKind::kI32);
  }
}

std::vector<ValueType> core_types(const FlatTypes& flat) {
  std::vector<ValueType> types;
  types.reserve(flat.kinds.size());
  for (const CoreKind kind : flat.kinds) types.push_back({.kind = kind});
  return types;
}

}  // namespace

AbiLayout layout_of(const InterfaceType& type) {
  switch (type.kind) {
    case Kind::kBool:
    case Kind::kS8:
    case Kind::kU8: return {.size = 1, .alignment = 1};
    case Kind::kS16:
    case Kind::kU16: return {.size = 2, .alignment = 2};
    case Kind::kS32:
    case Kind::kU32:
    case Kind::kF32: return {.size = 4, .alignment = 4};
    case Kind::kS64:
    case Kind::kU64:
    case Kind::kF64: return {.size = 8, .alignment = 8};
    case Kind::kV128: return {.size = 16, .alignment = 16};
    case Kind::kString:
    case Kind::kList: return {.size = 8, .alignment = 4};
    case Kind::kOption:
    case Kind::kResult: return layout_of_variant(type);
    case Kind::kRecord: return layout_of(std::span(type.record->fields));
  }
  std::unreachable();
}

AbiLayout layout_of(std::span<const InterfaceField> fields) {
  AbiLayout whole;
  for (const InterfaceField& field : fields) {
    const AbiLayout layout = layout_of(field.type);
    whole.size = align_up(whole.size, layout.alignment) + layout.size;
    whole.alignment = std::max(whole.alignment, layout.alignment);
  }
  whole.size = align_up(whole.size, whole.alignment);
  return whole;
}

std::uint32_t payload_offset(const InterfaceType& variant) {
  return align_up(1, case_alignment(variant));
}

FlatTypes flatten(const InterfaceType& type) {
  FlatTypes flat;
  append(flat, type);
  return flat;
}

Result<FunctionAbi> abi_of(const InterfaceFunction& function) {
  FlatTypes params;
  for (const InterfaceField& param : function.params) append(params, param.type);
  FunctionAbi abi;
  abi.params_in_memory = is_full(params);
  if (abi.params_in_memory) params = {.kinds = {CoreKind::kI32}};
  if (params.mixes_vectors) {
    return std::unexpected(
        Error(ErrorCode::kLoadInvalidInterface,
              fmt::format("a parameter of \"{}\" is a v128 or another type in the same place, "
                          "which cannot be passed",
                          function.name))
            .help("put it in a list, or return it"));
  }
  abi.type.params = core_types(params);
  if (!function.result) return abi;
  FlatTypes result = flatten(*function.result);
  abi.result_in_memory = result.kinds.size() > kFlatResultsMax;
  if (abi.result_in_memory) result = {.kinds = {CoreKind::kI32}};
  abi.type.results = core_types(result);
  return abi;
}

}  // namespace synapsed
