#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/integer_ranges.hpp"
#include "base/place.hpp"
#include "base/try.hpp"
#include "base/utf8.hpp"
#include "host/abi_layout.hpp"
#include "host/canonical_abi.hpp"

namespace synapsed {
namespace {

using Kind = InterfaceType::Kind;
using CoreKind = ValueType::Kind;

/// Which case of an option or a result a value is.
struct Case {
  std::int32_t discriminant = 0;
  const InterfaceType* type = nullptr;  ///< of the payload; null when there is none
  const WasmValue* payload = nullptr;
  std::string_view name;  ///< `ok` or `err`; empty for an option
};

/// A payload's core value as the wider one that both cases share.
RawValue widened(const RawValue& raw, CoreKind from, CoreKind to) {
  if (from == to) return raw;
  std::uint64_t bits = 0;
  const bool is_64 = from == CoreKind::kI64 || from == CoreKind::kF64;
  std::memcpy(&bits, &raw, is_64 ? 8 : 4);
  return RawValue(static_cast<std::int64_t>(bits));
}

/// Lowers the arguments of one call.
class Lowering {
 public:
  explicit Lowering(const InterfaceFunction& function) : function_(function) {}

  Result<LoweredCall> lower(const FunctionAbi& abi, std::span<const WasmValue> arguments) {
    if (arguments.size() != function_.params.size()) return fail_counting(arguments.size());
    if (abi.params_in_memory) {
      TRY(lower_to_memory(arguments));
    } else {
      call_.values.reserve(std::max(abi.type.params.size(), abi.type.results.size()));
      TRY(lower_flat(arguments));
    }
    if (call_.values.size() < abi.type.results.size()) {
      call_.values.resize(abi.type.results.size());
    }
    return std::move(call_);
  }

 private:
  // Errors.

  std::unexpected<Error> fail_counting(std::size_t given) const {
    const std::size_t wanted = function_.params.size();
    return std::unexpected(
        Error(ErrorCode::kArgumentCount,
              fmt::format("\"{}\" takes {} argument{}, and {} {} given", function_.name, wanted,
                          wanted == 1 ? "" : "s", given, given == 1 ? "was" : "were"))
            .help(fmt::format("its interface is {}", to_string(function_))));
  }
  std::unexpected<Error> fail(ErrorCode code, const Place& place, std::string_view what) const {
    return std::unexpected(Error(code, fmt::format("parameter \"{}\"{} of \"{}\" {}", param_->name,
                                                   place.path(), function_.name, what)));
  }
  std::unexpected<Error> mismatch(const Place& place, const InterfaceType& type,
                                  const WasmValue& value) const {
    return fail(ErrorCode::kArgumentType, place,
                fmt::format("has type {}, and the argument is {}", to_string(type),
                            to_string(value.kind())));
  }

  // What a value is.

  Result<RawValue> integer(const InterfaceType& type, const WasmValue& value,
                           const Place& place) const {
    if (type.kind == Kind::kS64 || type.kind == Kind::kU64) {
      if (const auto* wide = value.get_if<std::int64_t>()) return RawValue(*wide);
      return mismatch(place, type, value);
    }
    const auto* number = value.get_if<std::int32_t>();
    if (number == nullptr) return mismatch(place, type, value);
    const IntegerRange range = *integer_range(type.kind);
    const bool is_narrow = range.most < INT32_MAX;
    if (is_narrow && (*number < range.least || *number > static_cast<std::int64_t>(range.most))) {
      return fail(ErrorCode::kArgumentRange, place,
                  fmt::format("has type {}, and {} is not between {} and {}", to_string(type),
                              *number, range.least, range.most));
    }
    return RawValue(*number);
  }

  Result<RawValue> scalar(const InterfaceType& type, const WasmValue& value,
                          const Place& place) const {
    if (integer_range(type.kind)) return integer(type, value, place);
    if (type.kind == Kind::kBool) {
      if (const auto* flag = value.get_if<bool>()) return RawValue(std::int32_t{*flag});
    } else if (type.kind == Kind::kF32) {
      if (const auto* number = value.get_if<float>()) return RawValue(*number);
    } else if (type.kind == Kind::kF64) {
      if (const auto* number = value.get_if<double>()) return RawValue(*number);
    } else if (const auto* vector = value.get_if<V128>()) {
      RawValue raw;
      std::memcpy(raw.v128, vector->bytes.data(), vector->bytes.size());
      return raw;
    }
    return mismatch(place, type, value);
  }

