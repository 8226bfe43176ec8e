// Executing: values in and out, traps, limits, cancellation, instance policies, statistics.

#include <cmath>
#include <thread>

#include "tests/support/memory_use.hpp"
#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::load_wat;
using test::must;
using test::small_config;

class Execution : public ::testing::Test {
 protected:
  WasmRuntime runtime = must(WasmRuntime::create(small_config()));

  Result<ExecutionResult> run(std::string_view wat, std::string_view function,
                              std::vector<WasmValue> arguments = {},
                              const ExecutionContext& context = {}) {
    return runtime.execute_function(load_wat(runtime, wat), function, arguments, context);
  }
};

TEST_F(Execution, PassesEveryCoreTypeBothWays) {
  constexpr std::string_view kEcho = R"((module
    (func (export "echo") (param i32 i64 f32 f64 v128 funcref externref)
                          (result i32 i64 f32 f64 v128 funcref externref)
      (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5)
      (local.get 6))))";
  V128 vector;
  vector.bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  const std::vector<WasmValue> values{-1,   std::int64_t{1} << 40, 1.5F,       -2.5,
                                      vector, FuncRef{},             ExternRef{}};
  EXPECT_EQ(must(run(kEcho, "echo", values)).values, values);
}

TEST_F(Execution, ReturnsMoreResultsThanArguments) {
  const auto result = must(run(R"((module (func (export "f") (param i32) (result i32 i32 i32)
    (local.get 0) (i32.const 2) (i32.const 3))))", "f", {1}));
  EXPECT_EQ(result.values, (std::vector<WasmValue>{1, 2, 3}));
}

TEST_F(Execution, ChecksArgumentsByNameOfFunctionAndParameter) {
  constexpr std::string_view kAdd = R"((module (memory (export "memory") 1)
    (func (export "add") (param i32 i64) (result i32) (local.get 0))))";
  const auto count = run(kAdd, "add", {1});
  EXPECT_TRUE(fails_with(count, ErrorCode::kArgumentCount));
  EXPECT_NE(count.error().message().find("\"add\" takes 2 arguments, and 1 was given"),
            std::string::npos);
  const auto type = run(kAdd, "add", {1, 2});
  EXPECT_TRUE(fails_with(type, ErrorCode::kArgumentType));
  EXPECT_NE(type.error().message().find("parameter 2 of \"add\" has type i64"), std::string::npos);
  EXPECT_TRUE(fails_with(run(kAdd, "add", {"text"}), ErrorCode::kArgumentType));
  const auto unknown = run(kAdd, "ad", {});
  EXPECT_TRUE(fails_with(unknown, ErrorCode::kUnknownExport));
  EXPECT_EQ(unknown.error().hint(), "did you mean \"add\"?");
  EXPECT_TRUE(fails_with(run(kAdd, "memory", {}), ErrorCode::kNotAFunction));
}

TEST_F(Execution, RefusesReferencesItCannotPass) {
  EXPECT_TRUE(fails_with(run(R"((module (func (export "f") (param anyref))))", "f", {WasmValue{}}),
                         ErrorCode::kUnsupportedType));
  EXPECT_TRUE(fails_with(run(R"((module (func (export "f") (param externref))))", "f",
                             {ExternRef{5}}),
                         ErrorCode::kArgumentType));
}

struct TrapCase {
  const char* body;
  ErrorCode kind;
};

