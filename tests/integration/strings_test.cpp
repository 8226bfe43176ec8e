// Strings and bytes as arguments, and allocators that lie.

#include "base/bytes.hpp"
#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::load_wat;
using test::must;
using test::small_config;

/// A module with an allocator, `sum` of the bytes of one argument, and `join` of two and a number.
std::string module_with(std::string_view allocator) {
  return R"((module
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32)
                                  (param $size i32) (result i32) )" +
         std::string(allocator) + R"()
    (func $sum (export "sum") (param $p i32) (param $n i32) (result i32) (local $s i32)
      (block $done (loop $next
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $s (i32.add (local.get $s) (i32.load8_u (local.get $p))))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
      (local.get $s))
    (func (export "transfer") (param i32 i32 i64 i32 i32) (result i32 i64 i32)
      (call $sum (local.get 0) (local.get 1)) (local.get 2)
      (call $sum (local.get 3) (local.get 4)))))";
}

constexpr std::string_view kBump = R"((local $block i32)
  (local.set $block (global.get $next))
  (global.set $next (i32.add (global.get $next) (local.get $size)))
  (local.get $block))";

class Strings : public ::testing::Test {
 protected:
  WasmRuntime runtime = must(WasmRuntime::create(small_config()));

  Result<ExecutionResult> run(std::string_view allocator, std::string_view function,
                              std::vector<WasmValue> arguments,
                              const ExecutionContext& context = {}) {
    const ModuleId id = load_wat(runtime, module_with(allocator));
    return runtime.execute_function(id, function, arguments, context);
  }
};

TEST_F(Strings, ArePassedThroughTheGuestsAllocator) {
  EXPECT_EQ(must(run(kBump, "sum", {"abc"})).values[0], WasmValue('a' + 'b' + 'c'));
  EXPECT_EQ(must(run(kBump, "sum", {""})).values[0], WasmValue(0));
  EXPECT_EQ(must(run(kBump, "sum", {Bytes{std::byte{200}, std::byte{0}, std::byte{100}}})).values[0],
            WasmValue(300));
  EXPECT_EQ(must(run(kBump, "transfer", {"ab", std::int64_t{100}, Bytes{std::byte{7}}})).values,
            (std::vector<WasmValue>{'a' + 'b', std::int64_t{100}, 7}));
}

TEST_F(Strings, MayGrowTheMemoryTheyAreCopiedInto) {
  const std::string large(200'000, '\1');
  EXPECT_EQ(must(run(R"((drop (memory.grow (i32.const 4))) (i32.const 65536))", "sum", {large}))
                .values[0],
            WasmValue(200'000));
}

TEST_F(Strings, CountAsTwoParameters) {
  EXPECT_TRUE(fails_with(run(kBump, "sum", {}), ErrorCode::kArgumentCount));
  EXPECT_TRUE(fails_with(run(kBump, "sum", {"a", "b"}), ErrorCode::kArgumentCount));
  EXPECT_TRUE(fails_with(run(kBump, "transfer", {"a", "b", 1}), ErrorCode::kArgumentType));
  EXPECT_EQ(must(run(kBump, "sum", {1024, 0})).values[0], WasmValue(0));
}

TEST_F(Strings, AreUtf8AndBytesAreAnything) {
  const auto refused = run(kBump, "sum", {std::string("\xff")});
  EXPECT_TRUE(fails_with(refused, ErrorCode::kArgumentType));
  EXPECT_NE(refused.error().message().find("parameter 1 of \"sum\""), std::string::npos);
  EXPECT_EQ(must(run(kBump, "sum", {Bytes{std::byte{0xff}}})).values[0], WasmValue(255));
}

TEST_F(Strings, NeedAnAllocatorAndAMemory) {
  for (const char* wat :
       {R"((module (memory (export "memory") 1) (func (export "f") (param i32 i32))))",
        R"((module (func (export "f") (param i32 i32))
             (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))))",
        R"((module (memory (export "memory") 1) (func (export "f") (param i32 i32))
             (func (export "cabi_realloc") (param i32) (result i32) (i32.const 0))))"}) {
    const ModuleId id = load_wat(runtime, wat);
    EXPECT_TRUE(fails_with(runtime.execute_function(id, "f", {"a"}), ErrorCode::kArgumentType));
  }
}

TEST_F(Strings, AnAllocatorThatLiesIsFoundOut) {
  for (const char* outside : {"(i32.const 65536)", "(i32.const -1)", "(i32.const 65535)"}) {
    EXPECT_TRUE(fails_with(run(outside, "sum", {"ab"}), ErrorCode::kOutOfBounds)) << outside;
  }
  const auto overlapping =
      run("(i32.const 64)", "transfer", {"ab", std::int64_t{1}, Bytes{std::byte{1}}});
  EXPECT_TRUE(fails_with(overlapping, ErrorCode::kOutOfBounds));
  EXPECT_NE(overlapping.error().message().find("overlaps"), std::string::npos);
  must(run("(i32.const 65536)", "sum", {""}));
}

TEST_F(Strings, AnAllocatorIsUnderTheLimitsOfTheCall) {
  const auto context = ExecutionContext{}.with_timeout(std::chrono::milliseconds{50});
  EXPECT_TRUE(fails_with(run("(unreachable)", "sum", {"a"}), ErrorCode::kTrapUnreachable));
  EXPECT_TRUE(fails_with(run("(loop (br 0)) (unreachable)", "sum", {"a"}, context),
                         ErrorCode::kDeadline));
}

}  // namespace
}  // namespace synapsed
