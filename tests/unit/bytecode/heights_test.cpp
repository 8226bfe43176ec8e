#include "bytecode/heights.hpp"

#include "tests/support/module_bytes.hpp"
#include "tests/support/random.hpp"
#include "tests/support/results.hpp"

namespace synapsed::bytecode {
namespace {

using synapsed::test::fails_with;
using synapsed::test::must;
using synapsed::test::Random;
using test::hex;
using test::module_with_body;

/// The height of the first function that is not imported.
std::uint32_t height_of(std::string_view fields) {
  const Bytes bytes = must(wat_to_wasm("(module " + std::string(fields) + ")"));
  must(validate_module(bytes));
  const Module module = must(read_module(bytes));
  return must(StackHeights(module).of(module.imported_functions));
}

TEST(StackHeights, CountOperandsInSlots) {
  EXPECT_EQ(height_of("(func)"), 0U);
  EXPECT_EQ(height_of("(func (drop (i32.const 1)))"), 1U);
  EXPECT_EQ(height_of("(func (result i32) i32.const 1 i32.const 2 i32.const 3 i32.add i32.add)"),
            3U);
  EXPECT_EQ(height_of("(func (drop (v128.const i64x2 0 0)))"), 2U);
  EXPECT_EQ(height_of("(func (local i32 v128 i64) local.get 1 local.get 0 local.get 2 drop drop "
                      "drop)"), 4U);
  EXPECT_EQ(height_of("(func (param v128) local.get 0 local.get 0 i32.const 1 select drop)"), 5U);
  EXPECT_EQ(height_of("(global v128 (v128.const i64x2 0 0)) (func global.get 0 drop)"), 2U);
}

TEST(StackHeights, CountWhatBlocksAndCallsTakeAndLeave) {
  EXPECT_EQ(height_of("(func i32.const 1 (block (drop (i32.const 2))) drop)"), 2U);
  EXPECT_EQ(height_of("(func i32.const 1 i32.const 2 (block (param i32 i32) (result i64) drop "
                      "drop i64.const 3) drop)"), 2U);
  EXPECT_EQ(height_of("(func i32.const 1 (if (then (drop (i32.const 1))) (else i32.const 1 "
                      "i32.const 2 i32.const 3 drop drop drop)))"), 3U);
  EXPECT_EQ(height_of("(import \"a\" \"f\" (func (param i32 i32) (result v128 v128 i32)))"
                      "(func (call 0 (i32.const 1) (i32.const 2)) drop drop drop)"), 5U);
  EXPECT_EQ(height_of("(type $t (func (param i32))) (table 1 funcref)"
                      "(func (call_indirect (type $t) (i32.const 1) (i32.const 0)))"), 2U);
  EXPECT_EQ(height_of("(tag $e (param i32 i32)) (func (block (result i32 i32) (try_table (catch $e "
                      "0)) i32.const 1 i32.const 2) drop drop)"), 2U);
}

TEST(StackHeights, LeaveOutWhatNoPathReaches) {
  EXPECT_EQ(height_of("(func unreachable i32.const 1 i32.const 2 drop drop)"), 0U);
  EXPECT_EQ(height_of("(func (block br 0 i32.const 1 (block (param i32) i32.const 2 drop drop) ) "
                      "(drop (i32.const 1)))"), 1U);
  EXPECT_EQ(height_of("(func (if (i32.const 1) (then return i32.const 1 drop) (else "
                      "(drop (i32.const 1)))))"), 1U);
  EXPECT_EQ(height_of("(func (result i32) unreachable i32.add)"), 0U);
}

TEST(StackHeights, CountStructuresAndArrays) {
  EXPECT_EQ(height_of("(type $s (struct (field v128) (field i32)))"
                      "(func (struct.new $s (v128.const i64x2 0 0) (i32.const 1)) "
                      "(struct.get $s 0) drop)"), 3U);
  EXPECT_EQ(height_of("(type $a (array i32)) (func i32.const 1 i32.const 2 i32.const 3 "
                      "array.new_fixed $a 3 i32.const 0 array.get $a drop)"), 3U);
}

TEST(StackHeights, RefuseBodiesThatDoNotFit) {
  const auto error_of = [](std::string_view code) {
    const Bytes bytes = module_with_body(hex(code));
    const Module module = must(read_module(bytes));
    const auto height = StackHeights(module).of(0);
    EXPECT_TRUE(fails_with(height, ErrorCode::kLoadInvalidModule)) << code;
    return height ? "" : height.error().message() + " @ " + height.error().where();
  };
  EXPECT_EQ(error_of("00 1a 0b"),
            "malformed module: drop does not fit what is before it @ offset 0x17, function 0");
  error_of("00 10 09 0b");                 // no such function
  error_of("00 11 09 00 0b");              // no such type
  error_of("00 23 09 0b");                 // no such global
  error_of("00 02 09 0b 0b");              // no such block type
  error_of("00 05 0b");                    // else outside of if
  error_of("01 01 7b 20 05 0b");           // no such local
  error_of("00 41 00 02 40 1a 0b 0b");     // an operand of the block around
  error_of("00 d0 6e fb 02 09 00 0b");     // no such structure
}

TEST(StackHeights, HostileBodiesAreAnErrorOrAHeight) {
  const Bytes good = must(wat_to_wasm(R"((module (memory 1) (table 1 funcref)
    (func (param i32 v128) (result i32) (local i64 f32)
      (block (result i32) (loop (br_if 0 (local.get 0))) (if (result i32) (local.get 0)
        (then (call 0 (local.get 0) (local.get 1))) (else (i32.load (i32.const 8))))))))"));
  const Module model = must(read_module(good));
  const std::size_t start = model.offset_of(model.bodies[0].code());
  Random random(9);
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes = good;
    for (std::size_t changes = 1 + random.below(4); changes != 0; --changes) {
      bytes[start + random.below(model.bodies[0].code().size())] = random.byte();
    }
    const Module module = must(read_module(bytes));
    if (const auto height = StackHeights(module).of(0)) {
      EXPECT_LT(*height, 1000U);
    }
  }
}

}  // namespace
}  // namespace synapsed::bytecode
