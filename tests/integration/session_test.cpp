// Sessions: several calls on one instance; restart policies of persistent instances.

#include <chrono>
#include <optional>
#include <thread>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::load_wat;
using test::must;

constexpr std::string_view kGuest = R"((module
  (import "env" "back" (func $back))
  (memory (export "memory") 1 4)
  (global $n (mut i64) (i64.const 0))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "next") (result i64)
    (global.set $n (i64.add (global.get $n) (i64.const 1))) (global.get $n))
  (func (export "halve") (param f64 f32) (result f64)
    (f64.div (f64.add (local.get 0) (f64.promote_f32 (local.get 1))) (f64.const 2)))
  (func (export "same") (param v128) (result v128) (local.get 0))
  (func (export "trap") unreachable)
  (func (export "loop") (loop (br 0)))
  (func (export "back") (call $back))
  (func (export "grow") (result i32) (memory.grow (i32.const 2)))))";

class Sessions : public ::testing::Test {
 protected:
  Sessions() {
    runtime.host_functions().define("env", "back", [this](CallContext& call) {
      tenants.emplace_back(call.tenant());
      if (back) back();
    });
  }
  ModuleId load(ModuleMetadata metadata = ModuleMetadata{}) {
    return load_wat(runtime, kGuest, std::move(metadata));
  }
  static ModuleMetadata persistent(RestartPolicy policy = RestartPolicy::always()) {
    return ModuleMetadata{}
        .with_instance_policy(InstancePolicy::kPersistent)
        .with_restart_policy(policy);
  }

  std::function<void()> back;
  std::vector<std::string> tenants;
  WasmRuntime runtime = must(WasmRuntime::create(test::small_config()));
};

TEST_F(Sessions, KeepStateBetweenCalls) {
  const ModuleId id = load();
  auto session = must(runtime.open_session(id));
  EXPECT_EQ(must(session.call("next", {})).values[0], WasmValue(std::int64_t{1}));
  EXPECT_EQ(must(session.call("next", {})).values[0], WasmValue(std::int64_t{2}));
  auto other = must(runtime.open_session(id));
  EXPECT_EQ(must(other.call("next", {})).values[0], WasmValue(std::int64_t{1}));
}

TEST_F(Sessions, TypedFunctionsAreCheckedWhenTheyAreLookedUp) {
  auto session = must(runtime.open_session(load()));
  const auto add = must(session.function<std::int32_t(std::int32_t, std::int32_t)>("add"));
  EXPECT_EQ(must(add(40, 2)), 42);
  EXPECT_EQ(must(must(session.function<double(double, float)>("halve"))(3, 2)), 2.5);
  V128 vector;
  vector.bytes[15] = 9;
  EXPECT_EQ(must(must(session.function<V128(V128)>("same"))(vector)), vector);
  const auto next = must(session.function<std::uint64_t()>("next"));
  EXPECT_EQ(must(next()), 1U);
  EXPECT_EQ(must(session.call("next", {})).values[0], WasmValue(std::int64_t{2}));
  EXPECT_TRUE(fails_with(session.function<std::int32_t(std::int32_t)>("add"),
                         ErrorCode::kArgumentType));
  EXPECT_TRUE(fails_with(session.function<void()>("addd"), ErrorCode::kUnknownExport));
  EXPECT_TRUE(fails_with(session.function<void()>("memory"), ErrorCode::kNotAFunction));
}

TEST_F(Sessions, CallsAreCounted) {
  const std::uint64_t before = runtime.get_stats().functions_executed;
  {
    auto session = must(runtime.open_session(load()));
    const auto next = must(session.function<std::uint64_t()>("next"));
    for (int i = 0; i < 10; ++i) must(next());
    must(session.call("next", {}));
  }
  EXPECT_EQ(runtime.get_stats().session_calls, 10U);
  EXPECT_EQ(runtime.get_stats().functions_executed, before + 2);  // opening, and the call
}

TEST_F(Sessions, ATrapEndsTheSession) {
  auto session = must(runtime.open_session(load()));
  const auto next = must(session.function<std::uint64_t()>("next"));
  const auto trap = must(session.function<void()>("trap"));
  const auto result = trap();
  EXPECT_TRUE(fails_with(result, ErrorCode::kTrapUnreachable));
  EXPECT_EQ(result.error().where(), "test, function \"trap\"");
  EXPECT_EQ(runtime.get_stats().failures.at(ErrorCode::kTrapUnreachable), 1U);
  EXPECT_TRUE(fails_with(next(), ErrorCode::kInstanceStopped));
  EXPECT_TRUE(fails_with(session.call("next", {}), ErrorCode::kInstanceStopped));
  EXPECT_TRUE(fails_with(session.function<void()>("trap"), ErrorCode::kInstanceStopped));
}

