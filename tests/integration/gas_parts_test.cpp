// Gas that a host function sets aside for executions it starts, and dry runs, which find out what
// that takes.

#include <future>
#include <optional>
#include <utility>
#include <vector>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::load_wat;
using test::must;

constexpr std::string_view kInner = R"((module
  (func (export "spin") (param i64)
    (loop (br_if 0 (i64.ne (local.tee 0 (i64.sub (local.get 0) (i64.const 1))) (i64.const 0)))))
  (func (export "fault") (param i64) (unreachable))
  (func (export "trap") (param i64) (drop (i64.div_u (i64.const 1) (i64.const 0))))))";

// What `nests` gives, `nest` sets aside; a second call tells what a guest still has.
constexpr std::string_view kOuter = R"((module
  (import "env" "nest" (func $nest (param i64 i64) (result i64)))
  (import "env" "keep" (func $keep (param i64)))
  (import "env" "note" (func $note))
  (global $n (mut i64) (i64.const 0))
  (func (export "nests") (param i64 i64) (result i64) (call $nest (local.get 0) (local.get 1)))
  (func (export "keeps") (param i64) (call $keep (local.get 0)))
  (func (export "notes") (call $note))
  (func (export "next") (result i64)
    (global.set $n (i64.add (global.get $n) (i64.const 1))) (global.get $n))))";

// By the default prices (abi/gas_schedule.toml).
constexpr std::uint64_t kNestsGas = 2 + 2 + 4;
constexpr std::uint64_t kKeepsGas = 2 + 1 + 4;
constexpr std::uint64_t spin_gas(std::uint64_t rounds) { return 2 + 7 * rounds; }

ExecutionContext with_gas(std::uint64_t gas) { return ExecutionContext{}.with_gas_limit(gas); }

class GasParts : public ::testing::Test {
 protected:
  GasParts() : runtime(must(WasmRuntime::create(config()))) {
    HostFunctions& host = runtime.host_functions();
    host.define("env", "nest",
                [this](CallContext& call, std::int64_t gas, std::int64_t rounds) {
                  return nest(call, static_cast<std::uint64_t>(gas), rounds);
                });
    host.define("env", "keep", [this](CallContext& call, std::int64_t gas) -> Result<void> {
      auto part = call.take_gas(static_cast<std::uint64_t>(gas));
      if (!part) return std::unexpected(part.error());
      if (keeps_part) kept.push_back(std::move(*part));
      return {};
    });
    host.define("env", "note",
                [this](CallContext& call) { dry_runs.push_back(call.is_dry_run()); });
    inner = load_wat(runtime, kInner);
    outer = load_wat(runtime, kOuter);
    target = inner;
  }

  static RuntimeConfig config() {
    RuntimeConfig config = test::small_config();
    config.metering.enable = true;
    return config;
  }

  /// What the nested call used, or -1 when it failed.
  Result<std::int64_t> nest(CallContext& call, std::uint64_t gas, std::int64_t argument) {
    const auto part = call.take_gas(gas);
    if (!part) return std::unexpected(part.error());
    left_meanwhile = call.gas_left();
    const auto result = runtime.execute_function(target, function, {argument},
                                                 ExecutionContext(nested).with_gas(*part));
    left_afterwards = call.gas_left();
    if (!result) nested_error = result.error().code();
    return result ? static_cast<std::int64_t>(result->usage.gas) : -1;
  }

  Result<ExecutionResult> run_nested(std::uint64_t gas, std::int64_t rounds,
                                     const ExecutionContext& context = ExecutionContext{}) {
    return runtime.execute_function(outer, "nests", {static_cast<std::int64_t>(gas), rounds},
                                    context);
  }
  Result<ExecutionResult> run(std::string_view name, std::initializer_list<WasmValue> arguments,
                              const ExecutionContext& context = ExecutionContext{}) {
    return runtime.execute_function(outer, name, arguments, context);
  }

  ExecutionContext nested;  // of the nested execution, without its gas
  std::vector<GasPart> kept;
  bool keeps_part = false;
  std::vector<bool> dry_runs;
  std::string function = "spin";
  std::optional<std::uint64_t> left_meanwhile;
  std::optional<std::uint64_t> left_afterwards;
  std::optional<ErrorCode> nested_error;
  WasmRuntime runtime;
  ModuleId inner;
  ModuleId outer;
  ModuleId target;
};

