#include "engine/text.hpp"

#include "base/bytes.hpp"
#include "engine/proposals.hpp"
#include "tests/support/results.hpp"

namespace synapsed::engine {
namespace {

using test::fails_with;
using test::must;
using Names = std::vector<std::string>;

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

Names proposals_of(std::string_view wat) { return must(needed_proposals(must(wat_to_wasm(wat)))); }

TEST(Proposals, APlainModuleNeedsNone) {
  EXPECT_EQ(proposals_of("(module (memory 1) (func (param i32) (result i32) local.get 0))"), Names{});
}

TEST(Proposals, FindsWhatAModuleNeeds) {
  EXPECT_EQ(proposals_of("(module (func (result i32 i32) i32.const 1 i32.const 2))"),
            Names{"multi-value"});
  EXPECT_EQ(proposals_of("(module (memory 1) (memory 1))"), Names{"multi-memory"});
  EXPECT_EQ(proposals_of("(module (memory i64 1))"), Names{"memory64"});
  EXPECT_EQ(proposals_of("(module (func (param v128)))"), Names{"simd"});
  EXPECT_EQ(proposals_of("(module (func $f (return_call $f)))"), Names{"tail-call"});
  EXPECT_EQ(proposals_of("(module (memory 1 1 shared))"), Names{"threads"});
  EXPECT_EQ(proposals_of("(module (tag) (func (throw 0)))"), Names{"exceptions"});
}

TEST(Proposals, AnInvalidModuleIsAnError) {
  EXPECT_TRUE(fails_with(needed_proposals(must(wat_to_wasm("(module (func (result i32)))"))),
                         ErrorCode::kLoadInvalidModule));
}

}  // namespace
}  // namespace synapsed::engine
