// What an instance holds besides code: its globals, tables and memories, for whoever takes it away or
// puts it back.

#include <bit>
#include <cstdlib>

#include "engine/store.hpp"
#include "engine/wasmtime/errors.hpp"
#include "engine/wasmtime/handle_cast.hpp"
#include "engine/wasmtime/native_values.hpp"
#include "engine/wasmtime/store_impl.hpp"

namespace synapsed::engine {
namespace {

Reference reference_to(wasmtime_context_t* context, const wasmtime_func_t& function) {
  if (wasmtime_funcref_is_null(&function)) return {};
  return {.kind = Reference::Kind::kFunction,
          .identity = std::bit_cast<std::uintptr_t>(wasmtime_func_to_raw(context, &function))};
}

/// `value` is unrooted.
Reference take_reference(wasmtime_context_t* context, wasmtime_val_t& value) {
  Reference reference{.kind = Reference::Kind::kOther};
  switch (value.kind) {
    case WASMTIME_FUNCREF: return reference_to(context, value.of.funcref);
    case WASMTIME_EXTERNREF:
      if (wasmtime_externref_is_null(&value.of.externref)) reference = {};
      break;
    case WASMTIME_ANYREF:
      if (wasmtime_anyref_is_null(&value.of.anyref)) reference = {};
      break;
    case WASMTIME_EXNREF:
      if (wasmtime_exnref_is_null(&value.of.exnref)) reference = {};
      break;
    default: break;
  }
  wasmtime_val_unroot(&value);
  return reference;
}

wasmtime_val_t function_value(const std::optional<Function>& function) {
  wasmtime_val_t value{};
  value.kind = WASMTIME_FUNCREF;
  if (function) {
    value.of.funcref = native_of<wasmtime_func_t>(*function);
  } else {
    wasmtime_funcref_set_null(&value.of.funcref);
  }
  return value;
}

wasmtime_val_t null_of(const ValueType& type) {
  wasmtime_val_t value{};
  switch (type.heap) {
    case HeapType::kFunc:
    case HeapType::kNoFunc:
    case HeapType::kConcreteFunc: return function_value(std::nullopt);
    case HeapType::kExtern:
    case HeapType::kNoExtern:
      value.kind = WASMTIME_EXTERNREF;
      wasmtime_externref_set_null(&value.of.externref);
      return value;
    case HeapType::kExn:
    case HeapType::kConcreteExn:
    case HeapType::kNoExn:
      value.kind = WASMTIME_EXNREF;
      wasmtime_exnref_set_null(&value.of.exnref);
      return value;
    default:
      value.kind = WASMTIME_ANYREF;
      wasmtime_anyref_set_null(&value.of.anyref);
      return value;
  }
}

/// Setting fails for another type, for what is immutable and beyond the end, which callers exclude.
void must_be_set(wasmtime_error_t* raw) {
  const ErrorHandle error(raw);
  if (error) std::abort();
}

Result<void> grown(Store::Impl& store, wasmtime_error_t* raw) {
  if (raw == nullptr) return {};
  Stop stop = stop_of(store, TrapHandle(), ErrorHandle(raw));
  return std::unexpected(std::get<Error>(std::move(stop)));
}

}  // namespace

std::optional<Counter> Store::counter(const Instance& instance, const ExportIndex& index) {
  const auto item = export_at(impl_->context, instance, index, WASMTIME_EXTERN_GLOBAL);
  if (!item) return std::nullopt;
  return handle_of<Counter>(item->of.global);
}

std::int64_t Store::read(const Counter& counter) {
  const auto native = native_of<wasmtime_global_t>(counter);
  wasmtime_val_t value;
  wasmtime_global_get(impl_->context, &native, &value);
  return value.of.i64;
}

void Store::write(const Counter& counter, std::int64_t value) {
  const auto native = native_of<wasmtime_global_t>(counter);
  const wasmtime_val_t set{.kind = WASMTIME_I64, .of = {.i64 = value}};
  must_be_set(wasmtime_global_set(impl_->context, &native, &set));
}

std::optional<Global> Store::global(const Instance& instance, const ExportIndex& index) {
  const auto item = export_at(impl_->context, instance, index, WASMTIME_EXTERN_GLOBAL);
  if (!item) return std::nullopt;
  return handle_of<Global>(item->of.global);
}

StateValue Store::read(const Global& global) {
  const auto native = native_of<wasmtime_global_t>(global);
  wasmtime_val_t value;
  wasmtime_global_get(impl_->context, &native, &value);
  switch (value.kind) {
    case WASMTIME_I32:
    case WASMTIME_I64:
    case WASMTIME_F32:
    case WASMTIME_F64:
    case WASMTIME_V128: return take_raw(impl_->context, value);
    default: return take_reference(impl_->context, value);
  }
}

void Store::write(const Global& global, const ValueType& type, const RawValue& value) {
  const auto native = native_of<wasmtime_global_t>(global);
  const wasmtime_val_t set = native_value(impl_->context, type, value);
  must_be_set(wasmtime_global_set(impl_->context, &native, &set));
}

void Store::write(const Global& global, const std::optional<Function>& function) {
  const auto native = native_of<wasmtime_global_t>(global);
  const wasmtime_val_t set = function_value(function);
  must_be_set(wasmtime_global_set(impl_->context, &native, &set));
}

std::optional<Table> Store::table(const Instance& instance, const ExportIndex& index) {
  const auto item = export_at(impl_->context, instance, index, WASMTIME_EXTERN_TABLE);
  if (!item) return std::nullopt;
  return handle_of<Table>(item->of.table);
}

std::uint64_t Store::size(const Table& table) {
  const auto native = native_of<wasmtime_table_t>(table);
  return wasmtime_table_size(impl_->context, &native);
}

Reference Store::read(const Table& table, std::uint64_t element) {
  const auto native = native_of<wasmtime_table_t>(table);
  wasmtime_val_t value;
  if (!wasmtime_table_get(impl_->context, &native, element, &value)) std::abort();
  return take_reference(impl_->context, value);
}

void Store::write(const Table& table, std::uint64_t element,
                  const std::optional<Function>& function) {
  const auto native = native_of<wasmtime_table_t>(table);
  const wasmtime_val_t set = function_value(function);
  must_be_set(wasmtime_table_set(impl_->context, &native, element, &set));
}

Result<void> Store::grow(const Table& table, std::uint64_t elements, const ValueType& type,
                         const std::optional<Function>& fill) {
  const auto native = native_of<wasmtime_table_t>(table);
  wasmtime_val_t filling = fill ? function_value(fill) : null_of(type);
  std::uint64_t before = 0;
  impl_->account.refusal = SYNAPSED_REFUSAL_NONE;
  return grown(*impl_, wasmtime_table_grow(impl_->context, &native, elements, &filling, &before));
}

Reference Store::identity_of(const Function& function) {
  return reference_to(impl_->context, native_of<wasmtime_func_t>(function));
}

std::optional<Memory> Store::memory(const Instance& instance, const ExportIndex& index) {
  const auto item = export_at(impl_->context, instance, index, WASMTIME_EXTERN_MEMORY);
  if (!item) return std::nullopt;
  return handle_of<Memory>(item->of.memory);
}

Result<void> Store::grow(const Memory& memory, std::uint64_t pages) {
  const auto native = native_of<wasmtime_memory_t>(memory);
  std::uint64_t before = 0;
  impl_->account.refusal = SYNAPSED_REFUSAL_NONE;
  return grown(*impl_, wasmtime_memory_grow(impl_->context, &native, pages, &before));
}

}  // namespace synapsed::engine
