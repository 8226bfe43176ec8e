// Guests that ask for gas when they lack it: from a source, or of their own after each slice.

#include <atomic>
#include <future>
#include <optional>
#include <stdexcept>
#include <vector>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::load_wat;
using test::must;

constexpr std::string_view kGuest = R"((module
  (import "env" "pay" (func $pay (param i64)))
  (memory (export "memory") 1)
  (global $sum (mut i64) (i64.const 0))
  (func $start (global.set $sum (i64.const 1)))
  (start $start)
  (func $spin (export "spin") (param i64)
    (loop (br_if 0 (i64.ne (local.tee 0 (i64.sub (local.get 0) (i64.const 1))) (i64.const 0)))))
  (func (export "counted") (param i32)
    (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func $add (param i64) (global.set $sum (i64.add (global.get $sum) (local.get 0))))
  (func (export "calls") (param i64) (result i64)
    (loop
      (call $add (local.get 0))
      (br_if 0 (i64.ne (local.tee 0 (i64.sub (local.get 0) (i64.const 1))) (i64.const 0))))
    (global.get $sum))
  (func (export "fill") (param i32)
    (memory.fill (i32.const 0) (i32.const 7) (local.get 0)))
  (func (export "pays") (param i64) (call $pay (local.get 0)) (drop (i64.const 1)))
  (func (export "outer") (param i64) (call $spin (local.get 0)))))";

constexpr std::int64_t kRounds = 100;

RuntimeConfig yielding_config() {
  RuntimeConfig config = test::small_config();
  config.metering.enable = true;
  config.metering.on_exhausted = GasExhaustion::kYield;
  return config;
}

RuntimeConfig stopping_config() {
  RuntimeConfig config = yielding_config();
  config.metering.on_exhausted = GasExhaustion::kStop;
  return config;
}

ExecutionContext with_gas(std::uint64_t gas) { return ExecutionContext{}.with_gas_limit(gas); }

/// A runtime with the guest and what its host function needs.
struct World {
  explicit World(const RuntimeConfig& config, ModuleMetadata metadata = ModuleMetadata{})
      : runtime(must(WasmRuntime::create(config))) {
    runtime.host_functions().define("env", "pay", [](CallContext& call, std::int64_t gas) {
      return call.charge(static_cast<std::uint64_t>(gas));
    });
    id = load_wat(runtime, kGuest, std::move(metadata));
  }

  Result<ExecutionResult> run(std::string_view function, std::int64_t argument,
                              const ExecutionContext& context = ExecutionContext{}) {
    const bool is_narrow = function == "counted" || function == "fill";
    return runtime.execute_function(
        id, function, {is_narrow ? WasmValue(static_cast<std::int32_t>(argument)) : argument},
        context);
  }

  std::future<Result<ExecutionResult>> start(std::string function, std::int64_t argument,
                                             ExecutionContext context = {}) {
    auto settled = std::make_shared<std::promise<Result<ExecutionResult>>>();
    runtime
        .execute_function_async(id, std::move(function), {argument}, std::move(context),
                                [settled](Result<ExecutionResult> result) {
                                  settled->set_value(std::move(result));
                                })
        .detach();
    return settled->get_future();
  }

  WasmRuntime runtime;
  ModuleId id;
};

struct Call {
  std::string_view function;
  std::int64_t argument;
};

constexpr Call kCalls[] = {
    {"spin", kRounds}, {"counted", kRounds}, {"calls", kRounds}, {"fill", 1000}, {"pays", 50}};

// --- Without a source. ---

TEST(GasRefill, WithoutASourceAGuestStopsAsIfItCouldNotAsk) {
  World stopping(stopping_config());
  World yielding(yielding_config());
  for (const auto& [function, argument] : kCalls) {
    SCOPED_TRACE(function);
    const auto expected = must(stopping.run(function, argument));
    const auto seen = must(yielding.run(function, argument));
    EXPECT_EQ(seen.values, expected.values);
    EXPECT_EQ(seen.usage.gas, expected.usage.gas);
    for (std::uint64_t gas = 0; gas < expected.usage.gas; gas += 7) {
      const auto stopped = stopping.run(function, argument, with_gas(gas));
      const auto yielded = yielding.run(function, argument, with_gas(gas));
      ASSERT_TRUE(fails_with(yielded, ErrorCode::kOutOfGas));
      EXPECT_EQ(yielded.error().to_string(), stopped.error().to_string());
      EXPECT_EQ(yielded.error().usage()->gas, gas);
    }
    must(yielding.run(function, argument, with_gas(expected.usage.gas)));
  }
}

