// Lowering and lifting against a memory without a guest. The layouts expected here are written down
// by hand from the canonical ABI of the Component Model.

#include "host/canonical_abi.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "bytecode/interface.hpp"
#include "host/abi_layout.hpp"
#include "tests/support/random.hpp"
#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::must;
using test::Random;
using Type = InterfaceType;
using Kind = InterfaceType::Kind;
using Exports = std::vector<ExportType>;

constexpr std::string_view kTypes = R"(
record point { x: s32, y: f32 }
record mixed { a: u8, b: u64, c: u16, d: string }
record small { a: u8, b: u16, c: u8 }
)";

/// The function `f` with these parameters and result.
InterfaceFunction function(std::string_view params, std::string_view result = "") {
  const std::string text =
      fmt::format("{}f: func({}){}{};", kTypes, params, result.empty() ? "" : " -> ", result);
  return must(bytecode::parse_interface(text)).functions.at(0);
}

Type type(std::string_view text) { return *function("", text).result; }

std::string core(std::string_view params, std::string_view result = "") {
  return to_string(must(abi_of(function(params, result))).type);
}

/// A guest's memory with an allocator that only goes up.
class Guest {
 public:
  explicit Guest(std::size_t size = 4096) : bytes_(size) {}

  engine::MemoryView view() { return engine::MemoryView(bytes_); }

  void place(LoweredCall& call) {
    std::vector<std::uint32_t> addresses;
    for (const Block& block : call.blocks) addresses.push_back(allocate(block));
    must(place_blocks(call, addresses, view()));
  }

  std::uint32_t allocate(const Block& block) {
    const std::uint32_t address = align_up(next_, block.alignment);
    next_ = address + block.size();
    return address;
  }

  std::string hex(std::uint32_t address, std::size_t size) {
    return to_hex(std::span(bytes_).subspan(address, size));
  }

 private:
  Bytes bytes_;
  std::uint32_t next_ = 64;
};

RawValue pointer(std::uint32_t address) { return RawValue(static_cast<std::int32_t>(address)); }

TEST(CanonicalAbi, LaysTypesOut) {
  const auto expect_layout = [](std::string_view text, std::uint32_t size, std::uint32_t alignment) {
    EXPECT_EQ(layout_of(type(text)).size, size) << text;
    EXPECT_EQ(layout_of(type(text)).alignment, alignment) << text;
  };
  expect_layout("bool", 1, 1);
  expect_layout("s16", 2, 2);
  expect_layout("f32", 4, 4);
  expect_layout("u64", 8, 8);
  expect_layout("v128", 16, 16);
  expect_layout("string", 8, 4);
  expect_layout("list<u64>", 8, 4);
  expect_layout("point", 8, 4);
  expect_layout("mixed", 32, 8);
  expect_layout("small", 6, 2);
  expect_layout("result", 1, 1);
  expect_layout("option<u8>", 2, 1);
  expect_layout("option<u64>", 16, 8);
  expect_layout("result<u8, u16>", 4, 2);
  expect_layout("result<_, string>", 12, 4);
  expect_layout("option<v128>", 32, 16);
}

TEST(CanonicalAbi, FlattensFunctions) {
  EXPECT_EQ(core("a: bool, b: s8, c: u64, d: f32, e: f64, g: v128"),
            "(i32, i32, i64, f32, f64, v128) -> ()");
  EXPECT_EQ(core("a: string, b: list<u8>, c: point", "s64"), "(i32, i32, i32, i32, i32, f32) -> i64");
  EXPECT_EQ(core("a: option<f64>, b: result, c: result<f32, u32>, d: result<f32, u64>"),
            "(i32, f64, i32, i32, i32, i32, i64) -> ()");
  EXPECT_EQ(core("a: result<string, f64>"), "(i32, i64, i32) -> ()");
  EXPECT_EQ(core("", "string"), "() -> i32");
  EXPECT_EQ(core("", "result"), "() -> i32");
  EXPECT_EQ(core("", "v128"), "() -> v128");
  EXPECT_EQ(core("a: mixed, b: mixed, c: mixed, d: u8"), "(i32, i64, i32, i32, i32, i32, i64, i32, "
                                                        "i32, i32, i32, i64, i32, i32, i32, i32) "
                                                        "-> ()");
  EXPECT_EQ(core("a: mixed, b: mixed, c: mixed, d: u8, e: u8"), "(i32) -> ()");
}

