#include "bytecode/interface.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/support/random.hpp"
#include "tests/support/results.hpp"

namespace synapsed::bytecode {
namespace {

using test::fails_with;
using test::must;
using test::Random;
using Kind = InterfaceType::Kind;
using Bounds = InterfaceBounds;

constexpr std::string_view kExample = R"(// What it is about.
record point { x: s32, y: s32 }
record path { points: list<point>, closed: bool, }  // a comma may stand at the end

greet: func(name: string) -> string;
sum: func(points: list<point>, scale: option<f64>) -> result<s64, string>;
draw-it: func(p: path, style: v128) -> result<_, string>;
record: func() -> result;
func: func(data: list<u8>, a: u8, b: s8, c: u16, d: s16, e: u32, f: f32, g: u64) -> result<point>;
)";

std::string error_of(std::string_view text) {
  const auto parsed = parse_interface(text);
  EXPECT_TRUE(fails_with(parsed, ErrorCode::kLoadInvalidInterface)) << text;
  return parsed ? "" : parsed.error().message() + " @ " + parsed.error().where();
}

void expect_error(std::string_view text, std::string_view message, std::string_view place) {
  EXPECT_EQ(error_of(text), fmt::format("the module's interface is not valid: {} @ section "
                                        "\"synapsed:interface\", {}",
                                        message, place))
      << text;
}

TEST(InterfaceText, SaysFunctionsAndTheirTypes) {
  const Interface interface = must(parse_interface(kExample));
  ASSERT_EQ(interface.records.size(), 2U);
  const InterfaceType point = InterfaceType::record_of(
      {.name = "point", .fields = {{.name = "x", .type = Kind::kS32},
                                   {.name = "y", .type = Kind::kS32}}});
  EXPECT_EQ(interface.records[1].fields[0].type, InterfaceType::list_of(point));
  ASSERT_NE(interface.find("sum"), nullptr);
  EXPECT_EQ(*interface.find("sum"),
            (InterfaceFunction{
                .name = "sum",
                .params = {{.name = "points", .type = InterfaceType::list_of(point)},
                           {.name = "scale", .type = InterfaceType::option_of(Kind::kF64)}},
                .result = InterfaceType::result_of(Kind::kS64, Kind::kString)}));
  EXPECT_EQ(interface.find("draw-it")->result,
            InterfaceType::result_of(std::nullopt, Kind::kString));
  EXPECT_EQ(interface.find("record")->result,
            InterfaceType::result_of(std::nullopt, std::nullopt));
  EXPECT_TRUE(interface.find("func")->params[0].type.is_bytes());
  EXPECT_EQ(interface.find("absent"), nullptr);
}

TEST(InterfaceText, IsReadBackFromWhatIsWritten) {
  const Interface interface = must(parse_interface(kExample));
  EXPECT_EQ(must(parse_interface(to_string(interface))), interface);
  EXPECT_EQ(to_string(interface.functions[1]),
            "sum: func(points: list<point>, scale: option<f64>) -> result<s64, string>;");
  EXPECT_EQ(must(parse_interface("")), Interface{});
}

TEST(InterfaceText, ErrorsHaveLineAndColumn) {
  expect_error("f: func(", "the text ends where a parameter's name is wanted", "line 1, column 9");
  expect_error("f: func()", "the text ends where \";\" is wanted", "line 1, column 10");
  expect_error("\n  f func();", "\"func\" stands where \":\" is wanted", "line 2, column 5");
  expect_error("f: func(a: point);",
               "there is no type \"point\"; a record is declared before it is used",
               "line 1, column 12");
  expect_error("f: func();\nf: func();", "function \"f\" is declared twice", "line 2, column 1");
  expect_error("f: func(a: u8, a: u8);", "parameter \"a\" is declared twice", "line 1, column 16");
  expect_error("record r { a: u8, a: u8 }", "field \"a\" is declared twice", "line 1, column 19");
  expect_error("record r { a: u8 } record r { a: u8 }", "record \"r\" is declared twice",
               "line 1, column 27");
  expect_error("record r { }", "a record has at least one field", "line 1, column 8");
  expect_error("record list { a: u8 }", "\"list\" is the name of a type already",
               "line 1, column 8");
  expect_error("record r { a: r }",
               "there is no type \"r\"; a record is declared before it is used",
               "line 1, column 15");
  expect_error("f: func() -> option<option<u8>>;",
               "an option of an option could not tell its two nulls apart", "line 1, column 21");
  expect_error("f: func(a: u8 b: u8);", "\"b\" stands where \",\" is wanted", "line 1, column 15");
  expect_error("f: func(a: result<_>);", "\">\" stands where \",\" is wanted",
               "line 1, column 20");
  expect_error("f: func(a: \x01);", "unexpected the byte 0x01", "line 1, column 12");
  expect_error("f: func() - u8;", "unexpected \"-\"", "line 1, column 11");
  expect_error("9: func();", "unexpected \"9\"", "line 1, column 1");
  expect_error("// fine\n// \xff", "the line is not UTF-8", "line 2, column 1");
}

TEST(InterfaceText, PiecesOfALinkerAreOneText) {
  using namespace std::string_literals;
  EXPECT_EQ(must(parse_interface("f: func(); // one\0g: func(a:\0u8);"s)).functions.size(),
            2U);
}

/// `depth` lists around a u8.
std::string nested(std::size_t depth) {
  std::string type = "u8";
  for (std::size_t i = 1; i < depth; ++i) type = "list<" + type + ">";
  return type;
}

TEST(InterfaceText, IsBounded) {
  must(parse_interface("f: func() -> " + nested(Bounds::kDepthMax) + ";"));
  EXPECT_NE(error_of("f: func() -> " + nested(Bounds::kDepthMax + 1) + ";").find("deep"),
            std::string::npos);
  EXPECT_NE(error_of("f: func() -> " + nested(10'000) + ";").find("deep"), std::string::npos);
  EXPECT_NE(error_of(std::string(Bounds::kTextBytesMax + 1, ' ')).find("bytes"),
            std::string::npos);
  EXPECT_NE(error_of(std::string(200, 'a') + ": func();").find("characters"), std::string::npos);

  std::string functions;
  std::string params;
  for (std::size_t i = 0; i <= Bounds::kFunctionsMax; ++i) functions += fmt::format("f{}: func();", i);
  for (std::size_t i = 0; i <= Bounds::kFieldsMax; ++i) params += fmt::format("p{}: u8,", i);
  EXPECT_NE(error_of(functions).find("1000 functions"), std::string::npos);
  EXPECT_NE(error_of("f: func(" + params + ");").find("64 parameters"), std::string::npos);
  EXPECT_NE(error_of("record r {" + params + "}").find("64 fields"), std::string::npos);
}

TEST(InterfaceText, RecordsInRecordsDoNotExplode) {
  std::string text = "record r0 { a: u8 }\n";
  for (int i = 1; i < 15; ++i) {
    text += fmt::format("record r{} {{ a: r{}, b: r{}, c: r{}, d: r{} }}\n", i, i - 1, i - 1, i - 1,
                        i - 1);
  }
  EXPECT_NE(error_of(text).find("1024 parts"), std::string::npos);
  std::string chain = "record r0 { a: u8 }\n";
  for (int i = 1; i < 20; ++i) chain += fmt::format("record r{} {{ a: r{} }}\n", i, i - 1);
  EXPECT_NE(error_of(chain).find("deep"), std::string::npos);
}

TEST(InterfaceText, ComesFromTheSectionsOfAModule) {
  const auto interface_of = [](std::string_view wat) {
    return read_interface(ByteSpan(must(wat_to_wasm(wat))));
  };
  EXPECT_EQ(must(interface_of("(module)")), std::nullopt);
  EXPECT_EQ(must(interface_of(R"((module (@custom "synapsed:interface" "")))")), Interface{});
  const auto two = must(interface_of(R"((module
    (@custom "synapsed:interface" "record p { x: u8 } // no line end")
    (@custom "other" "f: func();")
    (@custom "synapsed:interface" "f: func(a: p);")))"));
  ASSERT_TRUE(two.has_value());
  EXPECT_EQ(to_string(*two), "record p { x: u8 }\nf: func(a: p);\n");
  EXPECT_TRUE(fails_with(interface_of(R"((module (@custom "synapsed:interface" "\ff")))"),
                         ErrorCode::kLoadInvalidInterface));
}

TEST(InterfaceText, HostileTextIsAnErrorOrAnInterface) {
  Random random(3);
  for (int i = 0; i < 20000; ++i) {
    const auto parsed = parse_interface(random.mutated(std::string(kExample)));
    if (parsed) {
      EXPECT_EQ(must(parse_interface(to_string(*parsed))), *parsed);
    } else {
      EXPECT_EQ(parsed.error().code(), ErrorCode::kLoadInvalidInterface);
    }
  }
  for (std::size_t length = 0; length < kExample.size(); ++length) {
    if (const auto parsed = parse_interface(kExample.substr(0, length)); !parsed) {
      EXPECT_EQ(parsed.error().code(), ErrorCode::kLoadInvalidInterface);
    }
  }
}

}  // namespace
}  // namespace synapsed::bytecode
