// Guests that would run for ever, stopped from outside at any point of their code.

#include <chrono>
#include <future>
#include <string>

#include <gtest/gtest.h>
#include <synapsed/synapsed.hpp>

#include "tests/support/random.hpp"
#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::load_wat;
using test::must;

struct Endless {
  std::string name;
  std::string wat;
};

const Endless kEndless[]{
    {"AnEmptyLoop", R"((module (func (export "f") (loop $l (br $l)))))"},
    {"AMemoryLoop", R"((module (memory 1) (func (export "f") (local $i i32)
        (loop $l (i32.store (i32.and (local.get $i) (i32.const 65532)) (local.get $i))
          (local.set $i (i32.add (local.get $i) (i32.const 4))) (br $l)))))"},
    {"Calls", R"((module
        (func $g (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
        (func (export "f") (local $i i32)
          (loop $l (local.set $i (call $g (local.get $i))) (br $l)))))"},
    {"Recursion", R"((module
        (func $fib (param i32) (result i32)
          (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
            (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                           (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
        (func (export "f") (loop $l (drop (call $fib (i32.const 25))) (br $l)))))"},
    {"TailCalls", R"((module
        (func $even (param i32) (return_call $odd (i32.const 1) (local.get 0)))
        (func $odd (param i32 i32) (return_call $even (local.get 1)))
        (func (export "f") (call $even (i32.const 7)))))"},
    {"IndirectCalls", R"((module (type $t (func (param f64) (result f64)))
        (table funcref (elem $g)) (func $g (type $t) (f64.mul (local.get 0) (f64.const 1.5)))
        (func (export "f") (local $x f64)
          (loop $l (local.set $x (call_indirect (type $t) (local.get $x) (i32.const 0)))
            (br $l)))))"},
    {"HostCalls", R"((module (import "env" "tick" (func $tick))
        (func (export "f") (loop $l (call $tick) (br $l)))))"},
    {"BulkMemory", R"((module (memory 4) (func (export "f")
        (loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 200000)) (br $l)))))"},
};

class Interruption : public testing::TestWithParam<Endless> {
 protected:
  static RuntimeConfig config() {
    RuntimeConfig config = RuntimeConfig::production();
    config.async.threads = 1;
    config.pooling.instances_max = 16;  // more address space than ThreadSanitizer always leaves
    return config;
  }

  WasmRuntime runtime = must(WasmRuntime::create(config()));
  test::Random random{7};
};

TEST_P(Interruption, ADeadlineStopsItAnywhere) {
  runtime.host_functions().define("env", "tick", [] {});
  const ModuleId id = load_wat(runtime, GetParam().wat);
  for (int i = 0; i < 60; ++i) {
    const auto timeout = std::chrono::microseconds(200 + random.below(700));
    const auto result =
        runtime.execute_function(id, "f", {}, ExecutionContext{}.with_timeout(timeout));
    ASSERT_TRUE(fails_with(result, ErrorCode::kDeadline));
  }
}

TEST_P(Interruption, ADeadlineStopsItOnAFiber) {
  runtime.host_functions().define_async("env", "tick",
                                        [](HostCompletion<void> done) { done({}); });
  const ModuleId id = load_wat(runtime, GetParam().wat);
  for (int i = 0; i < 30; ++i) {
    const auto timeout = std::chrono::microseconds(300 + random.below(700));
    std::promise<Result<ExecutionResult>> promise;
    const auto handle = runtime.execute_function_async(
        id, "f", {}, ExecutionContext{}.with_timeout(timeout),
        [&](Result<ExecutionResult> result) { promise.set_value(std::move(result)); });
    ASSERT_TRUE(fails_with(promise.get_future().get(), ErrorCode::kDeadline));
  }
}

TEST_P(Interruption, ItsErrorSaysWhereItWas) {
  runtime.host_functions().define("env", "tick", [] {});
  const ModuleId id = load_wat(runtime, GetParam().wat);
  const auto stopped_after = [&](std::chrono::milliseconds time) {
    auto result = runtime.execute_function(id, "f", {}, ExecutionContext{}.with_timeout(time));
    EXPECT_TRUE(fails_with(result, ErrorCode::kDeadline));
    return result;
  };
  // On a busy machine the time may be over before the guest runs; then there is no place to tell.
  auto result = stopped_after(2ms);
  for (auto time = 4ms; !result.error().trap() && time < 2s; time *= 2) result = stopped_after(time);
  ASSERT_TRUE(result.error().trap());
  // Stopped while it was in the engine's library, a function is missing from the backtrace.
  const bool is_mostly_outside = GetParam().name == "HostCalls" || GetParam().name == "BulkMemory";
  EXPECT_TRUE(is_mostly_outside || !result.error().trap()->frames.empty());
}

INSTANTIATE_TEST_SUITE_P(Guests, Interruption, testing::ValuesIn(kEndless),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace synapsed
