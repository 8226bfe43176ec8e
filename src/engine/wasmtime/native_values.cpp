#include "engine/wasmtime/native_values.hpp"

#include <cstring>

namespace synapsed::engine {
namespace {

wasmtime_val_t native_reference(wasmtime_context_t* context, const ValueType& type,
                                const RawValue& raw) {
  wasmtime_val_t value{};
  if (type.is_func_ref()) {
    value.kind = WASMTIME_FUNCREF;
    if (raw.func_ref == nullptr) {
      wasmtime_funcref_set_null(&value.of.funcref);
    } else {
      wasmtime_func_from_raw(context, raw.func_ref, &value.of.funcref);
    }
  } else {
    value.kind = WASMTIME_EXTERNREF;
    if (raw.extern_ref == 0) {
      wasmtime_externref_set_null(&value.of.externref);
    } else {
      wasmtime_externref_from_raw(context, raw.extern_ref, &value.of.externref);
    }
  }
  return value;
}

}  // namespace

wasmtime_val_t native_value(wasmtime_context_t* context, const ValueType& type,
                            const RawValue& raw) {
  wasmtime_val_t value{};
  switch (type.kind) {
    case ValueType::Kind::kI32:
      value.kind = WASMTIME_I32;
      value.of.i32 = raw.i32;
      return value;
    case ValueType::Kind::kI64:
      value.kind = WASMTIME_I64;
      value.of.i64 = raw.i64;
      return value;
    case ValueType::Kind::kF32:
      value.kind = WASMTIME_F32;
      value.of.f32 = raw.f32;
      return value;
    case ValueType::Kind::kF64:
      value.kind = WASMTIME_F64;
      value.of.f64 = raw.f64;
      return value;
    case ValueType::Kind::kV128:
      value.kind = WASMTIME_V128;
      std::memcpy(value.of.v128, raw.v128, sizeof(raw.v128));
      return value;
    case ValueType::Kind::kRef: break;
  }
  return native_reference(context, type, raw);
}

RawValue take_raw(wasmtime_context_t* context, wasmtime_val_t& value) {
  RawValue raw;
  switch (value.kind) {
    case WASMTIME_I32: raw.i32 = value.of.i32; break;
    case WASMTIME_I64: raw.i64 = value.of.i64; break;
    case WASMTIME_F32: raw.f32 = value.of.f32; break;
    case WASMTIME_F64: raw.f64 = value.of.f64; break;
    case WASMTIME_V128: std::memcpy(raw.v128, value.of.v128, sizeof(raw.v128)); break;
    case WASMTIME_FUNCREF:
      raw.func_ref = wasmtime_funcref_is_null(&value.of.funcref)
                         ? nullptr
                         : wasmtime_func_to_raw(context, &value.of.funcref);
      break;
    case WASMTIME_EXTERNREF:
      raw.extern_ref = wasmtime_externref_is_null(&value.of.externref)
                           ? 0
                           : wasmtime_externref_to_raw(context, &value.of.externref);
      break;
    default: break;
  }
  wasmtime_val_unroot(&value);
  return raw;
}

}  // namespace synapsed::engine
