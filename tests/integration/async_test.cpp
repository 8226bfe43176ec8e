// Executions that do not hold a thread, and host functions their guests wait for.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>
#include <synapsed/asio.hpp>
#include <synapsed/synapsed.hpp>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::load_wat;
using test::must;
namespace asio = boost::asio;

using Done = HostCompletion<std::int32_t>;

constexpr std::string_view kWait = R"((module
  (import "env" "wait" (func $wait (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "f") (param i32) (result i32) (i32.add (call $wait (local.get 0)) (i32.const 1)))
  (func (export "twice") (param i32) (result i32)
    (i32.add (call $wait (local.get 0)) (call $wait (local.get 0))))
  (func (export "idle") (result i32) (i32.const 7))))";

/// Keeps the calls it gets, for the test to end.
class Waiters {
 public:
  void add(Done done) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(done));
  }
  Done take() {
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        if (!waiting_.empty()) {
          Done done = std::move(waiting_.back());
          waiting_.pop_back();
          return done;
        }
      }
      std::this_thread::yield();
    }
  }

 private:
  std::mutex mutex_;
  std::vector<Done> waiting_;
};

class Async : public ::testing::Test {
 protected:
  Async() : runtime(must(WasmRuntime::create(test::small_config()))) {
    runtime.host_functions().define_async(
        "env", "wait", [this](std::int32_t, Done done) { waiters.add(std::move(done)); });
  }

  std::future<Result<ExecutionResult>> start(ModuleId id, std::string function,
                                             std::vector<WasmValue> arguments = {0},
                                             ExecutionContext context = {}) {
    auto promise = std::make_shared<std::promise<Result<ExecutionResult>>>();
    auto future = promise->get_future();
    runtime
        .execute_function_async(
            id, std::move(function), std::move(arguments), std::move(context),
            [promise](Result<ExecutionResult> result) { promise->set_value(std::move(result)); })
        .detach();
    return future;
  }

  Waiters waiters;
  WasmRuntime runtime;
};

TEST_F(Async, ABlockingCallWaitsForACompletionFromAnotherThread) {
  const ModuleId id = load_wat(runtime, kWait);
  std::jthread other([&] {
    waiters.take()(20);
    waiters.take()(22);
  });
  EXPECT_EQ(must(runtime.execute_function(id, "twice", {0})).values[0], WasmValue(42));
}

TEST_F(Async, ACallMayCompleteAtOnce) {
  runtime.host_functions().define_async("env", "wait",
                                        [](std::int32_t n, Done done) { done(n * 2); });
  const ModuleId id = load_wat(runtime, kWait);
  EXPECT_EQ(must(runtime.execute_function(id, "twice", {5})).values[0], WasmValue(20));
  EXPECT_EQ(must(start(id, "f", {5}).get()).values[0], WasmValue(11));
}

TEST_F(Async, AnAsynchronousExecutionCompletesOnTheRuntimesThreads) {
  const ModuleId id = load_wat(runtime, kWait);
  auto result = start(id, "f");
  waiters.take()(41);
  EXPECT_EQ(must(result.get()).values[0], WasmValue(42));
  EXPECT_EQ(runtime.get_stats().executions_in_flight, 0U);
  EXPECT_EQ(runtime.get_stats().functions_executed, 1U);
}

TEST_F(Async, ErrorsBeforeTheGuestArriveThroughTheCompletionToo) {
  const ModuleId id = load_wat(runtime, kWait);
  EXPECT_TRUE(fails_with(start(ModuleId{99}, "f").get(), ErrorCode::kUnknownModule));
  EXPECT_TRUE(fails_with(start(id, "nothing").get(), ErrorCode::kUnknownExport));
  EXPECT_TRUE(fails_with(start(id, "f", {"text"}).get(), ErrorCode::kArgumentCount));
}

