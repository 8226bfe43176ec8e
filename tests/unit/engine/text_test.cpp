#include "engine/text.hpp"

#include "base/bytes.hpp"
#include "tests/support/results.hpp"

namespace synapsed::engine {
namespace {

using test::fails_with;
using test::must;

TEST(Text, GoesBothWays) {
  const Bytes wasm = must(wat_to_wasm("(module (func (export \"f\") (result i32) i32.const 7))"));
  const std::string wat = must(wasm_to_wat(wasm));
  EXPECT_NE(wat.find("i32.const 7"), std::string::npos);
  EXPECT_EQ(must(wat_to_wasm(wat)), wasm);
}

TEST(Text, AnErrorNamesLineAndColumn) {
  const auto wasm = wat_to_wasm("(module\n  (fnuc))");
  EXPECT_TRUE(fails_with(wasm, ErrorCode::kLoadInvalidText));
  EXPECT_EQ(wasm.error().where(), "line 2, column 4");
}

TEST(Text, RefusesBytesThatAreNoModule) {
  EXPECT_TRUE(fails_with(wasm_to_wat(as_bytes("nonsense")), ErrorCode::kLoadInvalidModule));
}

}  // namespace
}  // namespace synapsed::engine