TEST(GasRefill, EveryGeneratorCanAsk) {
  RuntimeConfig config = yielding_config();
  config.compilation.compiler = Compiler::kWinch;
  config.memory.enable_gc = false;
  World world(config);
  const auto source = with_gas(10).with_gas_source([](const GasRequest& request) {
    return request.missing;
  });
  EXPECT_EQ(must(world.run("spin", kRounds, source)).usage.gas,
            must(world.run("spin", kRounds)).usage.gas);
}

TEST(GasRefill, TheRuntimesTableCountsForNoLimit) {
  for (const bool is_pooling : {false, true}) {
    RuntimeConfig config = yielding_config();
    config.limits.table_elements_max = 10;
    config.pooling = {.enable = is_pooling, .instances_max = 4};
    auto runtime = must(WasmRuntime::create(config));
    std::string wat = "(module (table 10 funcref)";
    for (int i = 0; i < 15; ++i) wat += "(table 0 funcref)";
    const ModuleId id = load_wat(runtime, wat + "(func (export \"f\")))");
    must(runtime.execute_function(id, "f", {}));
  }
}

// --- Gas sources. ---

TEST(GasSource, AToppedUpRunCostsWhatAnAmplyFundedOneCosts) {
  World world(yielding_config());
  for (const auto& [function, argument] : kCalls) {
    SCOPED_TRACE(function);
    const auto expected = must(world.run(function, argument));
    std::uint64_t given = 0;
    const auto result = must(world.run(
        function, argument, with_gas(5).with_gas_source([&](const GasRequest& request) {
          EXPECT_LE(request.used, 5 + given);
          given += request.missing;
          return request.missing;
        })));
    EXPECT_EQ(result.values, expected.values);
    EXPECT_EQ(result.usage.gas, expected.usage.gas);
    EXPECT_EQ(5 + given, expected.usage.gas);  // not one unit more than it needs
  }
}

TEST(GasSource, IsAskedAgainOnlyWhenWhatItGaveIsUsedUp) {
  World world(yielding_config());
  const std::uint64_t gas = must(world.run("spin", kRounds)).usage.gas;
  int asked = 0;
  const auto result = must(world.run(
      "spin", kRounds, with_gas(0).with_gas_source([&](const GasRequest&) {
        ++asked;
        return std::uint64_t{100};
      })));
  EXPECT_EQ(result.usage.gas, gas);
  EXPECT_EQ(asked, static_cast<int>((gas + 99) / 100));
}

TEST(GasSource, LessThanIsMissingEndsTheGuest) {
  World world(yielding_config());
  for (const std::uint64_t answer : {std::uint64_t{0}, std::uint64_t{1}}) {
    int asked = 0;
    const auto stopped = world.run(
        "spin", kRounds, with_gas(50).with_gas_source([&](const GasRequest& request) {
          ++asked;
          EXPECT_GT(request.missing, 1U);
          return answer;
        }));
    ASSERT_TRUE(fails_with(stopped, ErrorCode::kOutOfGas));
    EXPECT_EQ(stopped.error().usage()->gas, 50 + answer);
    EXPECT_EQ(asked, 1);
  }
}

TEST(GasSource, IsNotAskedByAnExecutionWithoutALimitOrByADryRun) {
  World world(yielding_config());
  const GasSource never = [](const GasRequest&) -> std::uint64_t {
    ADD_FAILURE() << "asked";
    return 0;
  };
  must(world.run("spin", kRounds, ExecutionContext{}.with_gas_source(never)));
  must(world.run("spin", kRounds, with_gas(1'000'000).with_gas_source(never)));
  EXPECT_TRUE(fails_with(
      world.runtime.dry_run(world.id, "spin", {kRounds}, with_gas(10).with_gas_source(never)),
      ErrorCode::kOutOfGas));
}

TEST(GasSource, AnExceptionEndsTheGuest) {
  World world(yielding_config());
  const auto stopped = world.run(
      "spin", kRounds, with_gas(10).with_gas_source([](const GasRequest&) -> std::uint64_t {
        throw std::runtime_error("the bank is closed");
      }));
  ASSERT_TRUE(fails_with(stopped, ErrorCode::kHostFunctionFailed));
  EXPECT_NE(stopped.error().message().find("the bank is closed"), std::string::npos);
}

