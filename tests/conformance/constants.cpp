#include "tests/conformance/constants.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>

namespace synapsed::tests {
namespace {

using nlohmann::json;

/// What the bits of a floating-point number are made of.
struct FloatForm {
  int bits;
  std::uint64_t exponent;  ///< all ones
  std::uint64_t quiet;     ///< the highest bit of the payload
};
constexpr FloatForm kF32{32, 0x7f80'0000, 0x0040'0000};
constexpr FloatForm kF64{64, 0x7ff0'0000'0000'0000, 0x0008'0000'0000'0000};

const FloatForm* float_form(std::string_view type) {
  if (type == "f32") return &kF32;
  return type == "f64" ? &kF64 : nullptr;
}

int bits_of(std::string_view type) {
  if (type == "i8") return 8;
  if (type == "i16") return 16;
  return type == "i32" || type == "f32" ? 32 : 64;
}

std::uint64_t mask_of(int bits) { return ~std::uint64_t{0} >> (64 - bits); }

/// The bits of a number, which the script writes in decimal, signed or not.
std::uint64_t parse_bits(std::string_view text, int bits) {
  std::uint64_t magnitude = 0;
  const bool negative = text.starts_with('-');
  const char* begin = text.data() + (negative ? 1 : 0);
  std::from_chars(begin, text.data() + text.size(), magnitude);
  return (negative ? 0 - magnitude : magnitude) & mask_of(bits);
}

/// Whether the bits are those of the text, or a NaN of the class it names.
bool number_matches(std::string_view type, std::string_view text, std::uint64_t bits) {
  const FloatForm* form = float_form(type);
  if (form != nullptr && text.starts_with("nan:")) {
    const std::uint64_t magnitude = bits & mask_of(form->bits - 1);
    const std::uint64_t canonical = form->exponent | form->quiet;
    return text == "nan:canonical" ? magnitude == canonical : (magnitude & canonical) == canonical;
  }
  return parse_bits(text, bits_of(type)) == bits;
}

/// The bits of a number a call returned.
std::uint64_t bits_of_number(const wasmtime_val_t& value) {
  switch (value.kind) {
    case WASMTIME_I32: return static_cast<std::uint32_t>(value.of.i32);
    case WASMTIME_F32: return std::bit_cast<std::uint32_t>(value.of.f32);
    case WASMTIME_F64: return std::bit_cast<std::uint64_t>(value.of.f64);
    default: return static_cast<std::uint64_t>(value.of.i64);
  }
}

std::optional<wasmtime_valkind_t> number_kind(std::string_view type) {
  if (type == "i32") return WASMTIME_I32;
  if (type == "i64") return WASMTIME_I64;
  if (type == "f32") return WASMTIME_F32;
  if (type == "f64") return WASMTIME_F64;
  return std::nullopt;
}

wasmtime_val_t number(wasmtime_valkind_t kind, std::uint64_t bits) {
  wasmtime_val_t value{.kind = kind, .of = {}};
  switch (kind) {
    case WASMTIME_I32: value.of.i32 = static_cast<std::int32_t>(bits); break;
    case WASMTIME_F32: value.of.f32 = std::bit_cast<float>(static_cast<std::uint32_t>(bits)); break;
    case WASMTIME_F64: value.of.f64 = std::bit_cast<double>(bits); break;
    default: value.of.i64 = static_cast<std::int64_t>(bits); break;
  }
  return value;
}

wasmtime_val_t vector(const json& constant) {
  wasmtime_val_t value{.kind = WASMTIME_V128, .of = {}};
  const int bits = bits_of(constant.at("lane_type").get<std::string_view>());
  std::size_t at = 0;
  for (const json& lane : constant.at("value")) {
    const std::uint64_t number = parse_bits(lane.get<std::string_view>(), bits);
    std::memcpy(value.of.v128 + at, &number, static_cast<std::size_t>(bits / 8));
    at += static_cast<std::size_t>(bits / 8);
  }
  return value;
}

bool vector_matches(const json& expected, const wasmtime_val_t& value) {
  const auto type = expected.at("lane_type").get<std::string_view>();
  const auto bytes = static_cast<std::size_t>(bits_of(type) / 8);
  std::size_t at = 0;
  for (const json& lane : expected.at("value")) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, value.of.v128 + at, bytes);
    if (!number_matches(type, lane.get<std::string_view>(), bits)) return false;
    at += bytes;
  }
  return true;
}

/// A reference the host makes, told from others by its number.
void* host_object(std::string_view number) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(parse_bits(number, 32) + 1));
}

wasmtime_val_t host_reference(std::string_view type, std::string_view number, World& world) {
  wasmtime_val_t value{.kind = WASMTIME_EXTERNREF, .of = {}};
  wasmtime_externref_new(world.context(), host_object(number), nullptr, &value.of.externref);
  if (type == "externref") return value;
  // `any.convert_extern`, which keeps the reference.
  wasmtime_val_t converted{.kind = WASMTIME_ANYREF, .of = {}};
  wasmtime_anyref_from_raw(world.context(),
                           wasmtime_externref_to_raw(world.context(), &value.of.externref),
                           &converted.of.anyref);
  wasmtime_val_unroot(&value);
  return converted;
}