constexpr std::int64_t kFive = 5;

TEST_F(GasParts, APartIsTakenAtOnceAndItsRestComesBackWhenTheNestedExecutionEnds) {
  const auto result = must(run_nested(1000, kFive, with_gas(5000)));
  EXPECT_EQ(result.values[0], WasmValue(static_cast<std::int64_t>(spin_gas(5))));
  EXPECT_EQ(left_meanwhile, 5000 - kNestsGas - 1000);
  EXPECT_EQ(left_afterwards, 5000 - kNestsGas - spin_gas(5));
  EXPECT_EQ(result.usage.gas, kNestsGas + spin_gas(5));
  EXPECT_EQ(result.usage.peak_gas, kNestsGas + 1000);
}

TEST_F(GasParts, AnExactPartIsEnoughAndOneLessIsNot) {
  EXPECT_EQ(must(run_nested(spin_gas(5), kFive)).usage.gas, kNestsGas + spin_gas(5));
  const auto short_of_one = must(run_nested(spin_gas(5) - 1, kFive));
  EXPECT_EQ(short_of_one.values[0], WasmValue(std::int64_t{-1}));
  EXPECT_EQ(nested_error, ErrorCode::kOutOfGas);
  EXPECT_EQ(short_of_one.usage.gas, kNestsGas + spin_gas(5) - 1);
}

TEST_F(GasParts, AFaultInsideCostsThePartOnly) {
  function = "trap";
  const auto result = must(run_nested(1000, kFive, with_gas(5000)));
  EXPECT_EQ(nested_error, ErrorCode::kTrapIntegerDivisionByZero);
  EXPECT_EQ(result.usage.gas, kNestsGas + 1000);
}

TEST_F(GasParts, AFailureThatIsNoFaultCostsWhatWasPaid) {
  function = "fault";
  const auto result = must(run_nested(1000, kFive));
  EXPECT_EQ(nested_error, ErrorCode::kTrapUnreachable);
  EXPECT_EQ(result.usage.gas, kNestsGas + 2);
}

TEST_F(GasParts, APartOfAnExecutionThatCannotStartComesBackWhole) {
  function = "absent";
  EXPECT_EQ(must(run_nested(1000, kFive)).usage.gas, kNestsGas);
  EXPECT_EQ(nested_error, ErrorCode::kUnknownExport);
  target = ModuleId{999};
  EXPECT_EQ(must(run_nested(1000, kFive)).usage.gas, kNestsGas);
  EXPECT_EQ(nested_error, ErrorCode::kUnknownModule);
}

TEST_F(GasParts, ACancelledExecutionGivesBackWhatItDidNotSpend) {
  CancelSource source;
  source.cancel();
  nested.with_cancellation(source.token());
  EXPECT_EQ(must(run_nested(1000, kFive)).usage.gas, kNestsGas);
  EXPECT_EQ(nested_error, ErrorCode::kCancelled);
}

TEST_F(GasParts, AnExecutionThatEndsItselfGivesBackWhatItDidNotSpend) {
  target = load_wat(runtime, R"((module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "spin") (param i64) (call $exit (i32.const 3)))))");
  const std::uint64_t exit_gas = 2 + 1 + 4;
  const auto result = must(run_nested(1000, kFive));
  EXPECT_EQ(result.values[0], WasmValue(static_cast<std::int64_t>(exit_gas)));
  EXPECT_EQ(result.usage.gas, kNestsGas + exit_gas);
}

TEST_F(GasParts, MoreThanIsLeftEndsTheGuestForWantOfGas) {
  EXPECT_TRUE(
      fails_with(run_nested(1000, kFive, with_gas(kNestsGas + 999)), ErrorCode::kOutOfGas));
  must(run_nested(1000, kFive, with_gas(kNestsGas + 1000)));
}