TEST(GasSource, GivesMoreThanCanBeCounted) {
  World world(yielding_config());
  const auto result = must(world.run(
      "spin", kRounds, with_gas(10).with_gas_source([](const GasRequest&) { return UINT64_MAX; })));
  EXPECT_EQ(result.usage.gas, must(world.run("spin", kRounds)).usage.gas);
}

TEST(GasSource, AGuestThatCannotAskIsRefused) {
  World world(stopping_config());
  const auto context = with_gas(10).with_gas_source([](const GasRequest&) { return 100; });
  EXPECT_TRUE(fails_with(world.run("spin", 1, context), ErrorCode::kInvalidConfig));
  EXPECT_TRUE(fails_with(world.runtime.open_session(world.id, context), ErrorCode::kInvalidConfig));
}

TEST(GasSource, PaysForHostCallsOfAGuestThatIsNotMetered) {
  World world(test::small_config());
  const auto context = with_gas(10).with_gas_source([](const GasRequest& request) {
    return request.missing;
  });
  EXPECT_EQ(must(world.run("pays", 500, context)).usage.gas, 500U);
}

TEST(GasSource, AddsToAPartAndThePartGivesBackNoMoreThanItWas) {
  World world(yielding_config());
  const std::uint64_t gas = must(world.run("spin", kRounds)).usage.gas;
  world.runtime.host_functions().define("env", "pay", [&](CallContext& call, std::int64_t part) {
    const auto context = ExecutionContext{}
                             .with_gas(must(call.take_gas(static_cast<std::uint64_t>(part))))
                             .with_gas_source([](const GasRequest& request) {
                               return request.missing + 1000;
                             });
    EXPECT_EQ(must(world.run("spin", kRounds, context)).usage.gas, gas);
  });
  const std::uint64_t rest = must(world.run("pays", static_cast<std::int64_t>(gas))).usage.gas;
  EXPECT_EQ(must(world.run("pays", 20)).usage.gas, rest - gas + 20);
}

TEST(GasSource, ServesAPersistentInstanceAndASession) {
  World world(yielding_config(),
              ModuleMetadata{}.with_instance_policy(InstancePolicy::kPersistent));
  const std::uint64_t gas = must(world.run("calls", kRounds)).usage.gas;  // and the start function
  int asked = 0;
  const auto context = with_gas(10).with_gas_source([&](const GasRequest& request) {
    ++asked;
    return request.missing;
  });
  const std::uint64_t again = must(world.run("calls", kRounds, context)).usage.gas;
  EXPECT_LT(again, gas);
  EXPECT_GT(asked, 0);
  // The next one has none, and stops.
  EXPECT_TRUE(fails_with(world.run("calls", kRounds, with_gas(again - 1)), ErrorCode::kOutOfGas));
  auto session = must(world.runtime.open_session(world.id, context));
  const auto spin = must(session.function<void(std::int64_t)>("spin"));
  asked = 0;
  for (int i = 0; i < 3; ++i) must(spin(kRounds));
  EXPECT_GE(asked, 3);
}

// --- Slices. ---

/// Runs what is posted when it is told to, and counts.
class ManualExecutor : public Executor {
 public:
  void post(Task task) override { tasks_.push_back(std::move(task)); }
  Task post_at(std::chrono::steady_clock::time_point, Task) override { return [] {}; }

  /// How many tasks were run before nothing was left.
  int run() {
    int count = 0;
    for (; !tasks_.empty(); ++count) {
      const Task task = std::move(tasks_.front());
      tasks_.erase(tasks_.begin());
      task();
    }
    return count;
  }

 private:
  std::vector<Task> tasks_;
};

/// What a call came to, and how often it had the thread.
struct Sliced {
  std::uint64_t gas = 0;
  int turns = 0;
  Result<ExecutionResult> result = ExecutionResult{};
};

Sliced run_sliced(std::uint64_t slice, std::string function, std::int64_t argument,
                  ExecutionContext context = {}, const RuntimeConfig& base = yielding_config()) {
  RuntimeConfig config = base;
  config.async.gas_slice = slice;
  World world(config);
  const auto executor = std::make_shared<ManualExecutor>();
  Sliced sliced;
  const ExecutionHandle handle = world.runtime.execute_function_async(
      world.id, std::move(function), {argument}, std::move(context),
      [&](Result<ExecutionResult> result) { sliced.result = std::move(result); }, executor);
  sliced.turns = executor->run();
  sliced.gas = sliced.result ? sliced.result->usage.gas : sliced.result.error().usage()->gas;
  return sliced;
}

