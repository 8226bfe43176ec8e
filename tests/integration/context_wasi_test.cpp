// WASI's clocks and random numbers as the context gives them.

#include <chrono>
#include <string>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::load_wat;
using test::must;

constexpr std::string_view kImports = R"((module
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_res_get"
    (func $clock_res_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; A subscription of a clock at 0, of a descriptor at 48; events at 256, their number at 512.
  (func $subscribe (param $at i32) (param $data i64) (param $type i32) (param $timeout i64)
                   (param $flags i32)
    (i64.store (local.get $at) (local.get $data))
    (i32.store8 offset=8 (local.get $at) (local.get $type))
    (i32.store offset=16 (local.get $at) (i32.const 1))
    (i64.store offset=24 (local.get $at) (local.get $timeout))
    (i32.store16 offset=40 (local.get $at) (local.get $flags)))
  (func $now (export "now") (param $clock i32) (result i64)
    (if (call $clock_time_get (local.get $clock) (i64.const 1) (i32.const 1024))
      (then (unreachable)))
    (i64.load (i32.const 1024)))
  (func (export "time_error") (param $clock i32) (param $at i32) (result i32)
    (call $clock_time_get (local.get $clock) (i64.const 1) (local.get $at)))
  (func (export "resolution") (result i64)
    (if (call $clock_res_get (i32.const 0) (i32.const 1024)) (then (unreachable)))
    (i64.load (i32.const 1024)))
  (func (export "sleep") (param $ns i64) (param $flags i32) (result i64)
    (call $subscribe (i32.const 0) (i64.const 77) (i32.const 0) (local.get $ns) (local.get $flags))
    (if (call $poll_oneoff (i32.const 0) (i32.const 256) (i32.const 1) (i32.const 512))
      (then (unreachable)))
    (if (i32.ne (i32.load (i32.const 512)) (i32.const 1)) (then (unreachable)))
    (if (i64.ne (i64.load (i32.const 256)) (i64.const 77)) (then (unreachable)))
    (if (i32.load16_u (i32.const 264)) (then (unreachable)))
    (call $now (i32.const 0)))
  (func (export "two_sleeps") (param $first i64) (param $second i64) (result i64)
    (call $subscribe (i32.const 0) (i64.const 1) (i32.const 0) (local.get $first) (i32.const 0))
    (call $subscribe (i32.const 48) (i64.const 2) (i32.const 0) (local.get $second) (i32.const 0))
    (drop (call $poll_oneoff (i32.const 0) (i32.const 256) (i32.const 2) (i32.const 512)))
    (i64.or (i64.shl (i64.load32_u (i32.const 512)) (i64.const 32)) (i64.load (i32.const 256))))
  (func (export "sleep_or_read") (result i32)
    (call $subscribe (i32.const 0) (i64.const 1) (i32.const 0) (i64.const 1000) (i32.const 0))
    (call $subscribe (i32.const 48) (i64.const 2) (i32.const 1) (i64.const 0) (i32.const 0))
    (drop (call $poll_oneoff (i32.const 0) (i32.const 256) (i32.const 2) (i32.const 512)))
    (i32.load16_u (i32.const 264)))
  (func (export "poll_nothing") (result i32)
    (call $poll_oneoff (i32.const 0) (i32.const 256) (i32.const 0) (i32.const 512)))
  (func (export "random") (param $length i32) (result i64)
    (if (call $random_get (i32.const 2048) (local.get $length)) (then (unreachable)))
    (i64.load (i32.const 2048)))
  (func (export "random_at") (param $at i32) (param $length i32) (result i32)
    (call $random_get (local.get $at) (local.get $length))))";

constexpr auto kNoon = std::chrono::sys_days{std::chrono::January / 2 / 2026} + 12h;
const std::int64_t kNoonNs = std::chrono::nanoseconds{kNoon.time_since_epoch()}.count();
/// The first eight bytes of the stream whose seed is zeros, as a number.
constexpr auto kFirstNumber = std::int64_t{-8321741775382367188};

ExecutionContext deterministic() {
  return ExecutionContext{}.with_time(kNoon).with_random_seed({});
}

