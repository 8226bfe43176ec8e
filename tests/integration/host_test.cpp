// Host functions: typed and dynamic, what they are given, and what a hostile guest passes them.

#include <algorithm>
#include <stdexcept>

#include "base/bytes.hpp"
#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::load_wat;
using test::must;
using test::small_config;

class Host : public ::testing::Test {
 protected:
  WasmRuntime runtime = must(WasmRuntime::create(small_config()));
  HostFunctions& host = runtime.host_functions();

  Result<ExecutionResult> run(std::string_view wat, std::string_view function,
                              std::vector<WasmValue> arguments = {},
                              const ExecutionContext& context = {}) {
    return runtime.execute_function(load_wat(runtime, wat), function, arguments, context);
  }
};

TEST_F(Host, PassesNumbersOfEveryTypeBothWays) {
  host.define("env", "mix",
              [](std::int32_t a, std::uint64_t b, float c, double d, V128 e) {
                std::ranges::reverse(e.bytes);
                return std::tuple(static_cast<std::uint32_t>(a) + 1, static_cast<std::int64_t>(b) - 1,
                                  c * 2, d / 2, e);
              });
  V128 vector;
  V128 reversed;
  for (std::uint8_t i = 0; i < 16; ++i) {
    vector.bytes[i] = i;
    reversed.bytes[15U - i] = i;
  }
  const auto result = must(run(R"((module
    (import "env" "mix" (func $mix (param i32 i64 f32 f64 v128) (result i32 i64 f32 f64 v128)))
    (func (export "f") (param i32 i64 f32 f64 v128) (result i32 i64 f32 f64 v128)
      (call $mix (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)))))",
                               "f", {-1, std::int64_t{0}, 1.5F, 3.0, vector}));
  EXPECT_EQ(result.values,
            (std::vector<WasmValue>{0, std::int64_t{-1}, 3.0F, 1.5, reversed}));
}

TEST_F(Host, KnowsModuleTenantAndDeadline) {
  std::string seen;
  bool has_deadline = false;
  host.define("env", "look", [&](CallContext& call) {
    seen = std::string(call.module()) + "/" + std::string(call.tenant());
    has_deadline = call.deadline() != std::chrono::steady_clock::time_point::max();
    EXPECT_FALSE(call.is_cancelled());
  });
  must(run(R"((module (import "env" "look" (func $look)) (func (export "f") (call $look))))", "f", {},
           ExecutionContext{}.with_tenant("acme")));
  EXPECT_EQ(seen, "test/acme");
  EXPECT_TRUE(has_deadline);
}

// Calls a host function with a pointer and a length the test chooses.
constexpr std::string_view kPass = R"((module
  (import "env" "take" (func $take (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "hello") (data (i32.const 100) "\c3\28") (data (i32.const 65533) "end")
  (func (export "pass") (param i32 i32) (call $take (local.get 0) (local.get 1)))))";

TEST_F(Host, GivesBytesInsideTheGuestsMemoryOnly) {
  std::string taken;
  host.define("env", "take", [&](GuestBytes bytes) { taken = as_text(bytes.view()); });
  must(run(kPass, "pass", {8, 5}));
  EXPECT_EQ(taken, "hello");
  must(run(kPass, "pass", {65533, 3}));
  EXPECT_EQ(taken, "end");
  must(run(kPass, "pass", {65536, 0}));
  EXPECT_EQ(taken, "");
  taken = "untouched";
  const std::vector<std::pair<int, int>> outside{
      {65533, 4}, {65536, 1}, {65537, 0}, {-1, 1}, {0, -1}, {-1, -1}, {8, 0x7fffffff}, {-8, 16}};
  for (const auto& [pointer, length] : outside) {
    const auto result = run(kPass, "pass", {pointer, length});
    EXPECT_TRUE(fails_with(result, ErrorCode::kOutOfBounds)) << pointer << " " << length;
    EXPECT_EQ(result.error().where(), "parameter 1 of the host function");
    ASSERT_NE(result.error().trap(), nullptr);
    EXPECT_EQ(result.error().trap()->frames.size(), 1U);
  }
  EXPECT_EQ(taken, "untouched");
}

TEST_F(Host, GivesTextThatIsUtf8Only) {
  std::string taken;
  host.define("env", "take", [&](GuestString text) { taken = text.view(); });
  must(run(kPass, "pass", {8, 5}));
  EXPECT_EQ(taken, "hello");
  EXPECT_TRUE(fails_with(run(kPass, "pass", {100, 2}), ErrorCode::kArgumentType));
  EXPECT_TRUE(fails_with(run(kPass, "pass", {65533, 4}), ErrorCode::kOutOfBounds));
}

