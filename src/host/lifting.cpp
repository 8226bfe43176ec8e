#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/place.hpp"
#include "base/try.hpp"
#include "base/utf8.hpp"
#include "host/abi_layout.hpp"
#include "host/canonical_abi.hpp"

namespace synapsed {
namespace {

using Kind = InterfaceType::Kind;

/// Lifts the result of one call.
class Lifting {
 public:
  Lifting(const InterfaceFunction& function, engine::MemoryView memory)
      : function_(function), memory_(memory), bytes_left_(memory.size()) {}

  /// `raw` is the only core value the type flattens to.
  Result<WasmValue> lift_flat(const InterfaceType& type, const RawValue& raw, const Place& place) {
    switch (type.kind) {
      case Kind::kRecord: {
        TRY(charge_values(type.record->fields.size(), place));
        WasmRecord record;
        for (const InterfaceField& field : type.record->fields) {
          const Place inside(place, std::string_view(field.name));
          record.fields.push_back({field.name, TRY(lift_flat(field.type, raw, inside))});
        }
        return WasmValue(std::move(record));
      }
      case Kind::kOption:
      case Kind::kResult: {
        const auto load = [&](const InterfaceType& payload, const Place& inside) {
          return lift_flat(payload, raw, inside);
        };
        return variant(type, static_cast<std::uint32_t>(raw.i32), place, load);
      }
      default: return scalar(type, raw, place);
    }
  }

  /// What lies at `address`, a pointer of the guest's.
  Result<WasmValue> lift_pointed(const InterfaceType& type, std::uint32_t address,
                                 const Place& place) {
    const AbiLayout layout = layout_of(type);
    TRY(slice(address, layout.size, layout.alignment, place));
    return load(type, address, place);
  }

 private:
  std::unexpected<Error> fail(ErrorCode code, const Place& place, std::string_view what) const {
    return std::unexpected(Error(code, fmt::format("the result{} of \"{}\" {}", place.path(),
                                                   function_.name, what)));
  }
  std::unexpected<Error> invalid(const Place& place, std::string_view what) const {
    return fail(ErrorCode::kInvalidResult, place, what);
  }

  /// Counts the parts of a value before they are made.
  Result<void> charge_values(std::uint64_t count, const Place& place) {
    if (count > values_left_) {
      return invalid(place, fmt::format("holds more than {} values", kLiftedValuesMax));
    }
    values_left_ -= count;
    return {};
  }

  Result<ByteSpan> slice(std::uint32_t address, std::uint64_t size, std::uint32_t alignment,
                         const Place& place) const {
    const auto bytes = memory_.slice(address, size);
    if (!bytes) {
      return fail(ErrorCode::kOutOfBounds, place,
                  fmt::format("is {} bytes at {:#x}, outside its memory of {} bytes", size, address,
                              memory_.size()));
    }
    if (address % alignment == 0) return ByteSpan(*bytes);
    return invalid(place,
                   fmt::format("lies at {:#x}, which is not aligned to {}", address, alignment));
  }

  Result<WasmValue> scalar(const InterfaceType& type, const RawValue& raw,
                           const Place& place) const {
    switch (type.kind) {
      case Kind::kBool:
        if (raw.i32 == 0 || raw.i32 == 1) return WasmValue(raw.i32 == 1);
        return invalid(place, fmt::format("is a bool, and holds {}", raw.i32));
      case Kind::kS8: return WasmValue(std::int32_t{static_cast<std::int8_t>(raw.i32)});
      case Kind::kU8: return WasmValue(std::int32_t{static_cast<std::uint8_t>(raw.i32)});
      case Kind::kS16: return WasmValue(std::int32_t{static_cast<std::int16_t>(raw.i32)});
      case Kind::kU16: return WasmValue(std::int32_t{static_cast<std::uint16_t>(raw.i32)});
      case Kind::kS64:
      case Kind::kU64: return WasmValue(raw.i64);
      case Kind::kF32: return WasmValue(raw.f32);
      case Kind::kF64: return WasmValue(raw.f64);
      case Kind::kV128: {
        V128 vector;
        std::memcpy(vector.bytes.data(), raw.v128, vector.bytes.size());
        return WasmValue(vector);
      }
      default: return WasmValue(raw.i32);
    }
  }