  Result<const WasmRecord*> record(const InterfaceType& type, const WasmValue& value,
                                   const Place& place) const {
    const auto* record = value.get_if<WasmRecord>();
    if (record == nullptr) return mismatch(place, type, value);
    for (const InterfaceField& field : type.record->fields) {
      if (record->find(field.name) == nullptr) {
        return fail(ErrorCode::kArgumentType, place,
                    fmt::format("has type {}, and the argument has no field \"{}\"",
                                to_string(type), field.name));
      }
    }
    if (record->fields.size() == type.record->fields.size()) return record;
    return fail(ErrorCode::kArgumentType, place,
                fmt::format("has type {}, and the argument has {} fields instead of {}",
                            to_string(type), record->fields.size(), type.record->fields.size()));
  }

  Result<Case> case_of(const InterfaceType& type, const WasmValue& value,
                       const Place& place) const {
    if (type.kind == Kind::kOption) {
      if (value.kind() == ValueKind::kNull) return Case{};
      return Case{.discriminant = 1, .type = type.element.get(), .payload = &value, .name = {}};
    }
    const auto* record = value.get_if<WasmRecord>();
    const bool is_one = record != nullptr && record->fields.size() == 1;
    const std::string_view name = is_one ? record->fields[0].name : std::string_view();
    if (name != "ok" && name != "err") {
      return fail(ErrorCode::kArgumentType, place,
                  fmt::format("has type {}, and takes a record with the one field \"ok\" or "
                              "\"err\"",
                              to_string(type)));
    }
    const WasmValue& payload = record->fields[0].value;
    const auto& payload_type = name == "ok" ? type.element : type.error;
    if (payload_type == nullptr && payload.kind() != ValueKind::kNull) {
      return fail(ErrorCode::kArgumentType, Place(place, name), "has no type, and takes null");
    }
    return Case{.discriminant = name == "ok" ? 0 : 1,
                .type = payload_type.get(),
                .payload = &payload,
                .name = name};
  }

  // Blocks.

  std::size_t add_block(std::variant<ByteSpan, Bytes> contents, std::uint32_t alignment) {
    call_.blocks.push_back(
        {.contents = std::move(contents), .alignment = alignment, .pointers = {}});
    return call_.blocks.size() - 1;
  }

  Result<void> check_length(std::uint64_t bytes, const Place& place) const {
    if (bytes <= UINT32_MAX) return {};
    return fail(ErrorCode::kArgumentRange, place, "does not fit into 4 GiB");
  }

  /// A block that points to others, and how many things it holds.
  struct Span {
    std::size_t block = 0;
    std::uint32_t length = 0;  ///< bytes of a string, items of a list
  };

  Result<Span> view(ByteSpan bytes, const Place& place) {
    TRY(check_length(bytes.size(), place));
    return Span{.block = add_block(bytes, 1), .length = static_cast<std::uint32_t>(bytes.size())};
  }

  /// A string or a list as a block.
  Result<Span> span(const InterfaceType& type, const WasmValue& value, const Place& place) {
    if (type.kind == Kind::kString) {
      const auto* text = value.get_if<std::string>();
      if (text == nullptr) return mismatch(place, type, value);
      if (is_utf8(*text)) return view(as_bytes(*text), place);
      return fail(ErrorCode::kArgumentType, place, "is a string that is not UTF-8");
    }
    if (type.is_bytes()) {
      const auto* bytes = value.get_if<Bytes>();
      return bytes == nullptr ? mismatch(place, type, value) : view(*bytes, place);
    }
    const auto* list = value.get_if<WasmList>();
    if (list == nullptr) return mismatch(place, type, value);
    return items(*type.element, list->items, place);
  }

  Result<Span> items(const InterfaceType& type, std::span<const WasmValue> values,
                     const Place& place) {
    const AbiLayout layout = layout_of(type);
    TRY(check_length(values.size(), place));
    TRY(check_length(std::uint64_t{values.size()} * layout.size, place));
    const std::size_t block = add_block(Bytes(values.size() * layout.size), layout.alignment);
    for (std::size_t i = 0; i < values.size(); ++i) {
      TRY(store(type, values[i], Place(place, i), block,
                static_cast<std::uint32_t>(i * layout.size)));
    }
    return Span{.block = block, .length = static_cast<std::uint32_t>(values.size())};
  }

  // Into memory.

  void write(std::size_t block, std::uint32_t offset, const void* value, std::size_t size) {
    std::memcpy(std::get<Bytes>(call_.blocks[block].contents).data() + offset, value, size);
  }