TEST_F(Async, ACallThatNeverCompletesEndsAtTheDeadline) {
  const ModuleId id = load_wat(runtime, kWait);
  const auto context = ExecutionContext{}.with_timeout(20ms);
  const auto blocking = runtime.execute_function(id, "f", {0}, context);
  EXPECT_TRUE(fails_with(blocking, ErrorCode::kDeadline));
  ASSERT_NE(blocking.error().trap(), nullptr);
  EXPECT_FALSE(blocking.error().trap()->frames.empty());
  EXPECT_TRUE(fails_with(start(id, "f", {0}, context).get(), ErrorCode::kDeadline));
  EXPECT_FALSE(waiters.take()(1));
  EXPECT_TRUE(waiters.take().is_cancelled());
}

TEST_F(Async, ACallCompletesOnce) {
  const ModuleId id = load_wat(runtime, kWait);
  auto result = start(id, "f");
  const Done done = waiters.take();
  EXPECT_TRUE(done(1));
  EXPECT_FALSE(done(2));
  EXPECT_EQ(must(result.get()).values[0], WasmValue(2));
  EXPECT_FALSE(done(3));
}

TEST_F(Async, ACallThatIsDroppedFails) {
  runtime.host_functions().define_async("env", "wait", [](std::int32_t, Done) {});
  const ModuleId id = load_wat(runtime, kWait);
  EXPECT_TRUE(fails_with(runtime.execute_function(id, "f", {0}), ErrorCode::kHostFunctionFailed));
}

TEST_F(Async, ACallThatThrowsFails) {
  runtime.host_functions().define_async(
      "env", "wait", [](std::int32_t, Done) { throw std::runtime_error("no"); });
  const ModuleId id = load_wat(runtime, kWait);
  const auto result = start(id, "f").get();
  EXPECT_TRUE(fails_with(result, ErrorCode::kHostFunctionFailed));
}

TEST_F(Async, AnErrorEndsTheGuestOrReachesItByItsKind) {
  runtime.host_functions().define_async("env", "wait", [](std::int32_t n, Done done) {
    done(std::unexpected(Error(n == 0 ? ErrorCode::kGuestNotFound : ErrorCode::kIo, "gone")));
  });
  const ModuleId id = load_wat(runtime, kWait);
  EXPECT_EQ(must(runtime.execute_function(id, "f", {0})).values[0], WasmValue(-1));
  EXPECT_TRUE(fails_with(runtime.execute_function(id, "f", {1}), ErrorCode::kIo));
}

TEST_F(Async, ACancellationReachesThePendingOperation) {
  const ModuleId id = load_wat(runtime, kWait);
  const CancelSource source;
  auto result = start(id, "f", {0}, ExecutionContext{}.with_cancellation(source.token()));
  const Done done = waiters.take();
  std::atomic<int> told{0};
  done.on_cancel([&] { ++told; });
  source.cancel();
  EXPECT_TRUE(fails_with(result.get(), ErrorCode::kCancelled));
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(done(1));
  done.on_cancel([&] { ++told; });
  EXPECT_EQ(told, 2);
}

TEST_F(Async, AGuestThatCannotWaitIsKeptOutWhenItsTimeIsUpOrItWasCancelled) {
  const ModuleId id = load_wat(runtime, R"((module (func (export "f") (result i32) (i32.const 1))))");
  const CancelSource source;
  source.cancel();
  const auto cancelled = ExecutionContext{}.with_cancellation(source.token());
  const auto late = ExecutionContext{}.with_timeout(1ns);
  EXPECT_TRUE(fails_with(runtime.execute_function(id, "f", {}, cancelled), ErrorCode::kCancelled));
  EXPECT_TRUE(fails_with(runtime.execute_function(id, "f", {}, late), ErrorCode::kDeadline));
  EXPECT_TRUE(fails_with(start(id, "f", {}, cancelled).get(), ErrorCode::kCancelled));
  EXPECT_TRUE(fails_with(start(id, "f", {}, late).get(), ErrorCode::kDeadline));
}