  /// The case `discriminant` says; `load_payload` lifts its value.
  template <typename Load>
  Result<WasmValue> variant(const InterfaceType& type, std::uint32_t discriminant,
                            const Place& place, const Load& load_payload) {
    if (discriminant > 1) {
      return invalid(place, fmt::format("has type {}, and its case is {}, not 0 or 1",
                                        to_string(type), discriminant));
    }
    if (type.kind == Kind::kOption) {
      if (discriminant == 0) return WasmValue::null();
      return load_payload(*type.element, place);
    }
    const std::string_view name = discriminant == 0 ? "ok" : "err";
    const auto& payload = discriminant == 0 ? type.element : type.error;
    TRY(charge_values(1, place));
    WasmField side{.name = std::string(name), .value = {}};
    if (payload != nullptr) side.value = TRY(load_payload(*payload, Place(place, name)));
    WasmRecord record;
    record.fields.push_back(std::move(side));
    return WasmValue(std::move(record));
  }

  /// What lies at `address`, which is aligned and in bounds.
  Result<WasmValue> load(const InterfaceType& type, std::uint32_t address, const Place& place) {
    switch (type.kind) {
      case Kind::kString:
      case Kind::kList: return load_span(type, address, place);
      case Kind::kOption:
      case Kind::kResult: {
        const std::uint32_t discriminant = TRY(memory_.read<std::uint8_t>(address));
        const auto load_payload = [&](const InterfaceType& payload, const Place& inside) {
          return load(payload, address + payload_offset(type), inside);
        };
        return variant(type, discriminant, place, load_payload);
      }
      case Kind::kRecord: {
        TRY(charge_values(type.record->fields.size(), place));
        WasmRecord record;
        record.fields.reserve(type.record->fields.size());
        FieldOffsets offsets;
        for (const InterfaceField& field : type.record->fields) {
          const Place inside(place, std::string_view(field.name));
          const std::uint32_t offset = offsets.next(field.type);
          record.fields.push_back({field.name, TRY(load(field.type, address + offset, inside))});
        }
        return WasmValue(std::move(record));
      }
      default: {
        const AbiLayout layout = layout_of(type);
        const ByteSpan bytes = TRY(slice(address, layout.size, layout.alignment, place));
        RawValue raw;
        std::memcpy(&raw, bytes.data(), bytes.size());  // a little-endian machine's low bytes
        return scalar(type, raw, place);
      }
    }
  }

  /// The string or list whose pointer and length lie at `address`.
  Result<WasmValue> load_span(const InterfaceType& type, std::uint32_t address,
                              const Place& place) {
    const auto pointer = TRY(memory_.read<std::uint32_t>(address));
    const auto length = TRY(memory_.read<std::uint32_t>(std::uint64_t{address} + 4));
    if (type.kind == Kind::kList && !type.is_bytes()) {
      return load_items(*type.element, pointer, length, place);
    }
    const ByteSpan bytes = TRY(slice(pointer, length, 1, place));
    if (bytes.size() > bytes_left_) {
      return invalid(place, "shows more bytes than the guest's memory has");
    }
    bytes_left_ -= bytes.size();
    if (type.kind == Kind::kList) return WasmValue(Bytes(bytes.begin(), bytes.end()));
    if (is_utf8(as_text(bytes))) return WasmValue(as_text(bytes));
    return invalid(place, "is a string that is not UTF-8");
  }

  Result<WasmValue> load_items(const InterfaceType& type, std::uint32_t pointer,
                               std::uint32_t count, const Place& place) {
    const AbiLayout layout = layout_of(type);
    TRY(slice(pointer, std::uint64_t{count} * layout.size, layout.alignment, place));
    TRY(charge_values(count, place));
    WasmList list;
    list.items.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      list.items.push_back(TRY(load(type, pointer + i * layout.size, Place(place, i))));
    }
    return WasmValue(std::move(list));
  }

  const InterfaceFunction& function_;
  engine::MemoryView memory_;
  std::uint64_t values_left_ = kLiftedValuesMax;
  std::uint64_t bytes_left_;
};

}  // namespace

Result<std::vector<WasmValue>> lift_result(const InterfaceFunction& function,
                                           std::span<const RawValue> values,
                                           engine::MemoryView memory) {
  const FunctionAbi abi = TRY(abi_of(function));
  return lift_result(function, abi, values, memory);
}

Result<std::vector<WasmValue>> lift_result(const InterfaceFunction& function,
                                           const FunctionAbi& abi,
                                           std::span<const RawValue> values,
                                           engine::MemoryView memory) {
  std::vector<WasmValue> results;
  if (!function.result) return results;
  Lifting lifting(function, memory);
  const RawValue& raw = values.front();
  results.push_back(
      TRY(abi.result_in_memory
              ? lifting.lift_pointed(*function.result, static_cast<std::uint32_t>(raw.i32), Place())
              : lifting.lift_flat(*function.result, raw, Place())));
  return results;
}

}  // namespace synapsed