TEST_F(Execution, NamesEveryTrap) {
  const TrapCase cases[] = {
      {"(unreachable)", ErrorCode::kTrapUnreachable},
      {"(drop (i32.load (i32.const 65536)))", ErrorCode::kTrapMemoryOutOfBounds},
      {"(drop (table.get 0 (i32.const 9)))", ErrorCode::kTrapTableOutOfBounds},
      {"(call_indirect (type $void) (i32.const 0))", ErrorCode::kTrapIndirectCallToNull},
      {"(call_indirect (type $void) (i32.const 1))", ErrorCode::kTrapBadSignature},
      {"(drop (i32.div_s (i32.const -2147483648) (i32.const -1)))", ErrorCode::kTrapIntegerOverflow},
      {"(drop (i32.div_u (i32.const 1) (i32.const 0)))", ErrorCode::kTrapIntegerDivisionByZero},
      {"(drop (i32.trunc_f32_s (f32.const nan)))", ErrorCode::kTrapBadConversionToInteger},
      {"(drop (i31.get_s (ref.null i31)))", ErrorCode::kTrapNullReference},
      {"(drop (ref.cast (ref i31) (ref.null any)))", ErrorCode::kTrapCastFailure},
      {"(drop (array.get $bytes (array.new_default $bytes (i32.const 1)) (i32.const 1)))",
       ErrorCode::kTrapArrayOutOfBounds},
      {"(throw $tag)", ErrorCode::kTrapUncaughtException},
  };
  for (const auto& [body, kind] : cases) {
    const std::string wat = std::string(R"((module $faulty
      (type $void (func)) (type $bytes (array i32)) (memory 1) (tag $tag)
      (table 2 funcref) (elem (i32.const 1) $other) (func $other (result i32) (i32.const 0))
      (func $inner )") + body + R"()
      (func (export "f") (call $inner))))";
    const auto result = run(wat, "f");
    ASSERT_TRUE(fails_with(result, kind)) << body;
    ASSERT_NE(result.error().trap(), nullptr);
    const Trap& trap = *result.error().trap();
    EXPECT_EQ(trap.kind, kind);
    EXPECT_FALSE(trap.message.empty()) << body;
    EXPECT_EQ(trap.message.find('\n'), std::string::npos) << trap.message;
    if (kind == ErrorCode::kTrapUncaughtException) continue;
    ASSERT_GE(trap.frames.size(), 2U) << body;
    EXPECT_EQ(trap.frames[0].function_name, "inner");
    EXPECT_EQ(trap.frames[0].module_name, "faulty");
    EXPECT_TRUE(trap.frames[0].code_offset);
  }
}

TEST_F(Execution, AGuestIsStoppedByTheNameOfItsLimit) {
  constexpr std::string_view kHostile = R"((module (memory 1) (table 1 funcref)
    (func (export "loop") (loop (br 0)))
    (func (export "grow") (loop (drop (memory.grow (i32.const 16))) (br 0)))
    (func (export "grow_table")
      (loop (drop (table.grow (ref.null func) (i32.const 1000))) (br 0)))
    (func $recurse (export "recurse") (call $recurse))))";
  const auto context =
      ExecutionContext{}.with_timeout(50ms).with_memory_limit(std::uint64_t{1} << 20);
  EXPECT_TRUE(fails_with(run(kHostile, "loop", {}, context), ErrorCode::kDeadline));
  EXPECT_TRUE(fails_with(run(kHostile, "grow", {}, context), ErrorCode::kMemoryLimit));
  EXPECT_TRUE(fails_with(run(kHostile, "grow_table", {}, context), ErrorCode::kTableLimit));
  const auto recursion = run(kHostile, "recurse", {}, context);
  EXPECT_TRUE(fails_with(recursion, ErrorCode::kStackExhausted));
  EXPECT_LE(recursion.error().trap()->frames.size(), 20U);
  ASSERT_NE(recursion.error().usage(), nullptr);
  EXPECT_GT(recursion.error().usage()->duration_ns, 0U);
}

TEST_F(Execution, AStartFunctionIsUnderTheSameLimits) {
  const auto context = ExecutionContext{}.with_timeout(50ms);
  const auto start = [&](std::string_view body) {
    return run("(module (memory 1) (func $s " + std::string(body) +
                   ") (start $s) (func (export \"f\")))",
               "f", {}, context);
  };
  EXPECT_TRUE(fails_with(start("(unreachable)"), ErrorCode::kTrapUnreachable));
  EXPECT_TRUE(fails_with(start("(loop (br 0))"), ErrorCode::kDeadline));
  EXPECT_TRUE(fails_with(start("(call $s)"), ErrorCode::kStackExhausted));
  EXPECT_TRUE(fails_with(start("(loop (drop (memory.grow (i32.const 100))) (br 0))"),
                         ErrorCode::kMemoryLimit));
}

TEST_F(Execution, GcAllocationsCountAgainstTheMemoryLimit) {
  const auto result = run(R"((module (type $block (array (mut i64)))
    (type $list (struct (field (ref null $list)) (field (ref $block))))
    (func (export "hoard") (local $head (ref null $list))
      (loop
        (local.set $head (struct.new $list (local.get $head)
          (array.new_default $block (i32.const 10000))))
        (br 0)))))",
                          "hoard", {},
                          ExecutionContext{}.with_timeout(20s).with_memory_limit(8 << 20));
  EXPECT_TRUE(fails_with(result, ErrorCode::kMemoryLimit));
}