TEST(CanonicalAbi, AVectorSharesNoPlace) {
  EXPECT_TRUE(fails_with(abi_of(function("a: result<v128, u32>")),
                         ErrorCode::kLoadInvalidInterface));
  EXPECT_EQ(core("a: option<v128>, b: result<v128, v128>", "result<v128, u32>"),
            "(i32, v128, i32, v128) -> i32");
}

TEST(CanonicalAbi, LowersIntoCoreParameters) {
  const auto f = function("p: point, o: option<f32>, n: option<u8>, r: result<f32, u64>, u: u8");
  const std::vector<WasmValue> arguments{WasmRecord{{"y", 1.5F}, {"x", -1}}, 2.5F, WasmValue::null(),
                                         WasmRecord{{"ok", -1.0F}}, 255};
  const LoweredCall call = must(lower_call(f, arguments));
  ASSERT_EQ(call.values.size(), 9U);
  EXPECT_TRUE(call.blocks.empty());
  EXPECT_EQ(call.values[0].i32, -1);
  EXPECT_EQ(call.values[1].f32, 1.5F);
  EXPECT_EQ(call.values[2].i32, 1);
  EXPECT_EQ(call.values[3].f32, 2.5F);
  EXPECT_EQ(call.values[4].i32, 0);
  EXPECT_EQ(call.values[5].i32, 0);
  EXPECT_EQ(call.values[6].i32, 0);
  EXPECT_EQ(call.values[7].i64, 0xbf800000);
  EXPECT_EQ(call.values[8].i32, 255);
}

TEST(CanonicalAbi, LowersIntoMemory) {
  const auto f = function("l: list<mixed>");
  const std::vector<WasmValue> arguments{WasmList{
      {WasmRecord{{"a", 1}, {"b", std::int64_t{2}}, {"c", 3}, {"d", "hi"}},
       WasmRecord{{"a", 255}, {"b", std::int64_t{-1}}, {"c", 65535}, {"d", ""}}}}};
  LoweredCall call = must(lower_call(f, arguments));
  Guest guest;
  guest.place(call);
  EXPECT_EQ(call.values[0].i32, 64);
  EXPECT_EQ(call.values[1].i32, 2);
  EXPECT_EQ(guest.hex(64, 64),
            "0100000000000000" "0200000000000000" "0300" "0000" "80000000" "02000000" "00000000"
            "ff00000000000000" "ffffffffffffffff" "ffff" "0000" "82000000" "00000000" "00000000");
  EXPECT_EQ(guest.hex(128, 2), "6869");
}

TEST(CanonicalAbi, ManyParametersAreOneTuple) {
  std::string params = "s: string";
  std::vector<WasmValue> arguments{"abc"};
  for (int i = 0; i < 15; ++i) {
    params += fmt::format(", p{}: u8", i);
    arguments.push_back(i);
  }
  LoweredCall call = must(lower_call(function(params), arguments));
  Guest guest;
  guest.place(call);
  ASSERT_EQ(call.values.size(), 1U);
  EXPECT_EQ(call.values[0].i32, 64);
  EXPECT_EQ(guest.hex(64, 24), "5800000003000000000102030405060708090a0b0c0d0e00");
  EXPECT_EQ(guest.hex(88, 3), "616263");
}