  Result<void> store(const InterfaceType& type, const WasmValue& value, const Place& place,
                     std::size_t block, std::uint32_t offset) {
    switch (type.kind) {
      case Kind::kString:
      case Kind::kList: {
        const Span contents = TRY(span(type, value, place));
        call_.blocks[block].pointers.push_back({.offset = offset, .block = contents.block});
        write(block, offset + 4, &contents.length, 4);
        return {};
      }
      case Kind::kOption:
      case Kind::kResult: return store_variant(type, value, place, block, offset);
      case Kind::kRecord: {
        const WasmRecord* fields = TRY(record(type, value, place));
        FieldOffsets offsets;
        for (const InterfaceField& field : type.record->fields) {
          const Place inside(place, std::string_view(field.name));
          TRY(store(field.type, *fields->find(field.name), inside, block,
                    offset + offsets.next(field.type)));
        }
        return {};
      }
      default: {
        const RawValue raw = TRY(scalar(type, value, place));
        write(block, offset, &raw, layout_of(type).size);  // a little-endian machine's low bytes
        return {};
      }
    }
  }

  Result<void> store_variant(const InterfaceType& type, const WasmValue& value, const Place& place,
                             std::size_t block, std::uint32_t offset) {
    const Case chosen = TRY(case_of(type, value, place));
    write(block, offset, &chosen.discriminant, 1);
    if (chosen.type == nullptr) return {};
    const Place inside(place, chosen.name);
    return store(*chosen.type, *chosen.payload, chosen.name.empty() ? place : inside, block,
                 offset + payload_offset(type));
  }

  Result<void> lower_to_memory(std::span<const WasmValue> arguments) {
    const AbiLayout layout = layout_of(std::span(function_.params));
    const std::size_t block = add_block(Bytes(layout.size), layout.alignment);
    FieldOffsets offsets;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      param_ = &function_.params[i];
      TRY(store(param_->type, arguments[i], Place(), block, offsets.next(param_->type)));
    }
    call_.values.resize(1);
    call_.pointers.push_back({.slot = 0, .block = block});
    return {};
  }

  // Into core parameters.

  Result<void> lower_flat(std::span<const WasmValue> arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      param_ = &function_.params[i];
      TRY(push(param_->type, arguments[i], Place()));
    }
    return {};
  }

  Result<void> push(const InterfaceType& type, const WasmValue& value, const Place& place) {
    switch (type.kind) {
      case Kind::kString:
      case Kind::kList: {
        const Span contents = TRY(span(type, value, place));
        call_.pointers.push_back({.slot = call_.values.size(), .block = contents.block});
        call_.values.emplace_back();
        call_.values.emplace_back(static_cast<std::int32_t>(contents.length));
        return {};
      }
      case Kind::kOption:
      case Kind::kResult: return push_variant(type, value, place);
      case Kind::kRecord: {
        const WasmRecord* fields = TRY(record(type, value, place));
        for (const InterfaceField& field : type.record->fields) {
          TRY(push(field.type, *fields->find(field.name),
                   Place(place, std::string_view(field.name))));
        }
        return {};
      }
      default: call_.values.push_back(TRY(scalar(type, value, place))); return {};
    }
  }

  Result<void> push_variant(const InterfaceType& type, const WasmValue& value, const Place& place) {
    const Case chosen = TRY(case_of(type, value, place));
    const std::vector<CoreKind> shared = flatten(type).kinds;
    const std::size_t first = call_.values.size();
    call_.values.emplace_back(chosen.discriminant);
    if (chosen.type != nullptr) {
      const Place inside(place, chosen.name);
      TRY(push(*chosen.type, *chosen.payload, chosen.name.empty() ? place : inside));
      const std::vector<CoreKind> own = flatten(*chosen.type).kinds;
      for (std::size_t i = 0; i < own.size(); ++i) {
        RawValue& raw = call_.values[first + 1 + i];
        raw = widened(raw, own[i], shared[i + 1]);
      }
    }
    call_.values.resize(first + shared.size());
    return {};
  }

  const InterfaceFunction& function_;
  const InterfaceField* param_ = nullptr;  // the one that is being lowered
  LoweredCall call_;
};

}  // namespace

Result<LoweredCall> lower_call(const InterfaceFunction& function,
                               std::span<const WasmValue> arguments) {
  const FunctionAbi abi = TRY(abi_of(function));
  return lower_call(function, abi, arguments);
}

Result<LoweredCall> lower_call(const InterfaceFunction& function, const FunctionAbi& abi,
                               std::span<const WasmValue> arguments) {
  return Lowering(function).lower(abi, arguments);
}

}  // namespace synapsed