TEST_F(Execution, AbsurdLimitsAreErrors) {
  constexpr std::string_view kNop = "(module (func (export \"f\")))";
  EXPECT_TRUE(fails_with(run(kNop, "f", {}, ExecutionContext{}.with_timeout(-1s)),
                         ErrorCode::kInvalidLimit));
  must(run(kNop, "f", {}, ExecutionContext{}.with_timeout(std::chrono::nanoseconds::max())));
}

TEST_F(Execution, SandboxingMakesLimitsCeilings) {
  constexpr std::string_view kGrow = R"((module (memory 1)
    (func (export "f") (result i32) (memory.grow (i32.const 31)))
    (func (export "loop") (loop (br 0)))))";
  RuntimeConfig config = small_config();
  config.limits.memory_bytes_max = 1 << 20;
  config.limits.timeout = 50ms;
  const auto generous = ExecutionContext{}.with_memory_limit(4 << 20).with_timeout(0s);
  auto sandboxed = must(WasmRuntime::create(config));
  ModuleId id = load_wat(sandboxed, kGrow);
  EXPECT_TRUE(fails_with(sandboxed.execute_function(id, "f", {}, generous), ErrorCode::kMemoryLimit));
  EXPECT_TRUE(fails_with(sandboxed.execute_function(id, "loop", {}, generous), ErrorCode::kDeadline));

  config.security.enable_sandboxing = false;
  auto trusted = must(WasmRuntime::create(config));
  id = load_wat(trusted, kGrow);
  EXPECT_EQ(must(trusted.execute_function(id, "f", {}, generous)).values[0], WasmValue(1));
  EXPECT_TRUE(fails_with(trusted.execute_function(id, "loop", {}, ExecutionContext{}.with_timeout(90ms)),
                         ErrorCode::kDeadline));
}

TEST_F(Execution, CancellationEndsAGuestAndKeepsAnotherOut) {
  const CancelSource source;
  const auto context = ExecutionContext{}.with_timeout(20s).with_cancellation(source.token());
  std::thread canceller([&] {
    std::this_thread::sleep_for(20ms);
    source.cancel();
  });
  constexpr std::string_view kLoop = "(module (func (export \"loop\") (loop (br 0))))";
  EXPECT_TRUE(fails_with(run(kLoop, "loop", {}, context), ErrorCode::kCancelled));
  canceller.join();
  EXPECT_TRUE(fails_with(run(kLoop, "loop", {}, context), ErrorCode::kCancelled));
}

constexpr std::string_view kCounter = R"((module (memory 1) (global $n (mut i32) (i32.const 0))
  (func (export "next") (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
  (func (export "fail") (global.set $n (i32.const 100)) (unreachable))
  (func (export "loop") (loop (br 0)))))";

TEST_F(Execution, PerCallInstancesStartAfresh) {
  const ModuleId id = load_wat(runtime, kCounter);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(must(runtime.execute_function(id, "next", {})).values[0], WasmValue(1));
  }
}

TEST_F(Execution, APersistentInstanceKeepsItsStateUntilItFaults) {
  const ModuleId id = load_wat(
      runtime, kCounter, ModuleMetadata{}.with_instance_policy(InstancePolicy::kPersistent));
  EXPECT_EQ(must(runtime.execute_function(id, "next", {})).values[0], WasmValue(1));
  EXPECT_EQ(must(runtime.execute_function(id, "next", {})).values[0], WasmValue(2));
  EXPECT_EQ(runtime.get_stats().memory_bytes, 65536U);
  EXPECT_TRUE(fails_with(runtime.execute_function(id, "fail", {}), ErrorCode::kTrapUnreachable));
  EXPECT_EQ(runtime.get_stats().memory_bytes, 0U);
  EXPECT_EQ(must(runtime.execute_function(id, "next", {})).values[0], WasmValue(1));
}