TEST(CanonicalAbi, DoesNotCopyStringsAndBytes) {
  const std::vector<WasmValue> arguments{std::string(100, 'x'), Bytes(100)};
  const LoweredCall call = must(lower_call(function("s: string, b: list<u8>"), arguments));
  ASSERT_EQ(call.blocks.size(), 2U);
  EXPECT_EQ(static_cast<const void*>(call.blocks[0].bytes().data()),
            arguments[0].get_if<std::string>()->data());
  EXPECT_EQ(call.blocks[1].bytes().data(), arguments[1].get_if<Bytes>()->data());
}

TEST(CanonicalAbi, APointerInAWiderPlaceIsZeroExtended) {
  const std::vector<WasmValue> arguments{WasmRecord{{"ok", "abc"}}};
  LoweredCall call = must(lower_call(function("r: result<string, f64>"), arguments));
  ASSERT_EQ(call.blocks.size(), 1U);
  Bytes memory(16);
  must(place_blocks(call, std::vector<std::uint32_t>{8}, engine::MemoryView(memory)));
  EXPECT_EQ(call.values[1].i64, 8);
  EXPECT_EQ(call.values[2].i32, 3);
}

TEST(CanonicalAbi, NamesTheArgumentThatIsWrong) {
  struct Wrong {
    std::string_view params;
    WasmValue argument;
    ErrorCode code;
    std::string_view message;
  };
  const WasmValue points(WasmList{{WasmRecord{{"x", 1}, {"y", 1.0F}}, WasmRecord{{"x", 1}, {"y", 2}}}});
  const std::vector<Wrong> all{
      {"p: list<point>", points, ErrorCode::kArgumentType,
       R"(parameter "p"[1].y of "f" has type f32, and the argument is i32)"},
      {"p: point", WasmRecord{{"x", 1}, {"z", 1.0F}}, ErrorCode::kArgumentType,
       R"(parameter "p" of "f" has type point, and the argument has no field "y")"},
      {"p: point", WasmRecord{{"x", 1}, {"y", 1.0F}, {"y", 1.0F}}, ErrorCode::kArgumentType,
       R"(parameter "p" of "f" has type point, and the argument has 3 fields instead of 2)"},
      {"p: u8", 256, ErrorCode::kArgumentRange,
       R"(parameter "p" of "f" has type u8, and 256 is not between 0 and 255)"},
      {"p: s16", -32769, ErrorCode::kArgumentRange,
       R"(parameter "p" of "f" has type s16, and -32769 is not between -32768 and 32767)"},
      {"p: list<option<u8>>", WasmList{{1, -1}}, ErrorCode::kArgumentRange,
       R"(parameter "p"[1] of "f" has type u8, and -1 is not between 0 and 255)"},
      {"p: string", "\xff", ErrorCode::kArgumentType,
       R"(parameter "p" of "f" is a string that is not UTF-8)"},
      {"p: string", Bytes{}, ErrorCode::kArgumentType,
       R"(parameter "p" of "f" has type string, and the argument is bytes)"},
      {"p: list<u8>", WasmList{}, ErrorCode::kArgumentType,
       R"(parameter "p" of "f" has type list<u8>, and the argument is list)"},
      {"p: bool", 1, ErrorCode::kArgumentType,
       R"(parameter "p" of "f" has type bool, and the argument is i32)"},
      {"p: s64", 1, ErrorCode::kArgumentType,
       R"(parameter "p" of "f" has type s64, and the argument is i32)"},
      {"p: result<u8, string>", WasmRecord{{"ok", 256}}, ErrorCode::kArgumentRange,
       R"(parameter "p".ok of "f" has type u8, and 256 is not between 0 and 255)"},
      {"p: result<u8>", WasmRecord{{"err", 1}}, ErrorCode::kArgumentType,
       R"(parameter "p".err of "f" has no type, and takes null)"},
      {"p: result<u8>", WasmRecord{}, ErrorCode::kArgumentType,
       R"(parameter "p" of "f" has type result<u8>, and takes a record with the one field "ok" or "err")"},
      {"p: u8, q: u8", 1, ErrorCode::kArgumentCount, R"("f" takes 2 arguments, and 1 was given)"},
  };
  for (const auto& [params, argument, code, message] : all) {
    const auto call = lower_call(function(params), std::vector<WasmValue>{argument});
    ASSERT_TRUE(fails_with(call, code)) << params;
    EXPECT_EQ(call.error().message(), message);
  }
}