std::optional<wasmtime_valkind_t> reference_kind(std::string_view type) {
  if (type == "funcref" || type == "nullfuncref") return WASMTIME_FUNCREF;
  if (type == "externref" || type == "nullexternref") return WASMTIME_EXTERNREF;
  if (type == "exnref" || type == "nullexnref") return WASMTIME_EXNREF;
  for (const std::string_view name :
       {"anyref", "nullref", "eqref", "i31ref", "structref", "arrayref"}) {
    if (type == name) return WASMTIME_ANYREF;
  }
  return std::nullopt;
}

bool is_null(const wasmtime_val_t& value) {
  switch (value.kind) {
    case WASMTIME_FUNCREF: return wasmtime_funcref_is_null(&value.of.funcref);
    case WASMTIME_EXTERNREF: return wasmtime_externref_is_null(&value.of.externref);
    case WASMTIME_ANYREF: return wasmtime_anyref_is_null(&value.of.anyref);
    case WASMTIME_EXNREF: return wasmtime_exnref_is_null(&value.of.exnref);
    default: return false;
  }
}

bool is_host_object(const wasmtime_val_t& value, std::string_view number, World& world) {
  wasmtime_val_t reference{.kind = WASMTIME_EXTERNREF, .of = {}};
  if (value.kind == WASMTIME_EXTERNREF) {
    return wasmtime_externref_data(world.context(), &value.of.externref) == host_object(number);
  }
  wasmtime_externref_from_raw(world.context(),
                              wasmtime_anyref_to_raw(world.context(), &value.of.anyref),
                              &reference.of.externref);
  const bool same =
      wasmtime_externref_data(world.context(), &reference.of.externref) == host_object(number);
  wasmtime_val_unroot(&reference);
  return same;
}

bool has_heap_type(std::string_view type, const wasmtime_val_t& value, World& world) {
  const wasmtime_anyref_t* reference = &value.of.anyref;
  if (type == "i31ref") return wasmtime_anyref_is_i31(world.context(), reference);
  if (type == "eqref") return wasmtime_anyref_is_eqref(world.context(), reference);
  if (type == "structref") return wasmtime_anyref_is_struct(world.context(), reference);
  if (type == "arrayref") return wasmtime_anyref_is_array(world.context(), reference);
  return true;
}

bool reference_matches(std::string_view type, const json& expected, const wasmtime_val_t& value,
                       World& world) {
  if (reference_kind(type) != value.kind) return false;
  if (type.starts_with("null")) return is_null(value);
  const json wanted = expected.value("value", json());
  if (wanted == "null") return is_null(value);
  if (is_null(value)) return false;
  if (wanted.is_string()) return is_host_object(value, wanted.get<std::string_view>(), world);
  return has_heap_type(type, value, world);
}

}  // namespace

Result<wasmtime_val_t> value_of(const json& constant, World& world) {
  const auto type = constant.at("type").get<std::string_view>();
  if (const auto kind = number_kind(type)) {
    return number(*kind, parse_bits(constant.at("value").get<std::string_view>(), bits_of(type)));
  }
  if (type == "v128") return vector(constant);
  const auto kind = reference_kind(type);
  const json wanted = constant.value("value", json());
  if (kind && (wanted == "null" || type.starts_with("null"))) {
    return wasmtime_val_t{.kind = *kind, .of = {}};
  }
  if (kind && wanted.is_string()) {
    return host_reference(type, wanted.get<std::string_view>(), world);
  }
  return std::unexpected(
      Error(ErrorCode::kUnsupportedType, fmt::format("no call can pass {}", constant.dump())));
}

bool matches(const json& expected, const wasmtime_val_t& value, World& world) {
  const auto type = expected.at("type").get<std::string_view>();
  if (type == "either") {
    for (const json& choice : expected.at("values")) {
      if (matches(choice, value, world)) return true;
    }
    return false;
  }
  if (const auto kind = number_kind(type)) {
    return value.kind == *kind && number_matches(type, expected.at("value").get<std::string_view>(),
                                                 bits_of_number(value));
  }
  if (type == "v128") return value.kind == WASMTIME_V128 && vector_matches(expected, value);
  if (type == "refnull") return is_null(value);
  return reference_matches(type, expected, value, world);
}

std::string describe(const wasmtime_val_t& value) {
  static constexpr std::array kNames{"i32",     "i64",       "f32",    "f64",   "v128",
                                     "funcref", "externref", "anyref", "exnref"};
  const std::string_view name = kNames.at(value.kind);
  if (value.kind == WASMTIME_V128) {
    std::string text = "v128";
    for (const std::uint8_t byte : value.of.v128) text += fmt::format(" {:02x}", byte);
    return text;
  }
  if (value.kind > WASMTIME_V128) return fmt::format("{}{}", is_null(value) ? "null " : "", name);
  return fmt::format("{} {:#x}", name, bits_of_number(value));
}

}  // namespace synapsed::tests