TEST_F(Async, DroppingTheHandleCancels) {
  const ModuleId id = load_wat(runtime, kWait);
  std::promise<Result<ExecutionResult>> promise;
  std::optional<Done> done;
  {
    const auto handle = runtime.execute_function_async(
        id, "f", {0}, {}, [&](Result<ExecutionResult> result) { promise.set_value(result); });
    done = waiters.take();
    EXPECT_FALSE(done->is_cancelled());
  }
  EXPECT_TRUE(fails_with(promise.get_future().get(), ErrorCode::kCancelled));
}

TEST_F(Async, ARunningGuestIsCancelledToo) {
  const ModuleId id = load_wat(runtime, R"((module (func (export "f") (loop (br 0)))))");
  const CancelSource source;
  auto result = start(id, "f", {}, ExecutionContext{}.with_cancellation(source.token()));
  std::this_thread::sleep_for(5ms);
  source.cancel();
  EXPECT_TRUE(fails_with(result.get(), ErrorCode::kCancelled));
}

TEST_F(Async, TheRuntimesEndSettlesWhatIsInFlight) {
  std::atomic<int> cancelled{0};
  std::optional<Done> late;
  {
    auto ending = must(WasmRuntime::create(test::small_config()));
    ending.host_functions().define_async(
        "env", "wait", [this](std::int32_t, Done done) { waiters.add(std::move(done)); });
    const ModuleId id = load_wat(ending, kWait);
    for (int i = 0; i < 10; ++i) {
      ending
          .execute_function_async(id, "f", {0}, {},
                                  [&](const Result<ExecutionResult>& result) {
                                    if (fails_with(result, ErrorCode::kCancelled)) ++cancelled;
                                  })
          .detach();
    }
    late = waiters.take();
  }
  EXPECT_EQ(cancelled, 10);
  EXPECT_FALSE((*late)(1));  // the runtime is gone
}

TEST_F(Async, AHandleMayOutliveTheRuntime) {
  ExecutionHandle handle;
  std::promise<void> settled;
  {
    auto ending = must(WasmRuntime::create(test::small_config()));
    const ModuleId id = load_wat(ending, R"((module (func (export "f"))))");
    handle = ending.execute_function_async(
        id, "f", {}, {}, [&](const Result<ExecutionResult>&) { settled.set_value(); });
    settled.get_future().wait();
  }
  handle.cancel();
}

TEST_F(Async, AnExecutorOfOnesOwn) {
  const ModuleId id = load_wat(runtime, kWait);
  asio::io_context context;
  std::optional<Result<ExecutionResult>> result;
  std::thread::id ran_on;
  auto guard = asio::make_work_guard(context);
  runtime
      .execute_function_async(
          id, "f", {0}, {},
          [&](Result<ExecutionResult> ended) {
            ran_on = std::this_thread::get_id();
            result = std::move(ended);
            guard.reset();
          },
          std::make_shared<AsioExecutor>(context.get_executor()))
      .detach();
  std::jthread other([&] { waiters.take()(1); });
  context.run();
  EXPECT_EQ(must(*result).values[0], WasmValue(2));
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST_F(Async, AStartFunctionMayWait) {
  constexpr std::string_view kStart = R"((module
    (import "env" "wait" (func $wait (param i32) (result i32)))
    (global $seen (mut i32) (i32.const 0))
    (func $init (global.set $seen (call $wait (i32.const 0))))
    (start $init)
    (func (export "f") (result i32) (global.get $seen))))";
  const ModuleId id = load_wat(runtime, kStart);
  std::jthread other([&] { waiters.take()(9); });
  EXPECT_EQ(must(runtime.execute_function(id, "f", {})).values[0], WasmValue(9));
}