TEST(CanonicalAbi, ChecksWhatAnAllocatorReturns) {
  const std::vector<WasmValue> arguments{WasmList{{std::int64_t{1}}}, "ab", ""};
  const LoweredCall lowered =
      must(lower_call(function("l: list<s64>, s: string, t: string"), arguments));
  const auto place = [&](std::vector<std::uint32_t> addresses) {
    Bytes memory(64, std::byte{0xee});
    LoweredCall call = lowered;
    const auto placed = place_blocks(call, addresses, engine::MemoryView(memory));
    const bool untouched = std::ranges::all_of(memory, [](std::byte b) { return b == std::byte{0xee}; });
    EXPECT_EQ(placed.has_value(), !untouched);
    return placed;
  };
  must(place({8, 16, 16}));
  must(place({56, 0, 64}));
  must(place({56, 54, 60}));
  for (const std::vector<std::uint32_t>& addresses :
       {std::vector<std::uint32_t>{4, 16, 0}, {12, 0, 0}, {64, 0, 0}, {0, 63, 0}, {0, 16, 65},
        {8, 8, 0}, {8, 15, 0}, {8, 7, 0}, {8, 0xffffffff, 0}, {0xfffffff8, 0, 0}}) {
    EXPECT_TRUE(fails_with(place(addresses), ErrorCode::kOutOfBounds)) << addresses[0];
  }
}

/// A memory whose bytes from 16 on are `hex`.
Bytes memory_of(std::string_view hex, std::size_t size = 256) {
  Bytes memory(size);
  const Bytes bytes = from_hex(hex).value();
  std::ranges::copy(bytes, memory.begin() + 16);
  return memory;
}

Result<std::vector<WasmValue>> lift(std::string_view result, RawValue raw, std::string_view hex = "") {
  Bytes memory = memory_of(hex);
  return lift_result(function("", result), std::vector{raw}, engine::MemoryView(memory));
}

WasmValue lifted(std::string_view result, RawValue raw, std::string_view hex = "") {
  return must(lift(result, raw, hex)).at(0);
}

TEST(CanonicalAbi, LiftsResults) {
  EXPECT_TRUE(must(lift_result(function(""), {}, engine::MemoryView({}))).empty());
  EXPECT_EQ(lifted("s64", RawValue(std::int64_t{-7})), WasmValue(std::int64_t{-7}));
  EXPECT_EQ(lifted("bool", RawValue(1)), WasmValue(true));
  EXPECT_EQ(lifted("u8", RawValue(-1)), WasmValue(255));
  EXPECT_EQ(lifted("s8", RawValue(255)), WasmValue(-1));
  EXPECT_EQ(lifted("result", RawValue(1)), WasmValue(WasmRecord{{"err", WasmValue()}}));
  EXPECT_EQ(lifted("string", pointer(16), "18000000" "02000000" "6869"), WasmValue("hi"));
  EXPECT_EQ(lifted("list<u8>", pointer(16), "18000000" "02000000" "00ff"),
            WasmValue(Bytes{std::byte{0}, std::byte{255}}));
  EXPECT_EQ(lifted("small", pointer(16), "0100ff7f0300"),
            WasmValue(WasmRecord{{"a", 1}, {"b", 32767}, {"c", 3}}));
  EXPECT_EQ(lifted("list<option<u16>>", pointer(16), "18000000" "02000000" "00ee0100" "01ee0200"),
            WasmValue(WasmList{{WasmValue::null(), 2}}));
  EXPECT_EQ(lifted("result<u8, string>", pointer(16), "01eeeeee" "1c000000" "01000000" "21"),
            WasmValue(WasmRecord{{"err", "!"}}));
}

