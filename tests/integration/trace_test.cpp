// What tracing systems are told of executions and the host calls in them.

#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <synapsed/runtime.hpp>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::must;
using namespace std::chrono_literals;

constexpr std::string_view kModule = R"((module
  (import "env" "work" (func $work (param i32) (result i32)))
  (import "env" "wait" (func $wait (param i32) (result i32)))
  (func (export "work") (param i32) (result i32) (call $work (local.get 0)))
  (func (export "wait") (param i32) (result i32) (call $wait (local.get 0)))
  (func (export "trap") unreachable)))";

struct Told {
  TraceSpan::Kind kind;
  SpanId id;
  SpanId parent;
  std::string module;
  std::string function;
  std::string tenant;
  std::chrono::nanoseconds duration;
  std::uint64_t gas;
  std::optional<ErrorCode> failure;
};

class Tracing : public testing::Test {
 protected:
  Tracing() : runtime_(must(WasmRuntime::create(config()))) {
    HostFunctions& functions = runtime_.host_functions();
    functions.define("env", "work", [](std::int32_t n) -> Result<std::int32_t> {
      if (n == 0) return std::unexpected(Error(ErrorCode::kHostFunctionFailed, "nothing to do"));
      return n;
    });
    functions.define_async("env", "wait", [](std::int32_t n, HostCompletion<std::int32_t> done) {
      std::jthread([n, done] {
        std::this_thread::sleep_for(2ms);
        done(n);
      }).detach();
    });
    functions.define("env", "nest", [this](CallContext& call) {
      ExecutionContext context;
      if (auto trace = call.trace()) context.with_trace(std::move(*trace));
      must(runtime_.execute_function(id_, "work", {5}, context));
    });
    id_ = must(runtime_.load_module_wat("m", kModule));
  }

  static RuntimeConfig config() {
    RuntimeConfig config = RuntimeConfig::production();
    config.pooling.enable = false;
    config.metering.enable = true;
    return config;
  }

  ExecutionContext traced() {
    ExecutionContext context;
    context.with_tenant("t").with_trace({.parent = parent_, .sink = [this](const TraceSpan& span) {
      EXPECT_EQ(span.trace_id, parent_.trace_id);
      const std::lock_guard lock(mutex_);
      told_.push_back({.kind = span.kind,
                       .id = span.span_id,
                       .parent = span.parent_id,
                       .module = std::string(span.module),
                       .function = std::string(span.function),
                       .tenant = std::string(span.tenant),
                       .duration = span.duration,
                       .gas = span.gas,
                       .failure = span.failure});
    }});
    return context;
  }

  TraceParent parent_ = TraceParent::start();
  std::mutex mutex_;
  std::vector<Told> told_;  // under mutex_
  ModuleId id_;
  WasmRuntime runtime_;  // last: its executions use the others
};

TEST_F(Tracing, TellsAnExecutionAndTheHostCallInIt) {
  must(runtime_.execute_function(id_, "work", {3}, traced()));
  ASSERT_EQ(told_.size(), 2U);
  const auto& [call, execution] = std::tie(told_[0], told_[1]);
  EXPECT_EQ(call.kind, TraceSpan::Kind::kHostCall);
  EXPECT_EQ(call.function, "env.work");
  EXPECT_EQ(call.parent, execution.id);
  EXPECT_EQ(call.failure, std::nullopt);
  EXPECT_EQ(execution.kind, TraceSpan::Kind::kExecution);
  EXPECT_EQ(execution.function, "work");
  EXPECT_EQ(execution.module, "m");
  EXPECT_EQ(execution.tenant, "t");
  EXPECT_EQ(execution.parent, parent_.span_id);
  EXPECT_GT(execution.gas, 0U);
  EXPECT_GE(execution.duration, call.duration);
}

TEST_F(Tracing, SaysWhatFailed) {
  EXPECT_FALSE(runtime_.execute_function(id_, "work", {0}, traced()));
  EXPECT_FALSE(runtime_.execute_function(id_, "trap", {}, traced()));
  EXPECT_FALSE(runtime_.execute_function(id_, "missing", {}, traced()));
  ASSERT_EQ(told_.size(), 4U);
  EXPECT_EQ(told_[0].failure, ErrorCode::kHostFunctionFailed);
  EXPECT_EQ(told_[1].failure, ErrorCode::kHostFunctionFailed);
  EXPECT_EQ(told_[2].failure, ErrorCode::kTrapUnreachable);
  EXPECT_EQ(told_[3].failure, ErrorCode::kUnknownExport);
  EXPECT_EQ(told_[3].function, "missing");
}

TEST_F(Tracing, CountsTheWaitOfAHostFunctionThatWaits) {
  must(runtime_.execute_function(id_, "wait", {3}, traced()));
  ASSERT_EQ(told_.size(), 2U);
  EXPECT_EQ(told_[0].function, "env.wait");
  EXPECT_GE(told_[0].duration, 2ms);
  EXPECT_EQ(told_[0].parent, told_[1].id);
}

TEST_F(Tracing, PutsAnExecutionThatAHostFunctionStartsUnderItsCall) {
  const ModuleId outer = must(runtime_.load_module_wat(
      "outer", R"((module (import "env" "nest" (func $nest)) (func (export "nest") (call $nest))))"));
  must(runtime_.execute_function(outer, "nest", {}, traced()));
  ASSERT_EQ(told_.size(), 4U);  // from the inside: work's host call, work, the call of nest, nest
  EXPECT_EQ(told_[0].function, "env.work");
  EXPECT_EQ(told_[0].parent, told_[1].id);
  EXPECT_EQ(told_[1].function, "work");
  EXPECT_EQ(told_[1].parent, told_[2].id);
  EXPECT_EQ(told_[2].function, "env.nest");
  EXPECT_EQ(told_[2].parent, told_[3].id);
}

TEST_F(Tracing, TellsEachCallOfASession) {
  Session session = must(runtime_.open_session(id_, traced()));
  const auto work = must(session.function<std::int32_t(std::int32_t)>("work"));
  told_.clear();
  EXPECT_EQ(must(work(3)), 3);
  EXPECT_FALSE(work(0));
  ASSERT_EQ(told_.size(), 4U);
  EXPECT_EQ(told_[0].parent, told_[1].id);
  EXPECT_EQ(told_[1].function, "work");
  EXPECT_EQ(told_[1].parent, parent_.span_id);
  EXPECT_EQ(told_[3].failure, ErrorCode::kHostFunctionFailed);
}

TEST_F(Tracing, TellsNothingOfATraceThatIsNotSampled) {
  parent_.is_sampled = false;
  must(runtime_.execute_function(id_, "work", {3}, traced()));
  must(runtime_.execute_function(id_, "work", {3}));
  EXPECT_TRUE(told_.empty());
}

TEST_F(Tracing, TellsOfAnExecutionThatIsCancelled) {
  CancelSource cancel;
  ExecutionContext context = traced();
  context.with_cancellation(cancel.token());
  cancel.cancel();
  EXPECT_FALSE(runtime_.execute_function(id_, "work", {3}, context));
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_EQ(told_[0].failure, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace synapsed