class ContextWasiTest : public ::testing::Test {
 protected:
  explicit ContextWasiTest(RuntimeConfig config = test::small_config())
      : runtime(must(WasmRuntime::create(config))),
        id(load_wat(runtime, std::string(kImports) + ")")) {}

  Result<ExecutionResult> run(std::string_view function, std::initializer_list<WasmValue> arguments,
                              const ExecutionContext& context = deterministic()) {
    return runtime.execute_function(id, function, arguments, context);
  }
  std::int64_t number(std::string_view function, std::initializer_list<WasmValue> arguments,
                      const ExecutionContext& context = deterministic()) {
    const WasmValue value = must(run(function, arguments, context)).values[0];
    if (const auto* wide = value.get_if<std::int64_t>()) return *wide;
    return *value.get_if<std::int32_t>();
  }

  WasmRuntime runtime;
  ModuleId id;
};

TEST_F(ContextWasiTest, EveryClockTellsTheContextsTime) {
  EXPECT_EQ(number("now", {0}), kNoonNs);
  EXPECT_EQ(number("now", {1}), kNoonNs);
  EXPECT_EQ(number("resolution", {}), 1);
  EXPECT_EQ(number("time_error", {2, 0}), 8);
  EXPECT_EQ(number("time_error", {4, 0}), 28);
}

TEST_F(ContextWasiTest, SleepingMovesTheTimeOnAndTakesNone) {
  const auto started = std::chrono::steady_clock::now();
  const std::int64_t year_ns = std::chrono::nanoseconds{24h * 365}.count();
  EXPECT_EQ(number("sleep", {year_ns, 0}), kNoonNs + year_ns);
  EXPECT_LT(std::chrono::steady_clock::now() - started, 24h);
  EXPECT_EQ(number("sleep", {kNoonNs + 5, 1}), kNoonNs + 5);  // until a time
  EXPECT_EQ(number("sleep", {kNoonNs - 5, 1}), kNoonNs);      // that has passed
  EXPECT_EQ(number("now", {0}), kNoonNs);                     // each execution has its own
  EXPECT_EQ(number("sleep", {std::int64_t{-1}, 0}), -1);      // the end of time
}

TEST_F(ContextWasiTest, OnlyWhatIsDueFirstHappens) {
  constexpr std::int64_t kOne = std::int64_t{1} << 32;
  EXPECT_EQ(number("two_sleeps", {std::int64_t{10}, std::int64_t{20}}), kOne | 1);
  EXPECT_EQ(number("two_sleeps", {std::int64_t{20}, std::int64_t{10}}), kOne | 2);
  EXPECT_EQ(number("two_sleeps", {std::int64_t{10}, std::int64_t{10}}), 2 * kOne | 1);
  EXPECT_EQ(number("sleep_or_read", {}), 58);
  EXPECT_EQ(number("poll_nothing", {}), 28);
}

TEST_F(ContextWasiTest, RandomNumbersAreTheSeeds) {
  EXPECT_EQ(number("random", {8}), kFirstNumber);
  EXPECT_EQ(number("random", {1000}), kFirstNumber);
  std::array<std::byte, 32> other{};
  other[31] = std::byte{1};
  EXPECT_NE(number("random", {8}, deterministic().with_random_seed(other)), kFirstNumber);
}

TEST_F(ContextWasiTest, PointersOutsideTheMemoryEndTheGuest) {
  EXPECT_TRUE(fails_with(run("random_at", {65536, 1}), ErrorCode::kOutOfBounds));
  EXPECT_TRUE(fails_with(run("random_at", {1, -1}), ErrorCode::kOutOfBounds));
  EXPECT_TRUE(fails_with(run("time_error", {0, 65530}), ErrorCode::kOutOfBounds));
  EXPECT_EQ(number("random_at", {65536, 0}), 0);
}

