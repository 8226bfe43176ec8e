// The text form with the kind and the JSON form: they read back as the same value.

#include <bit>
#include <cmath>
#include <limits>

#include <synapsed/value.hpp>

#include "tests/support/random.hpp"
#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::must;
using test::Random;

WasmValue json(std::string_view text) { return must(WasmValue::from_json(text)); }
WasmValue typed(std::string_view text) { return must(WasmValue::parse_typed(text)); }

const WasmValue kPoint(WasmRecord{{"x", 1}, {"y", -0.0}});

Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

WasmValue random_value(Random& random, unsigned depth = 0) {
  const std::size_t kinds = depth < 4 ? 13 : 11;
  switch (static_cast<ValueKind>(random.below(kinds))) {
    case ValueKind::kI32: return static_cast<std::uint32_t>(random.bits());
    case ValueKind::kI64: return random.bits();
    case ValueKind::kF32: return std::bit_cast<float>(static_cast<std::uint32_t>(random.bits()));
    case ValueKind::kF64: return std::bit_cast<double>(random.bits());
    case ValueKind::kV128: {
      V128 vector;
      for (auto& byte : vector.bytes) byte = std::to_integer<std::uint8_t>(random.byte());
      return vector;
    }
    case ValueKind::kFuncRef: return FuncRef{random.below(2) * random.bits()};
    case ValueKind::kExternRef: return ExternRef{random.below(2) * random.bits()};
    case ValueKind::kBytes: return bytes_of(random.text(20));
    case ValueKind::kString: return random.text(20);
    case ValueKind::kBool: return random.below(2) == 0;
    case ValueKind::kNull: return WasmValue::null();
    case ValueKind::kList: {
      WasmList list;
      for (std::size_t i = random.below(4); i != 0; --i) {
        list.items.push_back(random_value(random, depth + 1));
      }
      return list;
    }
    case ValueKind::kRecord: {
      WasmRecord record;
      for (std::size_t i = random.below(4); i != 0; --i) {
        record.fields.push_back({random.text(8), random_value(random, depth + 1)});
      }
      return record;
    }
  }
  return {};
}

TEST(ValueForms, TextWithTheKind) {
  const std::pair<WasmValue, std::string_view> forms[] = {
      {30, "i32:30"},
      {std::int64_t{-5}, "i64:-5"},
      {-0.0, "f64:-0"},
      {std::bit_cast<double>(0x7ff8000000000001), "f64:nan:0x7ff8000000000001"},
      {std::bit_cast<float>(0x7fc00000), "f32:nan"},
      {std::bit_cast<float>(0xffc00000), "f32:nan:0xffc00000"},
      {"hello: you", "string:hello: you"},
      {"", "string:"},
      {Bytes{std::byte{1}, std::byte{2}}, "bytes:0x0102"},
      {true, "bool:true"},
      {WasmValue::null(), "null"},
      {FuncRef{}, "funcref:null"},
      {ExternRef{5}, "externref:0x5"},
      {WasmList{{1, "a"}}, R"(list:[{"i32":1},{"string":"a"}])"},
      {kPoint, R"(record:[["x",{"i32":1}],["y",{"f64":-0.0}]])"},
  };
  for (const auto& [value, text] : forms) {
    EXPECT_EQ(value.to_typed_text(), text);
    EXPECT_EQ(typed(text), value) << text;
  }
}

TEST(ValueForms, Json) {
  const std::pair<WasmValue, std::string_view> forms[] = {
      {30, R"({"i32":30})"},
      {std::int64_t{9007199254740993}, R"({"i64":"9007199254740993"})"},
      {1.5F, R"({"f32":1.5})"},
      {0.1F, R"({"f32":0.1})"},
      {-0.0, R"({"f64":-0.0})"},
      {-std::numeric_limits<double>::infinity(), R"({"f64":"-inf"})"},
      {std::bit_cast<double>(0x7ff8000000000001), R"({"f64":"nan:0x7ff8000000000001"})"},
      {Bytes{std::byte{1}}, R"({"bytes":"0x01"})"},
      {"tab\tquote\"\x01", R"({"string":"tab\tquote\"\u0001"})"},
      {"\xff", R"({"string_bytes":"0xff"})"},
      {false, R"({"bool":false})"},
      {WasmValue::null(), "null"},
      {FuncRef{}, R"({"funcref":null})"},
      {ExternRef{255}, R"({"externref":"0xff"})"},
      {WasmList{{1, WasmList{}}}, R"({"list":[{"i32":1},{"list":[]}]})"},
      {WasmRecord{{"\xff", 1}}, R"({"record":[[{"string_bytes":"0xff"},{"i32":1}]]})"},
  };
  for (const auto& [value, text] : forms) {
    EXPECT_EQ(value.to_json(), text);
    EXPECT_EQ(json(text), value) << text;
  }
}