TEST_F(GasParts, NestingTwoDeepIsExactToTheUnit) {
  HostFunctions& host = runtime.host_functions();
  host.define("env", "deep",
              [this](CallContext& call, std::int64_t gas, std::int64_t rounds)
                  -> Result<std::int64_t> {
                const auto part = call.take_gas(static_cast<std::uint64_t>(gas));
                if (!part) return std::unexpected(part.error());
                const auto result = runtime.execute_function(
                    outer, "nests", {std::int64_t{100}, rounds}, ExecutionContext{}.with_gas(*part));
                return result ? static_cast<std::int64_t>(result->usage.gas) : -1;
              });
  const ModuleId deep = load_wat(runtime, R"((module
    (import "env" "deep" (func $deep (param i64 i64) (result i64)))
    (func (export "run") (param i64 i64) (result i64) (call $deep (local.get 0) (local.get 1)))))");
  const auto run_deep = [&](std::uint64_t gas, std::uint64_t limit) {
    return runtime.execute_function(deep, "run", {static_cast<std::int64_t>(gas), kFive},
                                    with_gas(limit));
  };
  const auto result = must(run_deep(kNestsGas + 100, kNestsGas + kNestsGas + 100));
  EXPECT_EQ(result.values[0], WasmValue(static_cast<std::int64_t>(kNestsGas + spin_gas(5))));
  EXPECT_EQ(result.usage.gas, 2 * kNestsGas + spin_gas(5));
  EXPECT_EQ(left_afterwards, 100 - spin_gas(5));
  // One less in the middle: the innermost part is refused there, which costs the middle one's.
  const auto refused = must(run_deep(kNestsGas + 99, 1000));
  EXPECT_EQ(refused.values[0], WasmValue(std::int64_t{-1}));
  EXPECT_EQ(refused.usage.gas, kNestsGas + kNestsGas + 99);
}

TEST_F(GasParts, APartThatNoExecutionGotComesBackWithItsLastCopy) {
  EXPECT_EQ(must(run("keeps", {std::int64_t{500}}, with_gas(1000))).usage.gas, kKeepsGas);
  keeps_part = true;
  EXPECT_EQ(must(run("keeps", {std::int64_t{500}}, with_gas(1000))).usage.gas, kKeepsGas + 500);
}

TEST_F(GasParts, APartServesOneExecution) {
  keeps_part = true;
  must(run("keeps", {std::int64_t{500}}));
  const auto context = ExecutionContext{}.with_gas(kept.front());
  EXPECT_EQ(must(runtime.execute_function(inner, "spin", {kFive}, context)).usage.gas, spin_gas(5));
  EXPECT_TRUE(fails_with(runtime.execute_function(inner, "spin", {kFive}, context),
                         ErrorCode::kOutOfGas));
  EXPECT_TRUE(fails_with(runtime.open_session(inner, context), ErrorCode::kInvalidConfig));
}

TEST_F(GasParts, AGasLimitHoldsBesideThePart) {
  keeps_part = true;
  must(run("keeps", {std::int64_t{500}}));
  const auto context = with_gas(spin_gas(5) - 1).with_gas(kept.front());
  EXPECT_TRUE(fails_with(runtime.execute_function(inner, "spin", {kFive}, context),
                         ErrorCode::kOutOfGas));
}

TEST_F(GasParts, WhatAnAsynchronousExecutionLeavesIsBackWhenTheGuestGoesOn) {
  runtime.host_functions().define_async(
      "env", "nest",
      [this](CallContext& call, std::int64_t gas, std::int64_t rounds,
             HostCompletion<std::int64_t> done) {
        const auto context =
            ExecutionContext{}.with_gas(must(call.take_gas(static_cast<std::uint64_t>(gas))));
        runtime
            .execute_function_async(inner, "spin", {rounds}, context,
                                    [done](const Result<ExecutionResult>& result) {
                                      done(static_cast<std::int64_t>(result->usage.gas));
                                    })
            .detach();
      });
  const auto result = must(run_nested(1000, kFive, with_gas(kNestsGas + 1000)));
  EXPECT_EQ(result.values[0], WasmValue(static_cast<std::int64_t>(spin_gas(5))));
  EXPECT_EQ(result.usage.gas, kNestsGas + spin_gas(5));
}

TEST_F(GasParts, AGuestThatIsNotMeteredGivesAndGetsBackToo) {
  auto plain = must(WasmRuntime::create(test::small_config()));
  std::optional<std::uint64_t> left;
  plain.host_functions().define("env", "take", [&](CallContext& call) -> Result<void> {
    { const GasPart part = must(call.take_gas(400)); }
    left = call.gas_left();
    return call.charge(600);
  });
  const ModuleId id = load_wat(plain, R"((module (import "env" "take" (func $take))
    (func (export "f") (call $take))))");
  EXPECT_EQ(must(plain.execute_function(id, "f", {}, with_gas(600))).usage.gas, 600U);
  EXPECT_EQ(left, 600U);
}