TEST_F(Sessions, EachCallHasTheLimitsOfTheSession) {
  const ModuleId id = load();
  auto session = must(runtime.open_session(id, ExecutionContext{}.with_timeout(30ms)));
  const auto next = must(session.function<std::uint64_t()>("next"));
  std::this_thread::sleep_for(40ms);
  EXPECT_EQ(must(next()), 1U);
  EXPECT_TRUE(fails_with(must(session.function<void()>("loop"))(), ErrorCode::kDeadline));
  auto small = must(runtime.open_session(id, ExecutionContext{}.with_memory_limit(100'000)));
  EXPECT_TRUE(fails_with(must(small.function<std::int32_t()>("grow"))(), ErrorCode::kMemoryLimit));
}

TEST_F(Sessions, EachCallHasItsOwnGas) {
  runtime.host_functions().define("env", "back", [] {},
                                  {.description = {}, .price = {.base = 10, .per_byte = 0}});
  auto session = must(runtime.open_session(load(), ExecutionContext{}.with_gas_limit(15)));
  const auto priced = must(session.function<void()>("back"));
  for (int i = 0; i < 3; ++i) must(priced());
  for (int i = 0; i < 3; ++i) must(session.call("back", {}));
}

TEST_F(Sessions, ACancellationEndsATypedCallAndAllLaterOnes) {
  const CancelSource source;
  auto session =
      must(runtime.open_session(load(), ExecutionContext{}.with_cancellation(source.token())));
  const auto loop = must(session.function<void()>("loop"));
  std::jthread other([&] {
    std::this_thread::sleep_for(5ms);
    source.cancel();
  });
  EXPECT_TRUE(fails_with(loop(), ErrorCode::kCancelled));
  EXPECT_TRUE(fails_with(loop(), ErrorCode::kInstanceStopped));
}

TEST_F(Sessions, AHostFunctionCannotCallBackIntoTheSession) {
  auto session =
      must(runtime.open_session(load(), ExecutionContext{}.with_tenant("acme")));
  const auto next = must(session.function<std::uint64_t()>("next"));
  const auto call_back = must(session.function<void()>("back"));
  int refused = 0;
  back = [&] {
    if (fails_with(session.call("next", {}), ErrorCode::kReentrant)) ++refused;
    if (fails_with(next(), ErrorCode::kReentrant)) ++refused;
  };
  must(call_back());
  must(session.call("back", {}));
  EXPECT_EQ(refused, 4);
  EXPECT_EQ(tenants, (std::vector<std::string>{"acme", "acme"}));
}

TEST_F(Sessions, AHostFunctionCannotCallBackIntoItsPersistentInstance) {
  const ModuleId id = load(persistent());
  std::optional<ErrorCode> seen;
  back = [&] {
    const auto nested = runtime.execute_function(id, "next", {});
    if (!nested) seen = nested.error().code();
  };
  must(runtime.execute_function(id, "back", {}));
  EXPECT_EQ(seen, ErrorCode::kReentrant);
  auto session = must(runtime.open_session(id));
  seen.reset();
  must(must(session.function<void()>("back"))());
  EXPECT_EQ(seen, ErrorCode::kReentrant);
}

TEST_F(Sessions, AnAllocatorCannotCallBackEither) {
  auto session = must(runtime.open_session(load_wat(runtime, R"((module
    (import "env" "back" (func $back))
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (call $back) (i32.const 8))
    (func (export "take") (param i32 i32) (result i32) (i32.load8_u (local.get 0)))))")));
  int refused = 0;
  back = [&] {
    if (fails_with(session.call("take", {"y"}), ErrorCode::kReentrant)) ++refused;
  };
  EXPECT_EQ(must(session.call("take", {"x"})).values[0], WasmValue('x'));
  EXPECT_EQ(refused, 1);
}

TEST_F(Sessions, AHostFunctionMayExecuteOtherInstances) {
  const ModuleId id = load();
  std::optional<WasmValue> seen;
  back = [&] { seen = must(runtime.execute_function(id, "next", {})).values[0]; };
  must(runtime.execute_function(id, "back", {}));
  EXPECT_EQ(seen, WasmValue(std::int64_t{1}));
}

TEST_F(Sessions, TakeAPersistentInstanceOut) {
  const ModuleId id = load(persistent());
  must(runtime.execute_function(id, "next", {}));
  {
    auto session = must(runtime.open_session(id));
    EXPECT_EQ(must(session.call("next", {})).values[0], WasmValue(std::int64_t{2}));
    EXPECT_TRUE(fails_with(
        runtime.execute_function(id, "next", {}, ExecutionContext{}.with_timeout(10ms)),
        ErrorCode::kDeadline));
    EXPECT_TRUE(fails_with(runtime.open_session(id, ExecutionContext{}.with_timeout(10ms)),
                           ErrorCode::kDeadline));
  }
  EXPECT_EQ(must(runtime.execute_function(id, "next", {})).values[0],
            WasmValue(std::int64_t{3}));
}

TEST_F(Sessions, MayOutliveTheRuntime) {
  std::optional<Session> session;
  std::optional<SessionFunction<std::int64_t()>> next;
  {
    auto ending = must(WasmRuntime::create(test::small_config()));
    ending.host_functions().define("env", "back", [] {});
    session = must(ending.open_session(load_wat(ending, kGuest)));
    next = must(session->function<std::int64_t()>("next"));
  }
  EXPECT_EQ(must((*next)()), 1);
  session.reset();
  EXPECT_EQ(must((*next)()), 2);
}

TEST_F(Sessions, WaitWithTheirGuest) {
  runtime.host_functions().define_async(
      "env", "wait", [](std::int32_t n, HostCompletion<std::int32_t> done) {
        std::thread([n, done] { done(n + 1); }).detach();
      });
  const ModuleId id = load_wat(runtime, R"((module
    (import "env" "wait" (func $wait (param i32) (result i32)))
    (global $sum (mut i32) (i32.const 0))
    (func (export "f") (param i32) (result i32)
      (global.set $sum (i32.add (global.get $sum) (call $wait (local.get 0))))
      (global.get $sum))))");
  auto session = must(runtime.open_session(id));
  const auto f = must(session.function<std::int32_t(std::int32_t)>("f"));
  EXPECT_EQ(must(f(1)), 2);
  EXPECT_EQ(must(f(2)), 5);
  EXPECT_EQ(must(session.call("f", {0})).values[0], WasmValue(6));
}

TEST_F(Sessions, APersistentInstanceRestartsByItsPolicy) {
  const ModuleId always = load(persistent());
  must(runtime.execute_function(always, "next", {}));
  EXPECT_FALSE(runtime.execute_function(always, "trap", {}));
  EXPECT_EQ(must(runtime.execute_function(always, "next", {})).values[0],
            WasmValue(std::int64_t{1}));
  EXPECT_EQ(must(runtime.module_info(always)).restarts, 1U);

  const ModuleId never = load(persistent(RestartPolicy::never()));
  EXPECT_FALSE(runtime.execute_function(never, "trap", {}));
  EXPECT_TRUE(fails_with(runtime.execute_function(never, "next", {}),
                         ErrorCode::kInstanceStopped));
  EXPECT_EQ(must(runtime.module_info(never)).restarts, 0U);

  const ModuleId backoff = load(persistent(RestartPolicy::backoff(50ms, 1h)));
  EXPECT_FALSE(runtime.execute_function(backoff, "trap", {}));
  EXPECT_TRUE(fails_with(runtime.execute_function(backoff, "next", {}),
                         ErrorCode::kInstanceStopped));
  std::this_thread::sleep_for(60ms);
  EXPECT_FALSE(runtime.execute_function(backoff, "trap", {}));
  std::this_thread::sleep_for(60ms);  // the second pause is twice as long
  const auto refused = runtime.execute_function(backoff, "next", {});
  EXPECT_TRUE(fails_with(refused, ErrorCode::kInstanceStopped));
  EXPECT_NE(refused.error().message().find("2 times in a row"), std::string::npos);
  std::this_thread::sleep_for(60ms);
  EXPECT_EQ(must(runtime.execute_function(backoff, "next", {})).values[0],
            WasmValue(std::int64_t{1}));
  EXPECT_EQ(must(runtime.module_info(backoff)).restarts, 2U);
  EXPECT_EQ(runtime.get_stats().instances_restarted, 3U);
}

}  // namespace
}  // namespace synapsed
