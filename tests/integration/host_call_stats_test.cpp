// What is counted of calls of host functions.

#include <chrono>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>
#include <synapsed/runtime.hpp>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::must;
using namespace std::chrono_literals;

constexpr std::string_view kModule = R"((module
  (import "env" "work" (func $work (param i32) (result i32)))
  (import "env" "wait" (func $wait (param i32) (result i32)))
  (import "env" "unused" (func $unused))
  (func (export "work") (param i32) (result i32) (call $work (local.get 0)))
  (func (export "wait") (param i32) (result i32) (call $wait (local.get 0)))
  (func (export "unused") (call $unused))))";

class HostCallStatistics : public testing::Test {
 protected:
  static RuntimeConfig config(bool counts) {
    RuntimeConfig config = RuntimeConfig::development();
    config.monitoring.host_calls = counts;
    return config;
  }

  static void define(WasmRuntime& runtime) {
    HostFunctions& functions = runtime.host_functions();
    functions.define("env", "work", [](std::int32_t n) -> Result<std::int32_t> {
      if (n == 1) return std::unexpected(Error(ErrorCode::kHostFunctionFailed, "one is too few"));
      if (n == 2) throw std::runtime_error("two");
      std::this_thread::sleep_for(1ms);
      return n;
    });
    functions.define_async("env", "wait", [](std::int32_t n, HostCompletion<std::int32_t> done) {
      if (n == 0) {
        done(std::unexpected(Error(ErrorCode::kHostFunctionFailed, "nothing to wait for")));
        return;
      }
      std::jthread([n, done] {
        std::this_thread::sleep_for(1ms);
        done(n);
      }).detach();
    });
    functions.define("env", "unused", [] {});
  }
};

TEST_F(HostCallStatistics, AreCountedAndTimed) {
  WasmRuntime runtime = must(WasmRuntime::create(config(true)));
  define(runtime);
  const ModuleId id = must(runtime.load_module_wat("m", kModule));
  EXPECT_TRUE(must(runtime.module_stats(id)).host_calls.empty());
  for (int i = 0; i < 3; ++i) must(runtime.execute_function(id, "work", {7}));
  EXPECT_FALSE(runtime.execute_function(id, "work", {1}));
  EXPECT_FALSE(runtime.execute_function(id, "work", {2}));
  must(runtime.execute_function(id, "wait", {7}));
  EXPECT_FALSE(runtime.execute_function(id, "wait", {0}));

  const auto calls = must(runtime.module_stats(id)).host_calls;
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[0].module, "env");
  EXPECT_EQ(calls[0].function, "work");
  EXPECT_EQ(calls[0].calls, 5U);
  EXPECT_EQ(calls[0].failed, 2U);
  EXPECT_GE(calls[0].time, 3ms);
  EXPECT_EQ(calls[1].function, "wait");
  EXPECT_EQ(calls[1].calls, 2U);
  EXPECT_EQ(calls[1].failed, 1U);
  EXPECT_GE(calls[1].time, 1ms);
  EXPECT_NE(runtime.metrics().find(
                R"(synapsed_host_calls_total{module="m",version="0.0.0",import="env",function="work"} 5)"),
            std::string::npos)
      << runtime.metrics();
}

TEST_F(HostCallStatistics, OfAWaitThatIsCutOffAreFailures) {
  WasmRuntime runtime = must(WasmRuntime::create(config(true)));
  define(runtime);
  runtime.host_functions().define_async("env", "wait",
                                        [](std::int32_t, HostCompletion<std::int32_t> done) {
                                          std::jthread([done] { std::this_thread::sleep_for(100ms); }).detach();
                                        });
  const ModuleId id = must(runtime.load_module_wat("m", kModule));
  EXPECT_TRUE(fails_with(
      runtime.execute_function(id, "wait", {7}, ExecutionContext{}.with_timeout(20ms)),
      ErrorCode::kDeadline));
  const auto calls = must(runtime.module_stats(id)).host_calls;
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].calls, 1U);
  EXPECT_EQ(calls[0].failed, 1U);
}

TEST_F(HostCallStatistics, AreNotMadeUnasked) {
  WasmRuntime runtime = must(WasmRuntime::create(config(false)));
  define(runtime);
  const ModuleId id = must(runtime.load_module_wat("m", kModule));
  must(runtime.execute_function(id, "work", {7}));
  EXPECT_TRUE(must(runtime.module_stats(id)).host_calls.empty());
}

}  // namespace
}  // namespace synapsed
