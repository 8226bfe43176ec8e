// Modules whose code changes while they are loaded: from the baseline compiler's to the optimising one's, and from
// memory to disk and back.

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <synapsed/inspect.hpp>
#include <synapsed/runtime.hpp>

#include "tests/support/results.hpp"
#include "tests/support/temporary_directory.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::must;
using namespace std::chrono_literals;

constexpr std::string_view kModule = R"((module
  (memory (export "memory") 1)
  (global $count (mut i32) (i32.const 0))
  (func (export "sum") (param $n i32) (result i64) (local $sum i64)
    (loop $on
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $n))))
      (br_if $on (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "next") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count))
  (func (export "trap") (unreachable))))";

class Tiered : public testing::Test {
 protected:
  static RuntimeConfig config() {
    RuntimeConfig config = RuntimeConfig::production();
    config.pooling.enable = false;
    config.compilation.tiered = true;
    config.metering.enable = true;
    config.snapshots.enable = true;
    return config;
  }

  static void wait_for_optimised(const WasmRuntime& runtime, ModuleId id) {
    for (int i = 0; must(runtime.module_info(id)).awaits_optimised_code; ++i) {
      ASSERT_LT(i, 60'000) << "a minute";
      std::this_thread::sleep_for(1ms);
    }
  }
};

TEST_F(Tiered, BothTiersGiveTheSameResultsGasAndErrors) {
  WasmRuntime runtime = must(WasmRuntime::create(config()));
  const ModuleId id = must(runtime.load_module_wat("m", kModule));
  Session first = must(runtime.open_session(id));
  const auto before = must(first.call("sum", {1000}));
  wait_for_optimised(runtime, id);
  EXPECT_EQ(runtime.get_stats().modules_optimised, 1U);
  Session second = must(runtime.open_session(id));
  std::vector<std::string> errors;
  for (Session* session : {&first, &second}) {
    const auto after = must(session->call("sum", {1000}));
    EXPECT_EQ(after.values, before.values);
    EXPECT_EQ(after.usage.gas, before.usage.gas);
    const auto trapped = session->call("trap", {});
    ASSERT_TRUE(fails_with(trapped, ErrorCode::kTrapUnreachable));
    errors.push_back(trapped.error().to_string());
  }
  EXPECT_EQ(errors[0], errors[1]) << "with the places in the backtrace";
  EXPECT_EQ(must(runtime.module_stats(id)).calls, 7U) << "one count over both";
}

TEST_F(Tiered, StateGoesFromOneTierToTheOther) {
  WasmRuntime runtime = must(WasmRuntime::create(config()));
  const ModuleId id = must(runtime.load_module_wat("m", kModule));
  Session first = must(runtime.open_session(id));
  must(first.call("next", {}));
  must(first.call("next", {}));
  wait_for_optimised(runtime, id);
  Session second = must(runtime.fork(id, must(first.snapshot())));
  EXPECT_EQ(must(second.call("next", {})).values[0], WasmValue(3));
  EXPECT_EQ(must(first.call("next", {})).values[0], WasmValue(3)) << "it goes on in its first code";
  Session third = must(first.fork());
  EXPECT_EQ(must(third.call("next", {})).values[0], WasmValue(4));
}

TEST_F(Tiered, WhatTheBaselineLacksIsCompiledOnce) {
  WasmRuntime runtime = must(WasmRuntime::create(config()));
  const ModuleId id = must(runtime.load_module_wat(
      "m", "(module (func $f (result i32) (i32.const 7)) (func (export \"f\") (result i32) (return_call $f)))"));
  EXPECT_FALSE(must(runtime.module_info(id)).awaits_optimised_code);
  EXPECT_EQ(must(runtime.execute_function(id, "f", {})).values[0], WasmValue(7));
  const auto persistent = ModuleMetadata{}.with_instance_policy(InstancePolicy::kPersistent);
  const ModuleId kept = must(runtime.load_module_wat("kept", kModule, persistent));
  EXPECT_FALSE(must(runtime.module_info(kept)).awaits_optimised_code);
  EXPECT_TRUE(fails_with(runtime.load_module_wat("bad", "(module (func (result i32)))"),
                         ErrorCode::kLoadInvalidModule));
}

TEST_F(Tiered, ModulesComeAndGoWhileOthersAreCompiled) {
  WasmRuntime runtime = must(WasmRuntime::create(config()));
  for (int i = 1; i <= 30; ++i) {
    const std::string wat = std::string(kModule).replace(8, 0, " (global i32 (i32.const " +
                                                                   std::to_string(i) + ")) ");
    const ModuleId id = must(runtime.load_module_wat("m", wat));
    must(runtime.execute_function(id, "sum", {i}));
    if (i % 3 != 0) must(runtime.unload_module(id));
  }
  EXPECT_EQ(runtime.list_modules().size(), 10U);
}  // the runtime ends while modules wait

TEST_F(Tiered, CodeThatIsKeptOnDiskIsUsedAtOnce) {
  const test::TemporaryDirectory directory;
  RuntimeConfig keeping = config();
  keeping.compilation.cache_directory = directory.path().string();
  {
    WasmRuntime runtime = must(WasmRuntime::create(keeping));
    wait_for_optimised(runtime, must(runtime.load_module_wat("m", kModule)));
  }
  WasmRuntime runtime = must(WasmRuntime::create(keeping));
  const ModuleId id = must(runtime.load_module_wat("m", kModule));
  EXPECT_FALSE(must(runtime.module_info(id)).awaits_optimised_code);
  EXPECT_EQ(runtime.get_stats().code_cache.hits, 1U);
  EXPECT_EQ(runtime.get_stats().code_cache.compiled, 0U);
}

TEST(IdleCode, IsGivenUpWhileMemoryIsShort) {
  const test::TemporaryDirectory directory;
  RuntimeConfig config = RuntimeConfig::production();
  config.pooling.enable = false;
  config.memory.gc_threshold = 1;
  config.compilation.cache_directory = directory.path().string();
  WasmRuntime runtime = must(WasmRuntime::create(config));
  const ModuleId idle = must(runtime.load_module_wat("idle", kModule));
  const auto persistent = ModuleMetadata{}.with_instance_policy(InstancePolicy::kPersistent);
  const ModuleId busy =
      must(runtime.load_module_wat("busy", std::string(kModule) + " ", persistent));
  must(runtime.execute_function(idle, "sum", {3}));
  std::this_thread::sleep_for(1100ms);
  must(runtime.execute_function(busy, "next", {}));
  EXPECT_EQ(runtime.get_stats().code_released, 0U) << "another module has the same code: nothing to gain";
  must(runtime.unload_module(busy));

  const ModuleId other = must(runtime.load_module_wat("other", "(module (func (export \"f\")))"));
  const std::uint64_t both = runtime.get_stats().code_bytes;
  std::this_thread::sleep_for(1100ms);
  must(runtime.execute_function(other, "f", {}));
  EXPECT_EQ(runtime.get_stats().code_released, 1U);
  EXPECT_LT(runtime.get_stats().code_bytes, both);
  EXPECT_EQ(runtime.list_modules().size(), 2U) << "it is loaded all the same";
  EXPECT_EQ(must(runtime.module_stats(idle)).calls, 1U);

  EXPECT_EQ(must(runtime.execute_function(idle, "sum", {3})).values[0], WasmValue(std::int64_t{6}));
  EXPECT_EQ(runtime.get_stats().code_cache.hits, 1U) << "it was mapped, not compiled";
  EXPECT_EQ(must(runtime.module_stats(idle)).calls, 2U);
}

TEST(IdleCode, StaysWhereItWouldHaveToBeCompiled) {
  RuntimeConfig config = RuntimeConfig::production();
  config.pooling.enable = false;
  config.memory.gc_threshold = 1;
  WasmRuntime runtime = must(WasmRuntime::create(config));
  must(runtime.load_module_wat("idle", kModule));
  const ModuleId other = must(runtime.load_module_wat("other", "(module (func (export \"f\")))"));
  std::this_thread::sleep_for(1100ms);
  must(runtime.execute_function(other, "f", {}));
  EXPECT_EQ(runtime.get_stats().code_released, 0U);
}

}  // namespace
}  // namespace synapsed
