#include "engine/wasmtime/types.hpp"

namespace synapsed::engine {
namespace {

HeapType heap_type(wasmtime_heaptype_kind_t kind) {
  switch (kind) {
    case WASMTIME_HEAPTYPE_KIND_EXTERN: return HeapType::kExtern;
    case WASMTIME_HEAPTYPE_KIND_NOEXTERN: return HeapType::kNoExtern;
    case WASMTIME_HEAPTYPE_KIND_FUNC: return HeapType::kFunc;
    case WASMTIME_HEAPTYPE_KIND_CONCRETE_FUNC: return HeapType::kConcreteFunc;
    case WASMTIME_HEAPTYPE_KIND_NOFUNC: return HeapType::kNoFunc;
    case WASMTIME_HEAPTYPE_KIND_ANY: return HeapType::kAny;
    case WASMTIME_HEAPTYPE_KIND_NONE: return HeapType::kNone;
    case WASMTIME_HEAPTYPE_KIND_EQ: return HeapType::kEq;
    case WASMTIME_HEAPTYPE_KIND_I31: return HeapType::kI31;
    case WASMTIME_HEAPTYPE_KIND_ARRAY: return HeapType::kArray;
    case WASMTIME_HEAPTYPE_KIND_CONCRETE_ARRAY: return HeapType::kConcreteArray;
    case WASMTIME_HEAPTYPE_KIND_STRUCT: return HeapType::kStruct;
    case WASMTIME_HEAPTYPE_KIND_CONCRETE_STRUCT: return HeapType::kConcreteStruct;
    case WASMTIME_HEAPTYPE_KIND_EXN: return HeapType::kExn;
    case WASMTIME_HEAPTYPE_KIND_CONCRETE_EXN: return HeapType::kConcreteExn;
    default: return HeapType::kNoExn;
  }
}

ValueType value_type(const wasm_valtype_t* type) {
  using Kind = ValueType::Kind;
  wasmtime_valtype_t full;
  wasmtime_valtype_new(type, &full);
  ValueType result;
  switch (full.kind) {
    case WASMTIME_VALTYPE_KIND_I32: result.kind = Kind::kI32; break;
    case WASMTIME_VALTYPE_KIND_I64: result.kind = Kind::kI64; break;
    case WASMTIME_VALTYPE_KIND_F32: result.kind = Kind::kF32; break;
    case WASMTIME_VALTYPE_KIND_F64: result.kind = Kind::kF64; break;
    case WASMTIME_VALTYPE_KIND_V128: result.kind = Kind::kV128; break;
    default:
      result = {.kind = Kind::kRef,
                .nullable = full.reftype.nullable,
                .heap = heap_type(full.reftype.heaptype.kind)};
      break;
  }
  wasmtime_valtype_delete(&full);
  return result;
}

std::vector<ValueType> value_types(const wasm_valtype_vec_t* types) {
  std::vector<ValueType> result;
  result.reserve(types->size);
  for (std::size_t i = 0; i < types->size; ++i) result.push_back(value_type(types->data[i]));
  return result;
}

wasm_valtype_t* native_value_type(const ValueType& type) {
  switch (type.kind) {
    case ValueType::Kind::kI32: return wasm_valtype_new(WASM_I32);
    case ValueType::Kind::kI64: return wasm_valtype_new(WASM_I64);
    case ValueType::Kind::kF32: return wasm_valtype_new(WASM_F32);
    case ValueType::Kind::kF64: return wasm_valtype_new(WASM_F64);
    case ValueType::Kind::kV128: return wasmtime_wasm_valtype_v128();
    case ValueType::Kind::kRef: break;
  }
  return wasm_valtype_new(type.is_func_ref() ? WASM_FUNCREF : WASM_EXTERNREF);
}

void fill_native_types(const std::vector<ValueType>& types, wasm_valtype_vec_t& out) {
  wasm_valtype_vec_new_uninitialized(&out, types.size());
  for (std::size_t i = 0; i < types.size(); ++i) out.data[i] = native_value_type(types[i]);
}

GlobalType global_type(const wasm_globaltype_t* type) {
  return {.value = value_type(wasm_globaltype_content(type)),
          .is_mutable = wasm_globaltype_mutability(type) == WASM_VAR};
}

TableType table_type(const wasm_tabletype_t* type) {
  const wasm_limits_t* limits = wasm_tabletype_limits(type);
  TableType result{.element = value_type(wasm_tabletype_element(type)),
                   .minimum = limits->min,
                   .maximum = {}};
  if (limits->max != wasm_limits_max_default) result.maximum = limits->max;
  return result;
}

MemoryType memory_type(const wasm_memorytype_t* type) {
  MemoryType result{.minimum = wasmtime_memorytype_minimum(type),
                    .maximum = {},
                    .page_bytes = wasmtime_memorytype_page_size(type),
                    .is_64 = wasmtime_memorytype_is64(type),
                    .is_shared = wasmtime_memorytype_isshared(type)};
  std::uint64_t maximum = 0;
  if (wasmtime_memorytype_maximum(type, &maximum)) result.maximum = maximum;
  return result;
}

}  // namespace

FunctionType function_type(const wasm_functype_t* type) {
  return {.params = value_types(wasm_functype_params(type)),
          .results = value_types(wasm_functype_results(type))};
}

FunctionTypeHandle native_type(const FunctionType& type) {
  wasm_valtype_vec_t params;
  wasm_valtype_vec_t results;
  fill_native_types(type.params, params);
  fill_native_types(type.results, results);
  return FunctionTypeHandle(wasm_functype_new(&params, &results));
}

ExternType extern_type(const wasm_externtype_t* type) {
  switch (wasm_externtype_kind(type)) {
    case WASM_EXTERN_FUNC: return function_type(wasm_externtype_as_functype_const(type));
    case WASM_EXTERN_GLOBAL: return global_type(wasm_externtype_as_globaltype_const(type));
    case WASM_EXTERN_TABLE: return table_type(wasm_externtype_as_tabletype_const(type));
    case WASM_EXTERN_MEMORY: return memory_type(wasm_externtype_as_memorytype_const(type));
    default:
      return TagType{
          .function = function_type(wasm_tagtype_functype(wasm_externtype_as_tagtype_const(type)))};
  }
}

}  // namespace synapsed::engine