TEST_F(Execution, WaitingForAPersistentInstanceHasADeadlineAndCanBeCancelled) {
  const ModuleId id = load_wat(
      runtime, kCounter, ModuleMetadata{}.with_instance_policy(InstancePolicy::kPersistent));
  const CancelSource stop_holder;
  std::thread holder([&] {
    const auto held = runtime.execute_function(
        id, "loop", {}, ExecutionContext{}.with_cancellation(stop_holder.token()));
    EXPECT_TRUE(fails_with(held, ErrorCode::kCancelled));
  });
  while (runtime.get_stats().memory_bytes == 0) std::this_thread::yield();
  EXPECT_TRUE(fails_with(runtime.execute_function(id, "next", {}, ExecutionContext{}.with_timeout(30ms)),
                         ErrorCode::kDeadline));
  const CancelSource source;
  std::thread canceller([&] {
    std::this_thread::sleep_for(20ms);
    source.cancel();
  });
  EXPECT_TRUE(fails_with(runtime.execute_function(
                             id, "next", {}, ExecutionContext{}.with_cancellation(source.token())),
                         ErrorCode::kCancelled));
  canceller.join();
  stop_holder.cancel();
  holder.join();
}

TEST_F(Execution, IdlePersistentInstancesAreReclaimedAboveTheThreshold) {
  RuntimeConfig config = small_config();
  config.memory.gc_threshold = 3 * 65536;
  auto reclaiming = must(WasmRuntime::create(config));
  const auto persistent = ModuleMetadata{}.with_instance_policy(InstancePolicy::kPersistent);
  std::vector<ModuleId> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(load_wat(reclaiming, kCounter, persistent));
    must(reclaiming.execute_function(ids.back(), "next", {}));
  }
  EXPECT_EQ(reclaiming.get_stats().instances_reclaimed, 1U);
  EXPECT_EQ(must(reclaiming.execute_function(ids[4], "next", {})).values[0], WasmValue(2));
  EXPECT_EQ(must(reclaiming.execute_function(ids[0], "next", {})).values[0], WasmValue(1));

  config.memory.enable_gc = false;
  auto keeping = must(WasmRuntime::create(config));
  for (int i = 0; i < 5; ++i) {
    must(keeping.execute_function(load_wat(keeping, kCounter, persistent), "next", {}));
  }
  EXPECT_EQ(keeping.get_stats().instances_reclaimed, 0U);
}

TEST_F(Execution, DeterminismMakesNansCanonical) {
  // The sum of a NaN with payload and a number keeps the payload on x86-64 and AArch64.
  constexpr std::string_view kNan = R"((module (func (export "f") (param f32) (result i32)
    (i32.reinterpret_f32 (f32.add (local.get 0) (f32.const 1))))))";
  const float payload = std::nanf("0x1234");
  RuntimeConfig config = small_config();
  auto native = must(WasmRuntime::create(config));
  EXPECT_NE(must(native.execute_function(load_wat(native, kNan), "f", {payload})).values[0],
            WasmValue(0x7fc00000));
  config.security.enable_deterministic_execution = true;
  auto deterministic = must(WasmRuntime::create(config));
  EXPECT_EQ(must(deterministic.execute_function(load_wat(deterministic, kNan), "f", {payload}))
                .values[0],
            WasmValue(0x7fc00000));
}

TEST_F(Execution, MemoryProtectionReservesAddressSpaceAndBothWaysCheckBounds) {
  constexpr std::string_view kPeek = R"((module (memory 1)
    (func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0)))
    (func (export "spin") (loop (br 0)))))";
  const auto reserved_while_running = [&](bool protection) {
    RuntimeConfig config = small_config();
    config.memory.enable_memory_protection = protection;
    auto other = must(WasmRuntime::create(config));
    const ModuleId id = load_wat(other, kPeek);
    EXPECT_EQ(must(other.execute_function(id, "peek", {65535})).values[0], WasmValue(0));
    EXPECT_TRUE(fails_with(other.execute_function(id, "peek", {65536}),
                           ErrorCode::kTrapMemoryOutOfBounds));
    EXPECT_TRUE(fails_with(other.execute_function(id, "peek", {-1}),
                           ErrorCode::kTrapMemoryOutOfBounds));
    const std::uint64_t before = test::virtual_bytes();
    const CancelSource source;
    std::thread guest([&] {
      (void)other.execute_function(id, "spin", {},
                                   ExecutionContext{}.with_cancellation(source.token()));
    });
    while (other.get_stats().memory_bytes == 0) std::this_thread::yield();
    const std::uint64_t during = test::virtual_bytes();
    source.cancel();
    guest.join();
    return during - before;
  };
  EXPECT_GT(reserved_while_running(true), std::uint64_t{4} << 30);
  EXPECT_LT(reserved_while_running(false), std::uint64_t{1} << 30);
}

