// Modules that say what their functions take and return.

#include <fmt/format.h>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::load_wat;
using test::must;
using test::small_config;

/// An allocator that goes up, aligned; memory and what the tests look at.
constexpr std::string_view kBump = R"(
  (local.set $old (i32.and (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
                           (i32.sub (i32.const 0) (local.get $align))))
  (global.set $next (i32.add (local.get $old) (local.get $size)))
  (local.get $old))";

/// A module with an interface, an allocator and functions.
std::string module_with(std::string_view interface, std::string_view functions,
                        std::string_view allocator = kBump) {
  std::string escaped;
  for (const char character : interface) {
    escaped += character == '\n' ? std::string("\\n") : std::string(1, character);
  }
  return fmt::format(R"((module
    (@custom "synapsed:interface" "{}")
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32)
                                  (param $size i32) (result i32) {})
    {}))",
                     escaped, allocator, functions);
}

/// `greet` returns what it was given, between "hello " and "!"; the pair lies at 16.
constexpr std::string_view kGreetInterface = "greet: func(name: string) -> string;";
constexpr std::string_view kGreet = R"(
  (data (i32.const 512) "hello ")
  (global $freed (export "freed") (mut i32) (i32.const 0))
  (func (export "greet") (param $p i32) (param $n i32) (result i32)
    (memory.copy (i32.const 518) (local.get $p) (local.get $n))
    (i32.store8 (i32.add (i32.const 518) (local.get $n)) (i32.const 33))
    (i32.store (i32.const 16) (i32.const 512))
    (i32.store (i32.const 20) (i32.add (local.get $n) (i32.const 7)))
    (i32.const 16))
  (func (export "cabi_post_greet") (param i32)
    (global.set $freed (i32.add (global.get $freed) (local.get 0))))
  (func (export "freed_so_far") (result i32) (global.get $freed)))";

constexpr std::string_view kSumInterface = R"(
record point { x: s32, y: s32 }
sum: func(points: list<point>, scale: option<f64>) -> result<s64, string>;
)";
/// Adds x and y of each point; an error when there is no scale.
constexpr std::string_view kSum = R"(
  (data (i32.const 512) "no scale")
  (func (export "sum") (param $p i32) (param $n i32) (param $some i32) (param $scale f64)
                       (result i32) (local $sum i64)
    (if (i32.eqz (local.get $some)) (then
      (i32.store8 (i32.const 32) (i32.const 1))
      (i32.store (i32.const 40) (i32.const 512))
      (i32.store (i32.const 44) (i32.const 8))
      (return (i32.const 32))))
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $n)))
      (local.set $sum (i64.add (local.get $sum) (i64.add
        (i64.load32_s (local.get $p)) (i64.load32_s offset=4 (local.get $p)))))
      (local.set $p (i32.add (local.get $p) (i32.const 8)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br $next)))
    (i32.store8 (i32.const 32) (i32.const 0))
    (i64.store (i32.const 40)
      (i64.trunc_f64_s (f64.mul (local.get $scale) (f64.convert_i64_s (local.get $sum)))))
    (i32.const 32)))";

class ModuleInterface : public ::testing::Test {
 protected:
  WasmRuntime runtime = must(WasmRuntime::create(small_config()));

  Result<std::vector<WasmValue>> run(const std::string& wat, std::string_view function,
                                     std::vector<WasmValue> arguments) {
    const ModuleId id = load_wat(runtime, wat);
    auto result = runtime.execute_function(id, function, arguments);
    if (!result) return std::unexpected(result.error());
    return result->values;
  }
};

WasmValue point(int x, int y) { return WasmRecord{{"x", x}, {"y", y}}; }

TEST_F(ModuleInterface, StringsGoInAndComeOut) {
  const std::string wat = module_with(kGreetInterface, kGreet);
  EXPECT_EQ(must(run(wat, "greet", {"world"})), (std::vector<WasmValue>{"hello world!"}));
  EXPECT_EQ(must(run(wat, "greet", {""})), (std::vector<WasmValue>{"hello !"}));
  const std::string large(10'000, 'x');
  EXPECT_EQ(must(run(wat, "greet", {large})), (std::vector<WasmValue>{"hello " + large + "!"}));
}

TEST_F(ModuleInterface, RecordsOptionsAndResults) {
  const std::string wat = module_with(kSumInterface, kSum);
  EXPECT_EQ(must(run(wat, "sum", {WasmList{{point(1, 2), point(-30, 4)}}, 2.0})),
            (std::vector<WasmValue>{WasmRecord{{"ok", std::int64_t{-46}}}}));
  EXPECT_EQ(must(run(wat, "sum", {WasmList{}, WasmValue::null()})),
            (std::vector<WasmValue>{WasmRecord{{"err", "no scale"}}}));
}

TEST_F(ModuleInterface, EveryTypeComesBackAsItWent) {
  const std::string wat = module_with(
      R"(record all { a: bool, b: s8, c: u16, d: u32, e: s64, f: f32, g: f64, h: v128,
                      i: string, j: list<u8>, k: list<list<option<s16>>>, l: result<_, u8>, m: u8 }
         echo: func(v: all) -> all;)",
      "(func (export \"echo\") (param i32) (result i32) (local.get 0))");
  V128 vector;
  for (std::size_t i = 0; i < 16; ++i) vector.bytes[i] = static_cast<std::uint8_t>(i);
  const WasmValue all(WasmRecord{
      {"a", true}, {"b", -128}, {"c", 65535}, {"d", -1}, {"e", std::int64_t{-2}}, {"f", 1.5F},
      {"g", -0.0}, {"h", vector}, {"i", "s\xc3\xa4tze"}, {"j", Bytes{std::byte{0}, std::byte{255}}},
      {"k", WasmList{{WasmList{}, WasmList{{1, WasmValue::null(), -1}}}}},
      {"l", WasmRecord{{"err", 7}}}, {"m", 255}});
  EXPECT_EQ(must(run(wat, "echo", {all})), std::vector<WasmValue>{all});
}