TEST(ValueForms, JsonMayBeWrittenByHand) {
  EXPECT_EQ(json(R"( { "i32" : "0xff" } )"), WasmValue(255));
  EXPECT_EQ(json(R"({"i64":-9223372036854775808})"),
            WasmValue(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(json(R"({"i64":18446744073709551615})"), WasmValue(std::int64_t{-1}));
  EXPECT_EQ(json(R"({"f64":-0})"), WasmValue(-0.0));
  EXPECT_EQ(json(R"({"f32":16777217})"), WasmValue(16777216.0F));
  EXPECT_EQ(json(R"({"string":"\ud83d\ude00"})"), WasmValue("\xf0\x9f\x98\x80"));
}

TEST(ValueForms, ErrorsNameThePlace) {
  const std::pair<std::string_view, std::string_view> wrong[] = {
      {R"({"list":[{"i32":1},{"i32":"x"}]})", R"(JSON pointer "/list/1/i32")"},
      {R"({"record":[["a",{"bool":1}]]})", R"(JSON pointer "/record/0/1/bool")"},
      {R"({"record":[["a"]]})", R"(JSON pointer "/record/0")"},
      {R"({"record":[[1,null]]})", R"(JSON pointer "/record/0/0")"},
      {R"({"a/b~":1})", R"(JSON pointer "")"},
      {R"({"i32":1,"i64":1})", R"(JSON pointer "")"},
      {"[]", R"(JSON pointer "")"},
      {R"({"null":null})", R"(JSON pointer "/null")"},
      {R"({"i32":1)", "byte 8"},
      {"", "byte 0"},
      {"{\"string\":\"\xff\"}", "byte 11"},
  };
  for (const auto& [text, place] : wrong) {
    const auto value = WasmValue::from_json(text);
    ASSERT_TRUE(fails_with(value, ErrorCode::kArgumentType)) << text;
    EXPECT_EQ(value.error().where(), place) << text;
  }
  EXPECT_TRUE(fails_with(WasmValue::from_json(R"({"i32":4294967296})"), ErrorCode::kArgumentRange));
  EXPECT_TRUE(fails_with(WasmValue::from_json(R"({"i32":1.5})"), ErrorCode::kArgumentType));
  EXPECT_TRUE(fails_with(WasmValue::parse_typed("f32:nan:0x7f800000"), ErrorCode::kArgumentRange));
  for (const char* text : {"", "i32", "i33:1", "null:null", "funcref:5", "externref:0x", "i32:"}) {
    EXPECT_TRUE(fails_with(WasmValue::parse_typed(text), ErrorCode::kArgumentType)) << text;
  }
}

TEST(ValueForms, NestAsDeepAsTheBoundSays) {
  WasmValue list(1);
  WasmValue record(1);
  for (unsigned depth = 0; depth < kValueDepthMax; ++depth) {
    list = WasmList{{std::move(list)}};
    record = WasmRecord{{"\xff", std::move(record)}};
  }
  EXPECT_EQ(json(list.to_json()), list);
  EXPECT_EQ(json(record.to_json()), record);
  EXPECT_EQ(typed(record.to_typed_text()), record);
  EXPECT_TRUE(fails_with(WasmValue::from_json(WasmValue(WasmList{{list}}).to_json()),
                         ErrorCode::kArgumentType));
  EXPECT_TRUE(fails_with(WasmValue::from_json(WasmValue(WasmRecord{{"x", record}}).to_json()),
                         ErrorCode::kArgumentType));
  EXPECT_TRUE(fails_with(WasmValue::from_json(std::string(1'000'000, '[')),
                         ErrorCode::kArgumentType));
}

TEST(ValueForms, EveryValueReadsBackTheSame) {
  Random random(1);
  for (int i = 0; i < 5000; ++i) {
    const WasmValue value = random_value(random);
    EXPECT_EQ(json(value.to_json()), value) << value.to_json();
    EXPECT_EQ(typed(value.to_typed_text()), value) << value.to_typed_text();
  }
}

TEST(ValueForms, WhateverIsReadIsWrittenAgain) {
  Random random(2);
  for (int i = 0; i < 20000; ++i) {
    const WasmValue value = random_value(random);
    if (const auto read = WasmValue::from_json(random.mutated(value.to_json()))) {
      EXPECT_EQ(json(read->to_json()), *read);
    }
    if (const auto read = WasmValue::parse_typed(random.mutated(value.to_typed_text()))) {
      EXPECT_EQ(typed(read->to_typed_text()), *read);
    }
  }
}

TEST(WasmRecord, FindsTheFirstFieldOfAName) {
  const WasmRecord record{{"a", 1}, {"b", 2}, {"a", 3}};
  ASSERT_NE(record.find("a"), nullptr);
  EXPECT_EQ(*record.find("a"), WasmValue(1));
  EXPECT_EQ(record.find("c"), nullptr);
}

TEST(WasmRecord, ComparesInOrderAndBitByBit) {
  EXPECT_FALSE(WasmValue(WasmRecord{{"a", 1}, {"b", 2}}) ==
               WasmValue(WasmRecord{{"b", 2}, {"a", 1}}));
  EXPECT_EQ(WasmValue(WasmList{{std::nan("")}}), WasmValue(WasmList{{std::nan("")}}));
  EXPECT_FALSE(WasmValue(WasmList{{0.0}}) == WasmValue(WasmList{{-0.0}}));
}

}  // namespace
}  // namespace synapsed