TEST_F(Execution, PooledInstancesRunOutByName) {
  RuntimeConfig config = RuntimeConfig::production();
  config.pooling.instances_max = 1;
  config.admission.running_max = 2;
  auto pooled = must(WasmRuntime::create(config));
  const ModuleId id = load_wat(pooled, kCounter);
  const CancelSource source;
  std::thread holder([&] {
    (void)pooled.execute_function(id, "loop", {},
                                  ExecutionContext{}.with_cancellation(source.token()));
  });
  while (pooled.get_stats().memory_bytes == 0) std::this_thread::yield();
  EXPECT_TRUE(fails_with(pooled.execute_function(id, "next", {}), ErrorCode::kInstanceLimit));
  source.cancel();
  holder.join();
  must(pooled.execute_function(id, "next", {}));
}

TEST_F(Execution, ThePoolSizeBoundsAllExecutionsTogether) {
  RuntimeConfig config = small_config();
  config.memory.memory_pool_size = 2 * 65536;
  config.memory.gc_threshold = 65536;
  config.limits.memory_bytes_max = 2 * 65536;
  auto tight = must(WasmRuntime::create(config));
  const ModuleId id = load_wat(tight, kCounter);
  const ModuleId large = load_wat(tight, "(module (memory 2) (func (export \"f\")))");
  must(tight.execute_function(large, "f", {}));
  const CancelSource source;
  std::thread holder([&] {
    (void)tight.execute_function(id, "loop", {},
                                 ExecutionContext{}.with_cancellation(source.token()));
  });
  while (tight.get_stats().memory_bytes == 0) std::this_thread::yield();
  EXPECT_TRUE(fails_with(tight.execute_function(large, "f", {}), ErrorCode::kMemoryPoolExhausted));
  source.cancel();
  holder.join();
}

TEST_F(Execution, StatisticsAddUp) {
  const ModuleId id = load_wat(runtime, kCounter);
  for (int i = 0; i < 10; ++i) must(runtime.execute_function(id, "next", {}));
  for (int i = 0; i < 3; ++i) (void)runtime.execute_function(id, "fail", {});
  (void)runtime.execute_function(id, "nothing", {});
  const RuntimeStats stats = runtime.get_stats();
  EXPECT_EQ(stats.modules_loaded, 1U);
  EXPECT_EQ(stats.functions_executed, 14U);
  EXPECT_EQ(stats.functions_failed, 4U);
  EXPECT_EQ(stats.failures.at(ErrorCode::kTrapUnreachable), 3U);
  EXPECT_EQ(stats.failures.at(ErrorCode::kUnknownExport), 1U);
  EXPECT_GT(stats.average_execution_time().count(), 0);
  EXPECT_LE(stats.p50, stats.p99);
  EXPECT_GT(stats.compile_time.count(), 0);
  EXPECT_EQ(stats.peak_memory_bytes, 65536U);
  EXPECT_EQ(stats.memory_bytes, 0U);
}

TEST_F(Execution, DebugInformationShowsSourceLines) {
#ifndef SYNAPSED_TEST_GUESTS
  GTEST_SKIP() << "no clang with a wasm32-wasi target: the guest with debug information is missing";
#else
  RuntimeConfig config = small_config();
  config.compilation.debug_info = true;
  auto debugging = must(WasmRuntime::create(config));
  const ModuleId id = must(debugging.load_module_file("crash", SYNAPSED_TEST_GUESTS "/crash.wasm"));
  const auto result = debugging.execute_function(id, "crash", {0});
  ASSERT_TRUE(fails_with(result, ErrorCode::kTrapUnreachable));
  EXPECT_TRUE(result.error().trap()->frames[0].source.ends_with("crash.c:4"))
      << result.error().to_string();

  const ModuleId plain = must(runtime.load_module_file("crash", SYNAPSED_TEST_GUESTS "/crash.wasm"));
  EXPECT_EQ(runtime.execute_function(plain, "crash", {0}).error().trap()->frames[0].source, "");
#endif
}

}  // namespace
}  // namespace synapsed