TEST_F(Host, WritesIntoABufferNoFartherThanItsCapacity) {
  host.define("env", "fill", [](GuestBuffer out) { return out.write(as_bytes("four")); });
  constexpr std::string_view kFill = R"((module
    (import "env" "fill" (func $fill (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "f") (param i32) (result i32 i32)
      (call $fill (i32.const 8) (local.get 0)) (i32.load (i32.const 8)))))";
  EXPECT_EQ(must(run(kFill, "f", {4})).values, (std::vector<WasmValue>{4, 0x72756f66}));
  EXPECT_TRUE(fails_with(run(kFill, "f", {3}), ErrorCode::kOutOfBounds));
}

TEST_F(Host, AGuestWithoutMemoryPassesNoPointers) {
  host.define("env", "take", [](GuestBytes) { ADD_FAILURE(); });
  EXPECT_TRUE(fails_with(run(R"((module (import "env" "take" (func $take (param i32 i32)))
    (func (export "f") (call $take (i32.const 0) (i32.const 0)))))", "f"),
                         ErrorCode::kOutOfBounds));
}

TEST_F(Host, SeesMemoryThatGrewBetweenTwoCalls) {
  std::vector<std::size_t> sizes;
  host.define("env", "take", [&](GuestBytes bytes) { sizes.push_back(bytes.view().size()); });
  must(run(R"((module (import "env" "take" (func $take (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "f")
      (call $take (i32.const 0) (i32.const 65536))
      (drop (memory.grow (i32.const 9)))
      (call $take (i32.const 0) (i32.const 655360)))))", "f"));
  EXPECT_EQ(sizes, (std::vector<std::size_t>{65536, 655360}));
}

TEST_F(Host, ServesAStartFunction) {
  std::string taken;
  host.define("env", "take", [&](GuestString text) { taken = text.view(); });
  must(run(R"((module (import "env" "take" (func $take (param i32 i32)))
    (memory (export "memory") 1) (data (i32.const 0) "start")
    (func $start (call $take (i32.const 0) (i32.const 5))) (start $start)
    (func (export "f"))))", "f"));
  EXPECT_EQ(taken, "start");
}

constexpr std::string_view kCall = R"((module (import "env" "do" (func $do (result i32)))
  (func $inner (result i32) (call $do)) (func (export "f") (result i32) (call $inner))))";

TEST_F(Host, AnErrorEndsTheGuestWithItsBacktrace) {
  bool fail = true;
  host.define("env", "do", [&]() -> Result<std::int32_t> {
    if (fail) return std::unexpected(Error(ErrorCode::kIo, "the disk is gone").at("disk 3"));
    return 7;
  });
  const auto failed = run(kCall, "f");
  EXPECT_TRUE(fails_with(failed, ErrorCode::kIo));
  EXPECT_EQ(failed.error().where(), "disk 3");
  ASSERT_NE(failed.error().trap(), nullptr);
  EXPECT_EQ(failed.error().trap()->frames[0].function_name, "inner");
  fail = false;
  EXPECT_EQ(must(run(kCall, "f")).values[0], WasmValue(7));
}

TEST_F(Host, AnExceptionEndsTheGuestAndNothingElse) {
  host.define("env", "do", []() -> std::int32_t { throw std::runtime_error("oops"); });
  const auto thrown = run(kCall, "f");
  EXPECT_TRUE(fails_with(thrown, ErrorCode::kHostFunctionFailed));
  EXPECT_NE(thrown.error().message().find("oops"), std::string::npos);
  host.define("env", "do", []() -> std::int32_t { throw 7; });
  EXPECT_TRUE(fails_with(run(kCall, "f"), ErrorCode::kHostFunctionFailed));
}

TEST_F(Host, MayEndTheGuestSuccessfully) {
  int code = 5;
  host.define("env", "do", [&](CallContext& call) {
    call.exit(code);
    return std::int32_t{0};
  });
  EXPECT_EQ(must(run(kCall, "f")).exit_code, 5);
  code = 126;
  EXPECT_TRUE(fails_with(run(kCall, "f"), ErrorCode::kHostFunctionFailed));
}

TEST_F(Host, TheTypeOfTheImportMustFit) {
  host.define("env", "do", [](std::int64_t) {});
  const auto result = runtime.load_module_wat("m", kCall);
  EXPECT_TRUE(fails_with(result, ErrorCode::kImportMismatch));
  EXPECT_NE(result.error().message().find("(i64) -> ()"), std::string::npos);
  EXPECT_EQ(result.error().where(), "m, import 1 of 1");
}