TEST_F(Async, SeveralResultsVectorsAndReferencesPassOnAFiber) {
  runtime.host_functions().define_async(
      "env", "mix",
      [](std::int64_t a, float b, double c, V128 d,
         HostCompletion<std::tuple<V128, double, float, std::int64_t>> done) {
        done(std::tuple(d, c, b, a));
      });
  constexpr std::string_view kMix = R"((module
    (import "env" "mix" (func $mix (param i64 f32 f64 v128) (result v128 f64 f32 i64)))
    (func (export "f") (param i64 f32 f64 v128 funcref externref)
      (result v128 f64 f32 i64 funcref externref)
      (call $mix (local.get 0) (local.get 1) (local.get 2) (local.get 3))
      (local.get 4) (local.get 5))))";
  const ModuleId id = load_wat(runtime, kMix);
  V128 vector;
  vector.bytes[3] = 7;
  const auto result = must(runtime.execute_function(
      id, "f", {std::int64_t{1} << 40, 1.5F, 2.5, vector, FuncRef{}, ExternRef{}}));
  EXPECT_EQ(result.values, (std::vector<WasmValue>{vector, 2.5, 1.5F, std::int64_t{1} << 40,
                                                   FuncRef{}, ExternRef{}}));
}

TEST_F(Async, ABufferIsFilledWhenTheGuestGoesOn) {
  std::optional<PendingBuffer> buffer;
  std::optional<HostCompletion<std::uint32_t>> pending;
  std::promise<void> started;
  runtime.host_functions().define_async(
      "env", "read", [&](PendingBuffer room, HostCompletion<std::uint32_t> done) {
        buffer = std::move(room);
        pending = std::move(done);
        started.set_value();
      });
  constexpr std::string_view kRead = R"((module
    (import "env" "read" (func $read (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "f") (result i32)
      (i32.add (call $read (i32.const 100) (i32.const 4)) (i32.load8_u (i32.const 101))))
    (func (export "outside") (result i32) (call $read (i32.const 65533) (i32.const 4)))))";
  const ModuleId id = load_wat(runtime, kRead);
  auto result = start(id, "f", {});
  started.get_future().wait();
  const std::array<std::byte, 5> bytes{std::byte{1}, std::byte{40}};
  EXPECT_TRUE(fails_with(buffer->write(bytes), ErrorCode::kOutOfBounds));
  const auto written = must(buffer->write(std::span(bytes).first(2)));
  (*pending)(written);
  EXPECT_EQ(must(result.get()).values[0], WasmValue(42));
  EXPECT_TRUE(fails_with(runtime.execute_function(id, "outside", {}), ErrorCode::kOutOfBounds));
}

TEST_F(Async, APersistentInstanceServesItsQueueOneAtATime) {
  constexpr std::string_view kOrder = R"((module
    (import "env" "wait" (func $wait (param i32) (result i32)))
    (global $last (mut i32) (i32.const 0))
    (func (export "f") (param i32) (result i32)
      (drop (call $wait (local.get 0)))
      (global.set $last (i32.add (global.get $last) (i32.const 1)))
      (global.get $last))))";
  runtime.host_functions().define_async("env", "wait",
                                        [](std::int32_t n, Done done) { done(n); });
  const ModuleId id = load_wat(
      runtime, kOrder, ModuleMetadata{}.with_instance_policy(InstancePolicy::kPersistent));
  std::vector<std::future<Result<ExecutionResult>>> results;
  for (int i = 0; i < 50; ++i) results.push_back(start(id, "f", {i}));
  std::vector<std::int32_t> values;
  for (auto& result : results) {
    values.push_back(*must(result.get()).values[0].get_if<std::int32_t>());
  }
  std::ranges::sort(values);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(values[static_cast<std::size_t>(i)], i + 1);
}

TEST_F(Async, ATimeSliceLetsOthersRun) {
  RuntimeConfig config = test::small_config();
  config.async.threads = 1;
  config.compilation.interruption = Interruption::kEpochs;
  config.async.time_slice = 1ms;
  auto sliced = must(WasmRuntime::create(config));
  const ModuleId id = load_wat(sliced, R"((module
    (func (export "spin") (loop (br 0)))
    (func (export "short") (result i32) (i32.const 1))))");
  const CancelSource source;
  std::atomic<int> cancelled{0};
  for (int i = 0; i < 3; ++i) {
    sliced
        .execute_function_async(id, "spin", {},
                                ExecutionContext{}.with_cancellation(source.token()),
                                [&](const Result<ExecutionResult>& result) {
                                  if (fails_with(result, ErrorCode::kCancelled)) ++cancelled;
                                })
        .detach();
  }
  for (int i = 0; i < 5; ++i) {
    std::promise<Result<ExecutionResult>> promise;
    sliced
        .execute_function_async(id, "short", {}, {},
                                [&](Result<ExecutionResult> result) {
                                  promise.set_value(std::move(result));
                                })
        .detach();
    EXPECT_EQ(must(promise.get_future().get()).values[0], WasmValue(1));
  }
  EXPECT_EQ(cancelled, 0);
  source.cancel();
  while (cancelled != 3) std::this_thread::yield();
}