TEST(GasSlice, AGuestGivesItsThreadBackEachTimeItHasSpentASlice) {
  const std::uint64_t gas = run_sliced(0, "calls", kRounds).gas;
  EXPECT_EQ(run_sliced(0, "calls", kRounds).turns, 1);
  for (const std::uint64_t slice : {std::uint64_t{50}, std::uint64_t{333}, gas - 1, gas}) {
    const Sliced sliced = run_sliced(slice, "calls", kRounds);
    EXPECT_EQ(sliced.gas, gas);
    EXPECT_EQ(must(sliced.result).values[0], WasmValue(std::int64_t{1 + 50 * 101}));
    EXPECT_EQ(sliced.turns, static_cast<int>((gas + slice - 1) / slice)) << slice;
  }
}

TEST(GasSlice, WhatIsPaidAtOnceIsNotCut) {
  const Sliced sliced = run_sliced(10, "pays", 1000);
  EXPECT_EQ(sliced.gas, run_sliced(0, "pays", 1000).gas);
  EXPECT_LE(sliced.turns, 3);
}

TEST(GasSlice, ALimitEndsTheGuestWhereItDoesWithoutSlices) {
  const std::uint64_t gas = run_sliced(0, "calls", kRounds).gas;
  const Sliced stopped = run_sliced(100, "calls", kRounds, with_gas(gas - 1));
  EXPECT_TRUE(fails_with(stopped.result, ErrorCode::kOutOfGas));
  EXPECT_EQ(stopped.gas, gas - 1);
  must(run_sliced(100, "calls", kRounds, with_gas(gas)).result);
}

TEST(GasSlice, ASourceDoesNotMoveTheTurns) {
  const Sliced funded = run_sliced(100, "calls", kRounds);
  const auto context = with_gas(30).with_gas_source([](const GasRequest& request) {
    return request.missing + 5;
  });
  const Sliced topped_up = run_sliced(100, "calls", kRounds, context);
  EXPECT_EQ(topped_up.gas, funded.gas);
  EXPECT_EQ(topped_up.turns, funded.turns);
}

TEST(GasSlice, HostFunctionsSeeAllThatIsLeft) {
  RuntimeConfig config = yielding_config();
  config.async.gas_slice = 10;
  World world(config);
  std::optional<std::uint64_t> left;
  world.runtime.host_functions().define("env", "pay", [&](CallContext& call, std::int64_t) {
    left = call.gas_left();
  });
  const auto result = must(world.start("pays", 5, with_gas(1000)).get());
  EXPECT_EQ(left, 1000 - result.usage.gas);  // what comes after the call is paid before it
}

TEST(GasSlice, OthersRunMeanwhile) {
  RuntimeConfig config = yielding_config();
  config.async.threads = 1;
  config.async.gas_slice = 10'000;
  World world(config);
  const CancelSource source;
  auto endless =
      world.start("spin", 0, ExecutionContext{}.with_cancellation(source.token()));
  for (int i = 0; i < 3; ++i) must(world.start("spin", kRounds).get());
  source.cancel();
  EXPECT_TRUE(fails_with(endless.get(), ErrorCode::kCancelled));
}

TEST(GasSlice, APersistentInstanceIsCalledBothWays) {
  RuntimeConfig config = yielding_config();
  config.async.gas_slice = 50;
  World world(config, ModuleMetadata{}.with_instance_policy(InstancePolicy::kPersistent));
  must(world.run("calls", kRounds));
  const std::uint64_t gas = must(world.run("calls", kRounds)).usage.gas;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(must(world.start("calls", kRounds).get()).usage.gas, gas);
    EXPECT_EQ(must(world.run("calls", kRounds, with_gas(gas))).usage.gas, gas);
  }
  EXPECT_TRUE(fails_with(world.run("calls", kRounds, with_gas(gas - 1)), ErrorCode::kOutOfGas));
}

TEST(GasSlice, NeedsGuestsThatAsk) {
  RuntimeConfig config = stopping_config();
  config.async.gas_slice = 100;
  EXPECT_TRUE(fails_with(WasmRuntime::create(config), ErrorCode::kInvalidConfig));
  config = yielding_config();
  config.metering.profile = true;
  EXPECT_TRUE(fails_with(WasmRuntime::create(config), ErrorCode::kInvalidConfig));
}

}  // namespace
}  // namespace synapsed