TEST_F(ContextWasiTest, WithoutThemTheHostsAreThere) {
  const std::int64_t before =
      std::chrono::nanoseconds{std::chrono::system_clock::now().time_since_epoch()}.count();
  EXPECT_GE(number("now", {0}, ExecutionContext{}), before);
  EXPECT_NE(number("random", {8}, ExecutionContext{}), kFirstNumber);
  // One of them alone leaves the other the host's.
  EXPECT_EQ(number("now", {0}, ExecutionContext{}.with_time(kNoon)), kNoonNs);
  EXPECT_NE(number("random", {8}, ExecutionContext{}.with_time(kNoon)), kFirstNumber);
  EXPECT_EQ(number("random", {8}, ExecutionContext{}.with_random_seed({})), kFirstNumber);
}

TEST_F(ContextWasiTest, ATimeBefore1970IsRefused) {
  EXPECT_TRUE(fails_with(run("now", {0}, ExecutionContext{}.with_time(
                                             std::chrono::sys_days{} - 1ns)),
                         ErrorCode::kInvalidLimit));
}

TEST_F(ContextWasiTest, HostFunctionsOfTheSameNameComeFirst) {
  runtime.host_functions().define("wasi_snapshot_preview1", "random_get",
                                  [](std::int32_t, std::int32_t) { return 0; });
  EXPECT_EQ(number("random", {8}), 0);
}

TEST_F(ContextWasiTest, ASessionHasThemForEachCall) {
  auto session = must(runtime.open_session(id, deterministic()));
  const auto now = must(session.function<std::int64_t(std::int32_t)>("now"));
  const auto sleep =
      must(session.function<std::int64_t(std::int64_t, std::int32_t)>("sleep"));
  const auto random = must(session.function<std::int64_t(std::int32_t)>("random"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(must(sleep(100, 0)), kNoonNs + 100);
    EXPECT_EQ(must(now(0)), kNoonNs);
    EXPECT_EQ(must(random(8)), kFirstNumber);
  }
}

TEST_F(ContextWasiTest, APersistentInstanceKeepsTheKindItWasMadeWith) {
  id = load_wat(runtime, std::string(kImports) + ")",
                ModuleMetadata{}.with_instance_policy(InstancePolicy::kPersistent));
  EXPECT_EQ(number("now", {0}), kNoonNs);
  EXPECT_EQ(number("now", {0}, deterministic().with_time(kNoon + 1h)),
            kNoonNs + std::chrono::nanoseconds{1h}.count());
  EXPECT_TRUE(fails_with(run("now", {0}, ExecutionContext{}), ErrorCode::kInvalidConfig));
  EXPECT_EQ(number("now", {0}), kNoonNs);
}

// --- Where the host's are forbidden. ---

class ForbiddenWasi : public ContextWasiTest {
 protected:
  ForbiddenWasi() : ContextWasiTest(config()) {}
  static RuntimeConfig config() {
    RuntimeConfig config = RuntimeConfig::blockchain();
    config.pooling.enable = false;
    return config;
  }
};

TEST_F(ForbiddenWasi, ContextsAnswerAndNobodyElse) {
  EXPECT_EQ(number("now", {0}), kNoonNs);
  EXPECT_EQ(number("random", {8}), kFirstNumber);
  const auto refused = run("now", {0}, ExecutionContext{});
  ASSERT_TRUE(fails_with(refused, ErrorCode::kUnsafeHostFunction));
  EXPECT_EQ(refused.error().where(), "test, import 1 of 4");
  const auto halfway = run("now", {0}, ExecutionContext{}.with_time(kNoon));
  ASSERT_TRUE(fails_with(halfway, ErrorCode::kUnsafeHostFunction));
  EXPECT_EQ(halfway.error().where(), "test, import 4 of 4");
  EXPECT_TRUE(fails_with(runtime.open_session(id), ErrorCode::kUnsafeHostFunction));
  must(runtime.open_session(id, deterministic()));
}

TEST_F(ForbiddenWasi, TheyCostGas) {
  const std::uint64_t none = must(run("random", {0})).usage.gas;
  EXPECT_EQ(must(run("random", {1000})).usage.gas, none + 1000);
}

TEST_F(ForbiddenWasi, AModuleThatReachesFurtherIsRefusedWhenItIsLoaded) {
  EXPECT_TRUE(fails_with(
      runtime.load_module_wat("test", R"((module
        (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_open"
          (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))))"),
      ErrorCode::kUnsafeHostFunction));
}

}  // namespace
}  // namespace synapsed