TEST(CanonicalAbi, RefusesResultsThatLie) {
  struct Wrong {
    std::string_view result;
    RawValue raw;
    std::string_view hex;
    ErrorCode code;
    std::string_view message;
  };
  const auto kBounds = ErrorCode::kOutOfBounds;
  const auto kInvalid = ErrorCode::kInvalidResult;
  const std::vector<Wrong> all{
      {"bool", RawValue(2), "", kInvalid, R"(the result of "f" is a bool, and holds 2)"},
      {"result", RawValue(2), "", kInvalid,
       R"(the result of "f" has type result, and its case is 2, not 0 or 1)"},
      {"string", pointer(252), "", kBounds,
       R"(the result of "f" is 8 bytes at 0xfc, outside its memory of 256 bytes)"},
      {"string", pointer(0xffffffff), "", kBounds,
       R"(the result of "f" is 8 bytes at 0xffffffff, outside its memory of 256 bytes)"},
      {"string", pointer(18), "", kInvalid,
       R"(the result of "f" lies at 0x12, which is not aligned to 4)"},
      {"string", pointer(16), "00000000" "01010000", kBounds,
       R"(the result of "f" is 257 bytes at 0x0, outside its memory of 256 bytes)"},
      {"string", pointer(16), "18000000" "01000000" "ff", kInvalid,
       R"(the result of "f" is a string that is not UTF-8)"},
      {"list<u32>", pointer(16), "02000000" "01000000", kInvalid,
       R"(the result of "f" lies at 0x2, which is not aligned to 4)"},
      {"list<u32>", pointer(16), "00000000" "00000040", kBounds,
       R"(the result of "f" is 4294967296 bytes at 0x0, outside its memory of 256 bytes)"},
      {"list<bool>", pointer(16), "18000000" "02000000" "0103", kInvalid,
       R"(the result[1] of "f" is a bool, and holds 3)"},
      {"list<mixed>", pointer(16), "18000000" "01000000" "000000000000000000000000000000000000"
       "0000" "00010000" "01000000", kBounds,
       R"(the result[0].d of "f" is 1 bytes at 0x100, outside its memory of 256 bytes)"},
      {"option<point>", pointer(16), "02", kInvalid,
       R"(the result of "f" has type option<point>, and its case is 2, not 0 or 1)"},
  };
  for (const auto& [result, raw, hex, code, message] : all) {
    const auto values = lift(result, raw, hex);
    ASSERT_TRUE(fails_with(values, code)) << result;
    EXPECT_EQ(values.error().message(), message);
  }
}