TEST_F(ModuleInterface, IsPartOfWhatIsKnownOfAModule) {
  const ModuleId id = load_wat(runtime, module_with(kSumInterface, kSum));
  const ModuleInfo info = must(runtime.module_info(id));
  ASSERT_TRUE(info.interface.has_value());
  EXPECT_EQ(to_string(*info.interface),
            "record point { x: s32, y: s32 }\n"
            "sum: func(points: list<point>, scale: option<f64>) -> result<s64, string>;\n");
  EXPECT_EQ(must(describe_module(must(wat_to_wasm(module_with(kSumInterface, kSum))))).interface,
            info.interface);
  EXPECT_EQ(must(runtime.module_info(load_wat(runtime, "(module)"))).interface, std::nullopt);
}

TEST_F(ModuleInterface, FunctionsItDoesNotNameAreCalledWithCoreValues) {
  const std::string wat = module_with(kGreetInterface, kGreet);
  EXPECT_EQ(must(run(wat, "freed_so_far", {})), std::vector<WasmValue>{0});
  EXPECT_EQ(must(run(wat, "cabi_realloc", {0, 0, 1, 5})), std::vector<WasmValue>{1024});
}

TEST_F(ModuleInterface, WhatWasReturnedIsGivenBackOnce) {
  const ModuleId id =
      load_wat(runtime, module_with(kGreetInterface, kGreet),
               ModuleMetadata{}.with_instance_policy(InstancePolicy::kPersistent));
  must(runtime.execute_function(id, "greet", {"a"}));
  must(runtime.execute_function(id, "greet", {"b"}));
  EXPECT_EQ(must(runtime.execute_function(id, "freed_so_far", {})).values[0], WasmValue(32));
}

TEST_F(ModuleInterface, AFaultWhileGivingBackIsTheCalls) {
  const std::string wat = module_with("f: func() -> u8;", R"(
    (func (export "f") (result i32) (i32.const 1))
    (func (export "cabi_post_f") (param i32) unreachable))");
  EXPECT_TRUE(fails_with(run(wat, "f", {}), ErrorCode::kTrapUnreachable));
}

TEST_F(ModuleInterface, WrongArgumentsAreNamed) {
  const std::string wat = module_with(kSumInterface, kSum);
  const auto wrong = run(wat, "sum", {WasmList{{point(1, 2), WasmRecord{{"x", "1"}, {"y", 1}}}}, 1.0});
  ASSERT_TRUE(fails_with(wrong, ErrorCode::kArgumentType));
  EXPECT_EQ(wrong.error().message(),
            R"(parameter "points"[1].x of "sum" has type s32, and the argument is string)");
  EXPECT_TRUE(fails_with(run(wat, "sum", {WasmList{}}), ErrorCode::kArgumentCount));
  EXPECT_TRUE(fails_with(run(module_with(kGreetInterface, kGreet), "greet", {"\xff"}),
                         ErrorCode::kArgumentType));
}

TEST_F(ModuleInterface, AnAllocatorThatLiesIsFoundOut) {
  const auto run_with = [&](std::string_view allocator) {
    return run(module_with(kSumInterface, kSum, allocator), "sum", {WasmList{{point(1, 2)}}, 1.0});
  };
  must(run_with("(i32.const 1024)"));
  for (const char* allocator :
       {"(i32.const 1026)", "(i32.const 65532)", "(i32.const 65536)", "(i32.const -4)"}) {
    EXPECT_TRUE(fails_with(run_with(allocator), ErrorCode::kOutOfBounds)) << allocator;
  }
  EXPECT_TRUE(fails_with(run_with("unreachable"), ErrorCode::kTrapUnreachable));

  const std::string twice = module_with("f: func(a: list<string>);",
                                        R"((func (export "f") (param i32 i32)))", "(i32.const 64)");
  const auto same = run(twice, "f", {WasmList{{"a", "b"}}});
  ASSERT_TRUE(fails_with(same, ErrorCode::kOutOfBounds));
  EXPECT_NE(same.error().message().find("overlaps"), std::string::npos);
}

