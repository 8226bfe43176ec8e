// Many threads on one runtime. ThreadSanitizer repeats these.

#include <array>
#include <atomic>
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

constexpr std::string_view kModules[] = {
    R"((module (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))))",
    R"((module (memory 1) (func (export "f") (param i32) (result i32)
         (i32.store (i32.const 0) (local.get 0)) (i32.load (i32.const 0)))))",
    R"((module (func (export "f") (param i32) (result i32) (local.get 0) (unreachable))))",
    R"((module (global $n (mut i32) (i32.const 0)) (func (export "f") (param i32) (result i32)
         (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))))",
};

TEST(Threads, EightThreadsTimesTenThousandCallsOverFourModules) {
  constexpr int kThreads = 8;
  constexpr int kCalls = 10'000;
  RuntimeConfig config = RuntimeConfig::production();
  config.pooling.instances_max = 32;  // the address space of a sanitizer holds no more
  auto runtime = must(WasmRuntime::create(config));
  const std::array<ModuleId, 4> ids{
      load_wat(runtime, kModules[0]), load_wat(runtime, kModules[1]),
      load_wat(runtime, kModules[2]),
      load_wat(runtime, kModules[3],
               ModuleMetadata{}.with_instance_policy(InstancePolicy::kPersistent))};
  std::atomic<int> wrong{0};
  std::atomic<int> largest{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kCalls; ++i) {
          const auto which = static_cast<std::size_t>(t + i) % ids.size();
          const auto result = runtime.execute_function(ids.at(which), "f", {i});
          const bool traps = which == 2;
          if (result.has_value() == traps) {
            ++wrong;
            continue;
          }
          if (traps) continue;
          const int value = *result->values[0].get_if<std::int32_t>();
          if (which == 0 && value != i + 1) ++wrong;
          if (which == 1 && value != i) ++wrong;
          if (which == 3) {
            int seen = largest.load();
            while (seen < value && !largest.compare_exchange_weak(seen, value)) {
            }
          }
        }
      });
    }
  }
  const RuntimeStats stats = runtime.get_stats();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(largest, kThreads * kCalls / 4);
  EXPECT_EQ(stats.functions_executed, std::uint64_t{kThreads} * kCalls);
  EXPECT_EQ(stats.functions_failed, std::uint64_t{kThreads} * kCalls / 4);
  EXPECT_EQ(stats.failures.at(ErrorCode::kTrapUnreachable), stats.functions_failed);
}

TEST(Threads, LoadingUnloadingAndExecutingAtOnce) {
  auto runtime = must(WasmRuntime::create(small_config()));
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const ModuleId id = load_wat(runtime, kModules[0]);
        EXPECT_EQ(must(runtime.execute_function(id, "f", {i})).values[0], WasmValue(i + 1));
        (void)runtime.list_modules();
        (void)runtime.get_stats();
        must(runtime.unload_module(id));
      }
    });
  }
  threads.clear();
  EXPECT_EQ(runtime.get_stats().modules_loaded, 0U);
}

TEST(Threads, ExecutionsOutliveTheUnloadingOfTheirModule) {
  auto runtime = must(WasmRuntime::create(small_config()));
  const ModuleId id = load_wat(runtime, "(module (memory 1) (func (export \"loop\") (loop (br 0))))");
  const CancelSource source;
  std::jthread guest([&] {
    const auto result = runtime.execute_function(
        id, "loop", {}, ExecutionContext{}.with_cancellation(source.token()));
    EXPECT_TRUE(fails_with(result, ErrorCode::kCancelled));
  });
  while (runtime.get_stats().memory_bytes == 0) std::this_thread::yield();
  must(runtime.unload_module(id));
  source.cancel();
}

TEST(Threads, ManyDeadlinesAndCancellationsAtOnce) {
  auto runtime = must(WasmRuntime::create(small_config()));
  const ModuleId id = load_wat(runtime, "(module (func (export \"loop\") (loop (br 0))))");
  std::atomic<int> deadlines{0};
  std::atomic<int> cancellations{0};
  constexpr int kThreads = 6;
  constexpr int kRounds = 20;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kRounds; ++i) {
          const CancelSource source;
          std::jthread canceller;
          if (t % 2 == 0) {
            canceller = std::jthread([source] {
              std::this_thread::sleep_for(2ms);
              source.cancel();
            });
          }
          const auto result = runtime.execute_function(
              id, "loop", {},
              ExecutionContext{}
                  .with_timeout(t % 2 == 0 ? 20'000ms : 3ms)
                  .with_cancellation(source.token()));
          ASSERT_FALSE(result);
          if (result.error().code() == ErrorCode::kDeadline) ++deadlines;
          if (result.error().code() == ErrorCode::kCancelled) ++cancellations;
        }
      });
    }
  }
  EXPECT_EQ(deadlines, kThreads / 2 * kRounds);
  EXPECT_EQ(cancellations, kThreads / 2 * kRounds);
}

}  // namespace
}  // namespace synapsed