TEST_F(Async, AHostFunctionOnAFiberCannotEnterAnotherGuest) {
  std::optional<Error> refused;
  ModuleId inner{};
  runtime.host_functions().define("env", "nested", [&] {
    const auto result = runtime.execute_function(inner, "f", {});
    if (!result) refused = result.error();
  });
  constexpr std::string_view kNested = R"((module
    (import "env" "wait" (func $wait (param i32) (result i32)))
    (import "env" "nested" (func $nested))
    (func (export "f") (call $nested))))";
  inner = load_wat(runtime, R"((module (func (export "f"))))");
  must(runtime.execute_function(load_wat(runtime, kNested), "f", {}));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code(), ErrorCode::kReentrant);
}

TEST_F(Async, WasiWorksBesideWaiting) {
  constexpr std::string_view kHello = R"((module
    (import "wasi_snapshot_preview1" "fd_write"
      (func $write (param i32 i32 i32 i32) (result i32)))
    (import "env" "wait" (func $wait (param i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\08\00\00\00\03\00\00\00hi\n")
    (func (export "f") (result i32)
      (drop (call $wait (i32.const 0)))
      (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))))";
  const ModuleId id = load_wat(runtime, kHello);
  std::jthread other([&] { waiters.take()(0); });
  auto buffer = std::make_shared<OutputBuffer>(1 << 10);
  must(runtime.execute_function(id, "f", {},
                                ExecutionContext{}.with_stdout(buffer)));
  EXPECT_EQ(buffer->text(), "hi\n");
}

// Boost.Asio.

TEST_F(Async, CompletionTokens) {
  const ModuleId id = load_wat(runtime, kWait);
  auto future = async_execute_function(runtime, id, "f", {0}, {}, asio::use_future);
  waiters.take()(1);
  EXPECT_EQ(must(future.get()).values[0], WasmValue(2));

  asio::io_context context;
  std::optional<WasmValue> seen;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        // GCC 12 cannot keep a braced list over a co_await.
        std::vector<WasmValue> arguments(1, 0);
        const auto result = co_await async_execute_function(
            runtime, id, "f", std::move(arguments), ExecutionContext(), asio::use_awaitable);
        seen = must(result).values[0];
      },
      asio::detached);
  std::jthread other([&] { waiters.take()(41); });
  context.run();
  EXPECT_EQ(seen, WasmValue(42));
}

TEST_F(Async, ACancellationSlot) {
  const ModuleId id = load_wat(runtime, kWait);
  asio::io_context context;
  asio::cancellation_signal signal;
  std::optional<Result<ExecutionResult>> result;
  async_execute_function(
      runtime, id, "f", {0}, {},
      asio::bind_cancellation_slot(
          signal.slot(), asio::bind_executor(context, [&](Result<ExecutionResult> ended) {
            result = std::move(ended);
          })));
  const Done done = waiters.take();
  asio::post(context, [&] { signal.emit(asio::cancellation_type::terminal); });
  context.run();
  ASSERT_TRUE(result);
  EXPECT_TRUE(fails_with(*result, ErrorCode::kCancelled));
}