TEST_F(ModuleInterface, AnAllocatorMayGrowTheMemory) {
  const std::string grows = module_with(
      "f: func(a: list<string>) -> list<string>;",
      R"((func (export "f") (param i32 i32) (result i32)
           (i32.store (i32.const 8) (local.get 0))
           (i32.store (i32.const 12) (local.get 1))
           (i32.const 8)))",
      "(i32.mul (memory.grow (i32.const 1)) (i32.const 65536))");
  const WasmValue list(WasmList{{std::string(60'000, 'a'), "", std::string(10, 'b')}});
  EXPECT_EQ(must(run(grows, "f", {list})), std::vector<WasmValue>{list});
}

TEST_F(ModuleInterface, ResultsThatLieAreFoundOut) {
  const auto returning = [&](std::string_view type, int pointer, int address, int length) {
    return run(module_with(fmt::format("f: func() -> {};", type),
                           fmt::format(R"((func (export "f") (result i32)
                             (i32.store (i32.const 16) (i32.const {}))
                             (i32.store (i32.const 20) (i32.const {}))
                             (i32.const {})))",
                                       address, length, pointer)),
               "f", {});
  };
  EXPECT_EQ(must(returning("string", 16, 0, 4)),
            std::vector<WasmValue>{std::string(4, '\0')});
  EXPECT_TRUE(fails_with(returning("string", 65532, 0, 0), ErrorCode::kOutOfBounds));
  EXPECT_TRUE(fails_with(returning("string", -4, 0, 0), ErrorCode::kOutOfBounds));
  EXPECT_TRUE(fails_with(returning("string", 16, 65536, 1), ErrorCode::kOutOfBounds));
  EXPECT_TRUE(fails_with(returning("string", 16, 0, -1), ErrorCode::kOutOfBounds));
  EXPECT_TRUE(fails_with(returning("list<u64>", 16, 0, 0x20000000), ErrorCode::kOutOfBounds));
  EXPECT_TRUE(fails_with(returning("list<u64>", 16, 4, 1), ErrorCode::kInvalidResult));
  EXPECT_TRUE(fails_with(returning("string", 17, 0, 0), ErrorCode::kInvalidResult));
  EXPECT_TRUE(fails_with(returning("option<u32>", 16, 2, 0), ErrorCode::kInvalidResult));
  const auto wrong = returning("list<bool>", 16, 18, 8);  // the length's own bytes, 8 among them
  ASSERT_TRUE(fails_with(wrong, ErrorCode::kInvalidResult));
  EXPECT_EQ(wrong.error().message(), R"(the result[2] of "f" is a bool, and holds 8)");
}

TEST_F(ModuleInterface, AModuleWhoseExportsDoNotFitIsRefused) {
  const auto refused = [&](std::string_view wat) {
    return fails_with(runtime.load_module_wat("test", wat), ErrorCode::kLoadInvalidInterface) &&
           fails_with(describe_module(must(wat_to_wasm(wat))), ErrorCode::kLoadInvalidInterface);
  };
  EXPECT_TRUE(refused(module_with("f: func(a: u64);", "(func (export \"f\") (param i32))")));
  EXPECT_TRUE(refused(module_with("f: func();", "")));
  EXPECT_TRUE(refused(module_with("f func();", "")));
  EXPECT_TRUE(refused(R"((module (@custom "synapsed:interface" "f: func(a: string);")
                           (memory (export "memory") 1)
                           (func (export "f") (param i32 i32))))"));
  EXPECT_TRUE(refused(R"((module (@custom "synapsed:interface" "f: func() -> string;")
                           (memory 1) (func (export "f") (result i32) (i32.const 0))))"));
}

TEST_F(ModuleInterface, AStartedInstanceThatLiedStartsAfresh) {
  const std::string wat = module_with("f: func() -> bool;\nset: func();", R"(
    (global $lie (mut i32) (i32.const 0))
    (func (export "set") (global.set $lie (i32.const 2)))
    (func (export "f") (result i32) (global.get $lie)))");
  const ModuleId id = load_wat(runtime, wat,
                               ModuleMetadata{}.with_instance_policy(InstancePolicy::kPersistent));
  must(runtime.execute_function(id, "set", {}));
  EXPECT_TRUE(fails_with(runtime.execute_function(id, "f", {}), ErrorCode::kInvalidResult));
  EXPECT_EQ(must(runtime.execute_function(id, "f", {})).values[0], WasmValue(false));
}

}  // namespace
}  // namespace synapsed
