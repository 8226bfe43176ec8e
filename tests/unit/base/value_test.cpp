#include <synapsed/value.hpp>

#include <cmath>
#include <limits>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::must;

WasmValue parsed(ValueKind kind, std::string_view text) { return must(WasmValue::parse(kind, text)); }

TEST(WasmValue, KnowsItsKind) {
  EXPECT_EQ(WasmValue(1).kind(), ValueKind::kI32);
  EXPECT_EQ(WasmValue(std::int64_t{1}).kind(), ValueKind::kI64);
  EXPECT_EQ(WasmValue(1.0F).kind(), ValueKind::kF32);
  EXPECT_EQ(WasmValue(1.0).kind(), ValueKind::kF64);
  EXPECT_EQ(WasmValue(V128{}).kind(), ValueKind::kV128);
  EXPECT_EQ(WasmValue(FuncRef{}).kind(), ValueKind::kFuncRef);
  EXPECT_EQ(WasmValue(ExternRef{}).kind(), ValueKind::kExternRef);
  EXPECT_EQ(WasmValue(Bytes{}).kind(), ValueKind::kBytes);
  EXPECT_EQ(WasmValue("text").kind(), ValueKind::kString);
  EXPECT_EQ(WasmValue(true).kind(), ValueKind::kBool);
  EXPECT_EQ(WasmValue::null().kind(), ValueKind::kNull);
}

TEST(WasmValue, ReadsIntegersOverTheWholeSignedAndUnsignedRange) {
  EXPECT_EQ(parsed(ValueKind::kI32, "-2147483648"), WasmValue(std::numeric_limits<std::int32_t>::min()));
  EXPECT_EQ(parsed(ValueKind::kI32, "4294967295"), WasmValue(-1));
  EXPECT_EQ(parsed(ValueKind::kI32, "0xffffffff"), WasmValue(-1));
  EXPECT_EQ(parsed(ValueKind::kI32, "1_000"), WasmValue(1000));
  EXPECT_EQ(parsed(ValueKind::kI64, "-9223372036854775808"),
            WasmValue(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(parsed(ValueKind::kI64, "18446744073709551615"), WasmValue(std::int64_t{-1}));
}

TEST(WasmValue, RefusesIntegersOutOfRange) {
  for (const char* text : {"4294967296", "-2147483649", "99999999999999999999999"}) {
    EXPECT_TRUE(fails_with(WasmValue::parse(ValueKind::kI32, text), ErrorCode::kArgumentRange)) << text;
  }
  EXPECT_TRUE(fails_with(WasmValue::parse(ValueKind::kI64, "18446744073709551616"),
                         ErrorCode::kArgumentRange));
}

TEST(WasmValue, RefusesWhatIsNoInteger) {
  for (const char* text : {"", "-", "0x", "1.5", "ten", "1 ", " 1", "_1", "1_", "--1", "0x-1"}) {
    EXPECT_TRUE(fails_with(WasmValue::parse(ValueKind::kI32, text), ErrorCode::kArgumentType)) << text;
  }
}

TEST(WasmValue, ReadsFloats) {
  EXPECT_EQ(parsed(ValueKind::kF64, "1.5"), WasmValue(1.5));
  EXPECT_EQ(parsed(ValueKind::kF64, "-0"), WasmValue(-0.0));
  EXPECT_EQ(parsed(ValueKind::kF64, "1e300"), WasmValue(1e300));
  EXPECT_EQ(parsed(ValueKind::kF64, "0x1.8p1"), WasmValue(3.0));
  EXPECT_EQ(parsed(ValueKind::kF32, "-inf"), WasmValue(-std::numeric_limits<float>::infinity()));
  EXPECT_TRUE(std::isnan(*parsed(ValueKind::kF32, "nan").get_if<float>()));
  EXPECT_TRUE(fails_with(WasmValue::parse(ValueKind::kF64, "1e400"), ErrorCode::kArgumentRange));
  for (const char* text : {"", "x", "1.5x", "--1", "-+1", " 1"}) {
    EXPECT_TRUE(fails_with(WasmValue::parse(ValueKind::kF64, text), ErrorCode::kArgumentType)) << text;
  }
}

TEST(WasmValue, TextRoundTripsForEveryKindThatHasOne) {
  V128 vector;
  for (std::size_t i = 0; i < 16; ++i) vector.bytes[i] = static_cast<std::uint8_t>(i * 17);
  const std::vector<WasmValue> values{
      WasmValue(-5), WasmValue(std::int64_t{1} << 62), WasmValue(0.1F), WasmValue(-1.0 / 3),
      WasmValue(5e-324), WasmValue(-std::numeric_limits<double>::infinity()), WasmValue(vector),
      WasmValue(Bytes{std::byte{1}, std::byte{255}}), WasmValue("text with \"quotes\""),
      WasmValue(true), WasmValue::null(), WasmValue(FuncRef{}), WasmValue(ExternRef{})};
  for (const WasmValue& value : values) {
    EXPECT_EQ(parsed(value.kind(), value.to_text()), value) << value.to_text();
  }
}

TEST(WasmValue, ComparesFloatsByTheirBits) {
  EXPECT_EQ(WasmValue(std::nan("")), WasmValue(std::nan("")));
  EXPECT_FALSE(WasmValue(0.0) == WasmValue(-0.0));
  EXPECT_FALSE(WasmValue(1.0F) == WasmValue(1.0));
}

TEST(WasmValue, ReadsVectorsOfExactlySixteenBytes) {
  EXPECT_TRUE(fails_with(WasmValue::parse(ValueKind::kV128, "0x00"), ErrorCode::kArgumentRange));
  EXPECT_TRUE(fails_with(WasmValue::parse(ValueKind::kV128, "0x0g"), ErrorCode::kArgumentType));
  EXPECT_TRUE(fails_with(WasmValue::parse(ValueKind::kV128, "12"), ErrorCode::kArgumentType));
}

TEST(WasmValue, WritesReferencesOnlyAsNull) {
  EXPECT_EQ(parsed(ValueKind::kFuncRef, "null"), WasmValue(FuncRef{}));
  EXPECT_TRUE(fails_with(WasmValue::parse(ValueKind::kExternRef, "7"), ErrorCode::kArgumentType));
}

}  // namespace
}  // namespace synapsed