TEST(CanonicalAbi, AResultIsNoLargerThanItsBounds) {
  Bytes memory(std::size_t{2} << 20);
  const auto put = [&](std::size_t at, std::uint32_t value) { std::memcpy(&memory[at], &value, 4); };
  const auto lift_here = [&](std::string_view result) {
    return lift_result(function("", result), std::vector{pointer(0)}, engine::MemoryView(memory));
  };
  put(0, 8);
  put(4, kLiftedValuesMax + 1);
  EXPECT_TRUE(fails_with(lift_here("list<bool>"), ErrorCode::kInvalidResult));
  put(4, kLiftedValuesMax);
  EXPECT_EQ(must(lift_here("list<bool>"))[0].get_if<WasmList>()->items.size(), kLiftedValuesMax);
  EXPECT_TRUE(fails_with(lift_here("list<option<u16>>"), ErrorCode::kOutOfBounds));

  // A list of lists that all show the same million bytes.
  put(4, 100);
  for (std::size_t i = 0; i < 100; ++i) {
    put(8 + i * 8, 0);
    put(12 + i * 8, 1'000'000);
  }
  EXPECT_TRUE(fails_with(lift_here("list<list<u8>>"), ErrorCode::kInvalidResult));
  EXPECT_TRUE(fails_with(lift_here("list<string>"), ErrorCode::kInvalidResult));
  EXPECT_TRUE(fails_with(lift_here("list<list<bool>>"), ErrorCode::kInvalidResult));

  // Lists that are their own items: each claims as many as there may be.
  put(0, 0);
  put(4, 200'000);
  EXPECT_TRUE(fails_with(lift_here("list<list<list<list<list<list<bool>>>>>>"),
                         ErrorCode::kInvalidResult));
}

TEST(CanonicalAbi, ChecksAnInterfaceAgainstTheExports) {
  const auto i32 = ValueType{.kind = ValueType::Kind::kI32};
  const Interface interface = must(bytecode::parse_interface("greet: func(name: string) -> string;"));
  const FunctionType greet{.params = {i32, i32}, .results = {i32}};
  const FunctionType post{.params = {i32}, .results = {}};
  const ExportType memory{.name = "memory", .type = MemoryType{.minimum = 1}};
  const ExportType large{.name = "memory", .type = MemoryType{.minimum = 1, .is_64 = true}};
  const ExportType realloc{.name = "cabi_realloc", .type = allocator_type()};
  const ExportType post_greet{.name = "cabi_post_greet", .type = post};
  const ExportType good{.name = "greet", .type = greet};
  const auto check = [&](const Exports& exports) { return check_interface(interface, exports); };
  must(check({good, realloc, memory}));
  must(check({good, realloc, memory, post_greet}));
  for (const Exports& exports :
       {Exports{}, Exports{good, memory}, Exports{good, realloc}, Exports{good, realloc, large},
        Exports{good, memory, {.name = "cabi_realloc", .type = greet}},
        Exports{good, realloc, memory, {.name = "cabi_post_greet", .type = greet}},
        Exports{{.name = "greet", .type = MemoryType{}}, realloc, memory}}) {
    EXPECT_TRUE(fails_with(check(exports), ErrorCode::kLoadInvalidInterface));
  }
  const auto wrong = check({{.name = "greet", .type = post}, realloc, memory});
  EXPECT_TRUE(fails_with(wrong, ErrorCode::kLoadInvalidInterface));
  EXPECT_EQ(wrong.error().message(),
            "\"greet\" is exported with type (i32) -> (), and by its interface has (i32, i32) -> i32");
}

TEST(CanonicalAbi, AsksOnlyForWhatAFunctionNeeds) {
  const auto check = [](std::string_view text, const Exports& exports) {
    return check_interface(must(bytecode::parse_interface(text)), exports);
  };
  const ValueType i32{.kind = ValueType::Kind::kI32};
  const ExportType memory{.name = "memory", .type = MemoryType{.minimum = 1}};
  const FunctionType add{.params = {i32, i32}, .results = {i32}};
  must(check("f: func(a: u8, b: u8) -> u8;", {{.name = "f", .type = add}}));
  must(check("f: func(a: u8, b: u8) -> string;", {{.name = "f", .type = add}, memory}));
  EXPECT_TRUE(fails_with(check("f: func(a: string) -> u8;", {{.name = "f", .type = add}, memory}),
                         ErrorCode::kLoadInvalidInterface));
}

// The law: what was lowered into memory is lifted as the same value.

std::string random_type(Random& random, unsigned depth) {
  constexpr std::array<std::string_view, 16> kSimple{
      "bool", "s8",  "u8",  "s16",  "u16",    "s32",   "u32",  "s64",
      "u64",  "f32", "f64", "v128", "string", "point", "mixed", "small"};
  const auto inner = [&] { return random_type(random, depth + 1); };
  switch (depth < 3 ? random.below(8) : 0) {
    case 1: return "list<" + inner() + ">";
    case 2: {
      const std::string value = inner();
      return value.starts_with("option") ? value : "option<" + value + ">";
    }
    case 3: return "result<" + inner() + ", " + inner() + ">";
    case 4: return "result<_, " + inner() + ">";
    case 5: return "result";
    default: return std::string(kSimple[random.below(kSimple.size())]);
  }
}

WasmValue random_value(Random& random, const Type& type) {
  switch (type.kind) {
    case Kind::kBool: return random.below(2) == 0;
    case Kind::kS8: return std::int32_t{static_cast<std::int8_t>(random.bits())};
    case Kind::kU8: return std::int32_t{static_cast<std::uint8_t>(random.bits())};
    case Kind::kS16: return std::int32_t{static_cast<std::int16_t>(random.bits())};
    case Kind::kU16: return std::int32_t{static_cast<std::uint16_t>(random.bits())};
    case Kind::kS32:
    case Kind::kU32: return static_cast<std::int32_t>(random.bits());
    case Kind::kS64:
    case Kind::kU64: return random.bits();
    case Kind::kF32: return std::bit_cast<float>(static_cast<std::uint32_t>(random.bits()));
    case Kind::kF64: return std::bit_cast<double>(random.bits());
    case Kind::kV128: return V128{{static_cast<std::uint8_t>(random.bits()), 7}};
    case Kind::kString: return std::string(random.below(9), 's');
    case Kind::kList: {
      if (type.is_bytes()) return Bytes(random.below(9), random.byte());
      WasmList list;
      for (std::size_t i = random.below(4); i != 0; --i) {
        list.items.push_back(random_value(random, *type.element));
      }
      return list;
    }
    case Kind::kOption:
      return random.below(2) == 0 ? WasmValue::null() : random_value(random, *type.element);
    case Kind::kResult: {
      const bool is_ok = random.below(2) == 0;
      const auto& side = is_ok ? type.element : type.error;
      return WasmRecord{{is_ok ? "ok" : "err", side ? random_value(random, *side) : WasmValue()}};
    }
    case Kind::kRecord: {
      WasmRecord record;
      for (const InterfaceField& field : type.record->fields) {
        record.fields.push_back({field.name, random_value(random, field.type)});
      }
      return record;
    }
  }
  return {};
}

TEST(CanonicalAbi, WhatIsLoweredIsLifted) {
  Random random(5);
  for (int i = 0; i < 1000; ++i) {
    const std::string text = random_type(random, 0);
    // As a list's only item it lies in memory, as a function's result would.
    const auto taking = function("l: list<" + text + ">");
    if (taking.params[0].type.is_bytes()) continue;
    const std::vector<WasmValue> arguments{
        WasmList{{random_value(random, *taking.params[0].type.element)}}};
    LoweredCall call = must(lower_call(taking, arguments));
    Guest guest(std::size_t{1} << 16);
    guest.place(call);
    const auto giving = function("", "list<" + text + ">");
    must(guest.view().write<std::uint32_t>(0, static_cast<std::uint32_t>(call.values[0].i32)));
    must(guest.view().write<std::uint32_t>(4, 1));
    EXPECT_EQ(must(lift_result(giving, std::vector{pointer(0)}, guest.view())), arguments) << text;
  }
}

TEST(CanonicalAbi, WildMemoryIsAnErrorOrAValue) {
  Random random(6);
  Bytes memory(1024);
  for (int i = 0; i < 5000; ++i) {
    for (std::byte& byte : memory) byte = random.below(3) == 0 ? random.byte() : std::byte{0};
    const auto giving = function("", random_type(random, 0));
    const auto values = lift_result(giving, std::vector{pointer(random.below(64) * 16 & 0x3ff)},
                                    engine::MemoryView(memory));
    if (!values) {
      EXPECT_TRUE(values.error().code() == ErrorCode::kOutOfBounds ||
                  values.error().code() == ErrorCode::kInvalidResult);
    } else {
      EXPECT_EQ(must(from_json(*giving.result, to_json(*giving.result, values->at(0)))),
                values->at(0));
    }
  }
}

}  // namespace
}  // namespace synapsed