TEST_F(Async, CoroutinesAsHostFunctions) {
  asio::thread_pool pool(1);
  HostFunctions& host = runtime.host_functions();
  define_awaitable(host, pool.get_executor(), "env", "sleep",
                   [](std::int32_t ms) -> asio::awaitable<Result<std::int32_t>> {
                     asio::steady_timer timer(co_await asio::this_coro::executor);
                     timer.expires_after(std::chrono::milliseconds(ms));
                     co_await timer.async_wait(asio::use_awaitable);
                     co_return ms;
                   });
  define_awaitable(host, pool.get_executor(), "env", "greet",
                   [](HostCallInfo call, std::string name,
                      PendingBuffer out) -> asio::awaitable<Result<std::uint32_t>> {
                     const std::string text = call.module + " greets " + name;
                     co_return out.write(std::as_bytes(std::span(text)));
                   });
  define_awaitable(host, pool.get_executor(), "env", "fail",
                   []() -> asio::awaitable<void> {
                     throw std::runtime_error("broken");
                     co_return;
                   });
  constexpr std::string_view kGuest = R"((module
    (import "env" "sleep" (func $sleep (param i32) (result i32)))
    (import "env" "greet" (func $greet (param i32 i32 i32 i32) (result i32)))
    (import "env" "fail" (func $fail))
    (memory (export "memory") 1) (data (i32.const 0) "Ada")
    (func (export "sleep") (param i32) (result i32) (call $sleep (local.get 0)))
    (func (export "greet") (result i32)
      (call $greet (i32.const 0) (i32.const 3) (i32.const 16) (i32.const 64)))
    (func (export "fail") (call $fail))))";
  const ModuleId id = load_wat(runtime, kGuest);
  EXPECT_EQ(must(runtime.execute_function(id, "sleep", {3})).values[0], WasmValue(3));
  EXPECT_EQ(must(runtime.execute_function(id, "greet", {})).values[0], WasmValue(15));
  EXPECT_TRUE(fails_with(runtime.execute_function(id, "fail", {}),
                         ErrorCode::kHostFunctionFailed));
  // The deadline reaches the coroutine: its timer is cancelled, so the pool can end at once.
  const auto started = std::chrono::steady_clock::now();
  EXPECT_TRUE(fails_with(runtime.execute_function(id, "sleep", {60'000},
                                                  ExecutionContext{}.with_timeout(10ms)),
                         ErrorCode::kDeadline));
  pool.join();
  EXPECT_LT(std::chrono::steady_clock::now() - started, 30s);
}

TEST_F(Async, AThousandWaitAtOnceAndARandomTenthIsCancelled) {
  constexpr std::size_t kExecutions = 1000;
  RuntimeConfig config = test::small_config();
  config.memory.enable_memory_protection = false;  // little address space
  auto busy = must(WasmRuntime::create(config));
  asio::thread_pool pool(2);
  busy.host_functions().define_async("env", "wait", [&](std::int32_t ms, Done done) {
    auto timer = std::make_shared<asio::steady_timer>(pool.get_executor(),
                                                      std::chrono::milliseconds(ms));
    timer->async_wait([timer, done, ms](const boost::system::error_code&) { done(ms); });
  });
  const ModuleId id = load_wat(busy, kWait);
  std::vector<std::atomic<int>> settled(kExecutions);
  std::atomic<std::size_t> right{0};
  std::atomic<std::size_t> cancelled{0};
  std::vector<ExecutionHandle> handles;
  std::vector<std::size_t> to_cancel;
  std::mt19937 random(7);
  for (std::size_t i = 0; i < kExecutions; ++i) {
    const auto ms = static_cast<std::int32_t>(50 + random() % 100);
    if (random() % 10 == 0) to_cancel.push_back(i);
    handles.push_back(busy.execute_function_async(
        id, "f", {ms}, {},
        [&, i, ms](const Result<ExecutionResult>& result) {
          if (result && result->values[0] == WasmValue(ms + 1)) ++right;
          if (!result && result.error().code() == ErrorCode::kCancelled) ++cancelled;
          ++settled[i];
        },
        std::make_shared<AsioExecutor>(pool.get_executor())));
  }
  std::this_thread::sleep_for(30ms);
  for (const std::size_t i : to_cancel) handles[i].cancel();
  while (busy.get_stats().executions_in_flight != 0) std::this_thread::sleep_for(1ms);
  pool.join();
  for (std::size_t i = 0; i < kExecutions; ++i) EXPECT_EQ(settled[i], 1) << i;
  EXPECT_EQ(right + cancelled, kExecutions);
  EXPECT_GT(cancelled, 0U);
  EXPECT_LE(cancelled, to_cancel.size());
  const RuntimeStats stats = busy.get_stats();
  EXPECT_EQ(stats.functions_executed, kExecutions);
  EXPECT_EQ(stats.functions_failed, cancelled);
  EXPECT_EQ(stats.memory_bytes, 0U);
}