TEST_F(Host, AReplacementServesNewInstancesOfModulesLoadedBefore) {
  host.define("env", "do", [] { return std::int32_t{1}; });
  const ModuleId before = load_wat(runtime, kCall);
  host.define("env", "do", [] { return std::int32_t{2}; }, {.description = "the second"});
  EXPECT_EQ(must(runtime.execute_function(before, "f", {})).values[0], WasmValue(2));
  EXPECT_EQ(must(run(kCall, "f")).values[0], WasmValue(2));
  ASSERT_EQ(host.list()[0].module, "env");
  EXPECT_EQ(host.list()[0].options.description, "the second");
  EXPECT_EQ(to_string(*host.list()[0].type), "() -> i32");
}

TEST_F(Host, ADynamicFunctionTakesWhatItDeclares) {
  std::vector<WasmValue> seen;
  must(host.define_dynamic(
      "log", "message",
      {.params = {ValueKind::kString, ValueKind::kBytes, ValueKind::kBool, ValueKind::kF64},
       .results = {ValueKind::kI64}},
      [&](std::span<const WasmValue> arguments) -> Result<std::vector<WasmValue>> {
        seen.assign(arguments.begin(), arguments.end());
        return std::vector<WasmValue>{std::int64_t{42}};
      }));
  constexpr std::string_view kLog = R"((module
    (import "log" "message" (func $log (param i32 i32 i32 i32 i32 f64) (result i64)))
    (memory (export "memory") 1) (data (i32.const 0) "hi\ff")
    (func (export "f") (param i32) (result i64)
      (call $log (i32.const 0) (local.get 0) (i32.const 2) (i32.const 1) (i32.const 7)
                 (f64.const 0.5)))))";
  EXPECT_EQ(must(run(kLog, "f", {2})).values[0], WasmValue(std::int64_t{42}));
  EXPECT_EQ(seen, (std::vector<WasmValue>{"hi", Bytes{std::byte{0xff}}, true, 0.5}));
  EXPECT_TRUE(fails_with(run(kLog, "f", {3}), ErrorCode::kArgumentType));
}

TEST_F(Host, AnUndeclaredDynamicFunctionTakesTheImportsOwnType) {
  std::vector<WasmValue> seen;
  runtime.register_host_function(
      "do", [&](std::span<const WasmValue> arguments) -> Result<std::vector<WasmValue>> {
        seen.assign(arguments.begin(), arguments.end());
        return std::vector<WasmValue>(arguments.begin(), arguments.end());
      });
  EXPECT_EQ(must(run(R"((module (import "env" "do" (func $do (param i32 f32) (result i32 f32)))
    (func (export "f") (result i32 f32) (call $do (i32.const 3) (f32.const 0.5)))))", "f"))
                .values,
            (std::vector<WasmValue>{3, 0.5F}));
  EXPECT_EQ(seen.size(), 2U);
  EXPECT_TRUE(fails_with(run(kCall, "f"), ErrorCode::kHostFunctionFailed));
  EXPECT_TRUE(fails_with(
      runtime.load_module_wat("m", R"((module (import "env" "do" (func (param externref)))))"),
      ErrorCode::kUnsupportedType));
}

TEST_F(Host, ADynamicFunctionsResultsAreChecked) {
  std::vector<WasmValue> results;
  must(host.define_dynamic("env", "do", {.params = {}, .results = {ValueKind::kI32}},
                           [&](auto) -> Result<std::vector<WasmValue>> { return results; }));
  EXPECT_TRUE(fails_with(run(kCall, "f"), ErrorCode::kHostFunctionFailed));
  results = {std::int64_t{1}};
  EXPECT_TRUE(fails_with(run(kCall, "f"), ErrorCode::kHostFunctionFailed));
  results = {9};
  EXPECT_EQ(must(run(kCall, "f")).values[0], WasmValue(9));
}

TEST_F(Host, KindsWithoutAnAbiAreRefused) {
  const auto nothing = [](auto) -> Result<std::vector<WasmValue>> { return {}; };
  EXPECT_TRUE(fails_with(host.define_dynamic("env", "a", {.params = {ValueKind::kFuncRef}}, nothing),
                         ErrorCode::kUnsupportedType));
  EXPECT_TRUE(fails_with(
      host.define_dynamic("env", "a", {.params = {}, .results = {ValueKind::kString}}, nothing),
      ErrorCode::kUnsupportedType));
  EXPECT_TRUE(std::ranges::none_of(host.list(), [](const HostFunctionInfo& info) {
    return info.module == "env";
  }));
}

TEST_F(Host, ComesBeforeWasisFunctionOfTheSameName) {
  host.define("wasi_snapshot_preview1", "sched_yield", [] { return std::int32_t{77}; });
  EXPECT_EQ(must(run(R"((module
    (import "wasi_snapshot_preview1" "sched_yield" (func $y (result i32)))
    (func (export "f") (result i32) (call $y))))", "f")).values[0],
            WasmValue(77));
}

}  // namespace
}  // namespace synapsed
