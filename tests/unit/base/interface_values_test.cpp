// Values of a known type, as JSON and as words of a command line.

#include <bit>
#include <limits>

#include <synapsed/interface.hpp>

#include "tests/support/random.hpp"
#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::must;
using Type = InterfaceType;
using Kind = InterfaceType::Kind;

const Type kPoint = Type::record_of(
    {.name = "point", .fields = {{.name = "x", .type = Kind::kS32}, {.name = "y", .type = Kind::kF32}}});

struct Example {
  Type type;
  WasmValue value;
  std::string_view json;
};

const std::vector<Example>& examples() {
  static const std::vector<Example> all{
      {Kind::kBool, true, "true"},
      {Kind::kS8, -128, "-128"},
      {Kind::kU32, -1, "4294967295"},
      {Kind::kS64, std::int64_t{-1}, "\"-1\""},
      {Kind::kU64, std::int64_t{-1}, "\"18446744073709551615\""},
      {Kind::kF32, 0.1F, "0.1"},
      {Kind::kF64, -0.0, "-0.0"},
      {Kind::kF64, std::bit_cast<double>(0x7ff8000000000001), "\"nan:0x7ff8000000000001\""},
      {Kind::kF32, std::numeric_limits<float>::infinity(), "\"inf\""},
      {Kind::kV128, V128{{1, 2}}, "\"0x01020000000000000000000000000000\""},
      {Kind::kString, "say \"hi\"", R"("say \"hi\"")"},
      {Type::list_of(Kind::kU8), Bytes{std::byte{1}, std::byte{255}}, "\"0x01ff\""},
      {Type::list_of(Kind::kS32), WasmList{{1, 2, 3}}, "[1,2,3]"},
      {Type::list_of(Type::list_of(Kind::kU8)), WasmList{{Bytes{}}}, "[\"0x\"]"},
      {Type::option_of(Kind::kString), WasmValue::null(), "null"},
      {Type::option_of(Kind::kString), "", "\"\""},
      {kPoint, WasmRecord{{"x", 1}, {"y", 2.5F}}, R"({"x":1,"y":2.5})"},
      {Type::result_of(Kind::kS32, Kind::kString), WasmRecord{{"ok", 1}}, R"({"ok":1})"},
      {Type::result_of(Kind::kS32, Kind::kString), WasmRecord{{"err", "no"}}, R"({"err":"no"})"},
      {Type::result_of(std::nullopt, Kind::kString), WasmRecord{{"ok", WasmValue()}},
       R"({"ok":null})"},
  };
  return all;
}

TEST(InterfaceValues, HavePlainJson) {
  for (const auto& [type, value, json] : examples()) {
    EXPECT_EQ(to_json(type, value), json);
    EXPECT_EQ(must(from_json(type, json)), value) << json;
  }
}

TEST(InterfaceValues, HaveText) {
  for (const auto& [type, value, json] : examples()) {
    EXPECT_EQ(must(from_text(type, to_text(type, value))), value) << json;
  }
  EXPECT_EQ(to_text(Kind::kString, "say \"hi\""), "say \"hi\"");
  EXPECT_EQ(to_text(Kind::kU64, std::int64_t{-1}), "18446744073709551615");
  EXPECT_EQ(to_text(Type::list_of(Kind::kU8), Bytes{std::byte{1}}), "0x01");
  EXPECT_EQ(must(from_text(Kind::kU16, "0xffff")), WasmValue(65535));
  EXPECT_EQ(must(from_text(Type::option_of(Kind::kS32), "-7")), WasmValue(-7));
  EXPECT_EQ(must(from_text(kPoint, R"({"y": 0, "x": "0x10"})")),
            WasmValue(WasmRecord{{"x", 16}, {"y", 0.0F}}));
}

TEST(InterfaceValues, WrongOnesAreRefusedWithTheirPlace) {
  struct Wrong {
    Type type;
    std::string_view json;
    std::string_view place;
    ErrorCode code = ErrorCode::kArgumentType;
  };
  const std::vector<Wrong> all{
      {Kind::kU8, "256", "", ErrorCode::kArgumentRange},
      {Kind::kU32, "-1", "", ErrorCode::kArgumentRange},
      {Kind::kS32, "4294967295", "", ErrorCode::kArgumentRange},
      {Kind::kS8, "-129", "", ErrorCode::kArgumentRange},
      {Kind::kU64, "18446744073709551616", "", ErrorCode::kArgumentRange},
      {Kind::kS32, "1.5", ""},
      {Kind::kBool, "1", ""},
      {Kind::kString, "1", ""},
      {Kind::kF64, "null", ""},
      {Type::list_of(kPoint), R"([{"x":1,"y":2},{"x":1,"y":"z"}])", "/1/y"},
      {Type::list_of(kPoint), R"([{"x":1}])", "/0"},
      {kPoint, R"({"x":1,"y":2,"z":3})", ""},
      {kPoint, R"({"x":1,"y":2,"x":3})", ""},
      {Type::result_of(Kind::kS32, std::nullopt), R"({"err":1})", "/err"},
      {Type::result_of(Kind::kS32, std::nullopt), R"({"ok":1,"err":null})", ""},
      {Type::result_of(Kind::kS32, std::nullopt), R"({"okay":1})", ""},
      {Type::list_of(Kind::kU8), "[1]", ""},
  };
  for (const auto& [type, json, place, code] : all) {
    const auto value = from_json(type, json);
    ASSERT_TRUE(fails_with(value, code)) << json;
    EXPECT_EQ(value.error().where(), "JSON pointer \"" + std::string(place) + "\"") << json;
  }
}

TEST(InterfaceValues, OfAnotherTypeAreWrittenWithTheirKind) {
  EXPECT_EQ(to_json(Type::list_of(Kind::kS32), WasmList{{1, "a"}}), R"([1,{"string":"a"}])");
  EXPECT_EQ(to_json(kPoint, 1), R"({"i32":1})");
  EXPECT_EQ(to_json(Kind::kString, "\xff"), R"({"string_bytes":"0xff"})");
}

TEST(InterfaceValues, HostileJsonIsAnErrorOrAValue) {
  test::Random random(4);
  for (int i = 0; i < 10000; ++i) {
    const Example& example = examples()[random.below(examples().size())];
    if (const auto read = from_json(example.type, random.mutated(std::string(example.json)))) {
      EXPECT_EQ(must(from_json(example.type, to_json(example.type, *read))), *read);
    }
  }
}

}  // namespace
}  // namespace synapsed