// Admission.

TEST_F(Async, LimitsOnWhatRunsAtOnce) {
  RuntimeConfig config = test::small_config();
  config.admission.running_max = 3;
  config.admission.running_per_module_max = 2;
  config.admission.running_per_tenant_max = 1;
  config.admission.queue_max = 2;
  auto limited = must(WasmRuntime::create(config));
  std::atomic<int> running{0};
  limited.host_functions().define_async("env", "wait", [&](std::int32_t, Done done) {
    ++running;
    waiters.add(std::move(done));
  });
  const ModuleId first = load_wat(limited, kWait);
  const ModuleId second = load_wat(limited, kWait);
  std::atomic<int> ended{0};
  std::atomic<int> refused{0};
  const auto begin = [&](ModuleId id, std::string tenant) {
    limited
        .execute_function_async(id, "f", {0}, ExecutionContext{}.with_tenant(std::move(tenant)),
                                [&](const Result<ExecutionResult>& result) {
                                  ++(result ? ended : refused);
                                })
        .detach();
  };
  const auto settles_at = [&](int count) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (running != count && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(1ms);
    }
    std::this_thread::sleep_for(10ms);
    return running == count;
  };
  begin(first, "a");
  begin(first, "a");  // waits: its tenant has one
  EXPECT_TRUE(settles_at(1));
  begin(first, "b");
  begin(first, "c");  // waits: its module has two
  EXPECT_TRUE(settles_at(2));
  begin(second, "d");
  begin(second, "e");  // waits: the runtime has three
  EXPECT_TRUE(settles_at(3));
  begin(first, "a");  // fills the tenant's queue
  begin(first, "a");  // one too many
  while (refused == 0) std::this_thread::yield();
  EXPECT_EQ(limited.get_stats().failures.at(ErrorCode::kQueueFull), 1U);
  for (int i = 0; i < 7; ++i) waiters.take()(0);
  while (limited.get_stats().executions_in_flight != 0) std::this_thread::yield();
  EXPECT_EQ(ended, 7);
  EXPECT_EQ(refused, 1);
}

TEST_F(Async, WaitingForItsTurnHasADeadlineAndCanBeCancelled) {
  RuntimeConfig config = test::small_config();
  config.admission.running_max = 1;
  auto limited = must(WasmRuntime::create(config));
  limited.host_functions().define_async(
      "env", "wait", [&](std::int32_t, Done done) { waiters.add(std::move(done)); });
  const ModuleId id = load_wat(limited, kWait);
  auto held = async_execute_function(limited, id, "f", {0}, {}, asio::use_future);
  const Done done = waiters.take();
  const auto soon = ExecutionContext{}.with_timeout(10ms);
  EXPECT_TRUE(fails_with(limited.execute_function(id, "idle", {}, soon), ErrorCode::kDeadline));
  EXPECT_TRUE(fails_with(
      async_execute_function(limited, id, "idle", {}, soon, asio::use_future).get(),
      ErrorCode::kDeadline));
  const CancelSource source;
  auto queued = async_execute_function(
      limited, id, "idle", {}, ExecutionContext{}.with_cancellation(source.token()),
      asio::use_future);
  source.cancel();
  EXPECT_TRUE(fails_with(queued.get(), ErrorCode::kCancelled));
  done(1);
  must(held.get());
  EXPECT_EQ(must(limited.execute_function(id, "idle", {})).values[0], WasmValue(7));
}

}  // namespace
}  // namespace synapsed