// --- Dry runs. ---

TEST_F(GasParts, ADryRunTellsTheLeastLimitWithWhichTheCallEndsAsItDid) {
  EXPECT_EQ(must(runtime.dry_run(inner, "spin", {kFive})), spin_gas(5));
  const std::uint64_t needed = must(runtime.dry_run(outer, "nests", {std::int64_t{1000}, kFive}));
  EXPECT_EQ(needed, kNestsGas + 1000);  // though most of it comes back
  must(run_nested(1000, kFive, with_gas(needed)));
  EXPECT_TRUE(fails_with(run_nested(1000, kFive, with_gas(needed - 1)), ErrorCode::kOutOfGas));
}

TEST_F(GasParts, ADryRunThatFailsHasItsError) {
  EXPECT_TRUE(fails_with(runtime.dry_run(inner, "trap", {kFive}),
                         ErrorCode::kTrapIntegerDivisionByZero));
  EXPECT_TRUE(fails_with(runtime.dry_run(inner, "spin", {kFive}, with_gas(spin_gas(5) - 1)),
                         ErrorCode::kOutOfGas));
  EXPECT_TRUE(fails_with(runtime.dry_run(inner, "absent", {}), ErrorCode::kUnknownExport));
}

TEST_F(GasParts, ADryRunLeavesAPersistentInstanceAlone) {
  outer = load_wat(runtime, kOuter,
                   ModuleMetadata{}.with_instance_policy(InstancePolicy::kPersistent));
  EXPECT_EQ(must(run("next", {})).values[0], WasmValue(std::int64_t{1}));
  must(runtime.dry_run(outer, "next", {}));
  EXPECT_EQ(must(run("next", {})).values[0], WasmValue(std::int64_t{2}));
  // Not even while somebody has it.
  auto session = must(runtime.open_session(outer));
  must(runtime.dry_run(outer, "next", {}));
  EXPECT_EQ(must(session.call("next", {})).values[0], WasmValue(std::int64_t{3}));
}

TEST_F(GasParts, HostFunctionsCanAskWhetherItIsADryRun) {
  must(run("notes", {}));
  must(runtime.dry_run(outer, "notes", {}));
  EXPECT_EQ(dry_runs, (std::vector<bool>{false, true}));
}

TEST_F(GasParts, WhatADryRunPaysForIsADryRun) {
  runtime.host_functions().define("env", "keep", [this](CallContext& call, std::int64_t gas) {
    const auto part = call.take_gas(static_cast<std::uint64_t>(gas));
    must(runtime.execute_function(outer, "notes", {}, ExecutionContext{}.with_gas(must(part))));
  });
  must(run("keeps", {std::int64_t{500}}));
  must(runtime.dry_run(outer, "keeps", {std::int64_t{500}}));
  EXPECT_EQ(dry_runs, (std::vector<bool>{false, true}));
}

TEST_F(GasParts, ADryRunWritesNowhere) {
  const ModuleId id = load_wat(runtime, R"((module
    (import "synapsed@1" "log" (func $log (param i32 i32 i32)))
    (import "wasi_snapshot_preview1" "fd_write"
      (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\10\00\00\00\05\00\00\00")
    (data (i32.const 16) "hello")
    (func (export "say") (result i32)
      (call $log (i32.const 3) (i32.const 16) (i32.const 5))
      (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))");
  const auto output = std::make_shared<OutputBuffer>();
  int lines = 0;
  const auto context =
      ExecutionContext{}.with_stdout(output).with_log([&](const LogLine&) { ++lines; });
  must(runtime.dry_run(id, "say", {}, context));
  EXPECT_EQ(output->text(), "");
  EXPECT_EQ(lines, 0);
  EXPECT_EQ(must(runtime.execute_function(id, "say", {}, context)).values[0], WasmValue(0));
  EXPECT_EQ(output->text(), "hello");
  EXPECT_EQ(lines, 1);
  EXPECT_TRUE(fails_with(
      runtime.dry_run(id, "say", {},
                      ExecutionContext{}.with_directory(
                          {.host_path = ".", .access = DirectoryAccess::kReadWrite})),
      ErrorCode::kPathDenied));
}

}  // namespace
}  // namespace synapsed
