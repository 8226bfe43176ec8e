#include "bytecode/stack/frame_cost.hpp"

#include "tests/support/module_bytes.hpp"
#include "tests/support/results.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::must;
using test::hex;

FrameCosts::Frame frame_of(std::string_view fields) {
  const Bytes bytes = must(wat_to_wasm("(module " + std::string(fields) + ")"));
  must(validate_module(bytes));
  const Module module = must(read_module(bytes));
  return must(FrameCosts(module).of(module.imported_functions));
}

std::uint64_t slots_of(std::string_view fields) {
  return (frame_of(fields).bytes - kFrameBytes) / kSlotBytes;
}

TEST(FrameCosts, CountParametersResultsLocalsAndOperands) {
  EXPECT_EQ(frame_of("(func)").bytes, kFrameBytes);
  EXPECT_EQ(slots_of("(func (param i32 f64 v128))"), 4U);
  EXPECT_EQ(slots_of("(func (local i32 i32 v128 v128 i64))"), 7U);
  EXPECT_EQ(slots_of("(func i32.const 1 i32.const 2 drop drop)"), 2U);
  EXPECT_EQ(slots_of("(func (result i32) i32.const 1)"), 2U);
}

TEST(FrameCosts, CountWhatTheWidestCalleeTakesAndGives) {
  constexpr std::string_view kImports =
      R"((import "a" "f" (func $f (param i64 i64))) (import "a" "g" (func $g (result i32))))";
  const std::uint64_t narrow = frame_of(std::string(kImports) + "(func (drop (call $g)))").bytes;
  const std::uint64_t wide =
      frame_of(std::string(kImports) +
               "(func (drop (call $g)) (call $f (i64.const 1) (i64.const 2)))").bytes;
  EXPECT_GE(wide, narrow + 2 * kSlotBytes);
}

TEST(FrameCosts, CountWhatCompilersMayKeepMoreInLoops) {
  constexpr std::string_view kDivide =
      "(global.set $x (f64.div (local.get 0) (f64.const 3)))";
  const auto cost = [&](std::string_view before, std::string_view after) {
    return frame_of("(global $x (mut f64) (f64.const 0)) (func (param f64) " +
                    std::string(before) + std::string(kDivide) + std::string(after) + ")").bytes;
  };
  EXPECT_EQ(cost("(loop ", ")") - cost("", ""), kSlotBytes);
  EXPECT_EQ(cost(kDivide, "") - cost("", ""), kSlotBytes);
}

TEST(FrameCosts, FindFunctionsThatCatch) {
  EXPECT_TRUE(frame_of("(func (block (try_table (catch_all 0))))").catches);
  EXPECT_FALSE(frame_of("(func (block (try_table)))").catches);
  EXPECT_EQ(must(FrameCosts(must(read_module(hex("00 61 73 6d 01 00 00 00")))).of(5)).bytes, 0U);
}

}  // namespace
}  // namespace synapsed::bytecode
