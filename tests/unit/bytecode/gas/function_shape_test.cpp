#include "bytecode/gas/function_shape.hpp"

#include "tests/support/results.hpp"
#include "tests/unit/bytecode/gas/charges.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::must;

TEST(FunctionShape, LoopsKnowWhatIsInThemAlone) {
  const Bytes wasm = must(wat_to_wasm(R"((module (memory 1) (func $f (param i32)
    (br_table 0 (local.get 0))
    (loop
      (block (br_table 0 1 (local.get 0)))
      (loop
        (block (br_table 0 1 (local.get 0)))
        (block (br_table 0 2 (local.get 0)))
        (call $f (i32.const 0)))
      (loop (memory.fill (i32.const 0) (i32.const 0) (local.get 0)))
      (loop (br_if 0 (local.get 0))))
    (call $f (i32.const 1)))))"));
  const Module module = must(read_module(wasm));
  const FunctionShape shape = must(shape_of(module, test::ones(), module.bodies.front()));
  ASSERT_EQ(shape.loops.size(), 4U);
  EXPECT_EQ(shape.loops[0].tables, 1U);
  EXPECT_FALSE(shape.loops[0].calls);
  EXPECT_EQ(shape.loops[1].tables, 2U);
  EXPECT_TRUE(shape.loops[1].calls);
  EXPECT_EQ(shape.loops[2].tables, 0U);
  EXPECT_TRUE(shape.loops[2].calls);
  EXPECT_FALSE(shape.loops[3].calls);
}

}  // namespace
}  // namespace synapsed::bytecode
