// Gas of the runtime: what calls cost, what they may cost, and what their ends cost.

#include <future>
#include <optional>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::load_wat;
using test::must;

constexpr std::string_view kGuest = R"((module
  (import "env" "pay" (func $pay (param i64)))
  (memory (export "memory") 1)
  (global $n (mut i64) (i64.const 0))
  (func (export "add") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
  (func $spin (export "spin") (param i64)
    (loop (br_if 0 (i64.ne (local.tee 0 (i64.sub (local.get 0) (i64.const 1))) (i64.const 0)))))
  (func (export "outer") (param i64) (call $spin (local.get 0)))
  (func (export "pays") (param i64) (call $pay (local.get 0)) (drop (i64.const 1)))
  (func (export "next") (result i64)
    (global.set $n (i64.add (global.get $n) (i64.const 1))) (global.get $n))
  (func (export "fault") (drop (i32.load (i32.const -1))))
  (func (export "unreachable") (drop (i32.const 1)) (unreachable) (drop (i32.const 1)))
  (func $recurse (export "recurse") (call $recurse))))";

// By the default prices (abi/gas_schedule.toml).
constexpr std::uint64_t kAddGas = 2 + 3;
constexpr std::uint64_t kRoundGas = 7;
constexpr std::uint64_t spin_gas(std::uint64_t rounds) { return 2 + kRoundGas * rounds; }

RuntimeConfig metered_config() {
  RuntimeConfig config = test::small_config();
  config.metering.enable = true;
  return config;
}

/// The built-in prices but for branches, which cost `branch`.
GasPrices prices_with_branch(std::uint32_t branch) {
  std::string table = GasPrices().to_toml();
  const std::string_view line = "branch = 1\n";
  table.replace(table.find(line), line.size(), "branch = " + std::to_string(branch) + "\n");
  return must(GasPrices::parse(table));
}

RuntimeConfig config_with_branch(std::uint32_t branch) {
  RuntimeConfig config = metered_config();
  config.metering.prices = prices_with_branch(branch);
  return config;
}

ExecutionContext with_gas(std::uint64_t gas) { return ExecutionContext{}.with_gas_limit(gas); }

class Metering : public ::testing::Test {
 protected:
  explicit Metering(const RuntimeConfig& config = metered_config())
      : runtime(must(WasmRuntime::create(config))) {
    runtime.host_functions().define(
        "env", "pay",
        [this](CallContext& call, std::int64_t more) -> Result<void> {
          left = call.gas_left();
          return call.charge(static_cast<std::uint64_t>(more));
        },
        {.description = {}, .price = {.base = 10, .per_byte = 0}});
  }
  ModuleId load(ModuleMetadata metadata = ModuleMetadata{}) {
    return load_wat(runtime, kGuest, std::move(metadata));
  }
  Result<ExecutionResult> run(ModuleId id, std::string_view function,
                              std::initializer_list<WasmValue> arguments,
                              const ExecutionContext& context = ExecutionContext{}) {
    return runtime.execute_function(id, function, arguments, context);
  }
  static std::uint64_t gas_of(const Result<ExecutionResult>& result) {
    return result ? result->usage.gas : result.error().usage()->gas;
  }

  std::optional<std::uint64_t> left;
  WasmRuntime runtime;
};

constexpr std::int64_t kFive = 5;

TEST_F(Metering, TellsWhatACallCost) {
  const ModuleId id = load();
  EXPECT_EQ(gas_of(run(id, "add", {std::int64_t{1}, std::int64_t{2}})), kAddGas);
  EXPECT_EQ(gas_of(run(id, "spin", {kFive})), spin_gas(5));
  EXPECT_EQ(gas_of(run(id, "spin", {std::int64_t{1000}})), spin_gas(1000));
}

TEST_F(Metering, ExactlyEnoughIsEnoughAndOneLessIsNot) {
  const ModuleId id = load();
  const std::uint64_t gas = spin_gas(5);
  EXPECT_EQ(gas_of(must(run(id, "spin", {kFive}, with_gas(gas)))), gas);
  EXPECT_EQ(gas_of(must(run(id, "spin", {kFive}, with_gas(gas + 1)))), gas);
  const auto stopped = run(id, "spin", {kFive}, with_gas(gas - 1));
  EXPECT_TRUE(fails_with(stopped, ErrorCode::kOutOfGas));
  EXPECT_EQ(gas_of(stopped), gas - 1);
  EXPECT_TRUE(fails_with(run(id, "spin", {kFive}, with_gas(0)), ErrorCode::kOutOfGas));
}

TEST_F(Metering, RunningOutSaysWhereInTheOriginal) {
  const ModuleId id = load();
  const auto stopped = run(id, "outer", {std::int64_t{1000}}, with_gas(100));
  ASSERT_TRUE(fails_with(stopped, ErrorCode::kOutOfGas));
  const Error& error = stopped.error();
  EXPECT_EQ(error.error_class(), ErrorClass::kLimitReached);
  EXPECT_NE(error.message().find("used up its 100 gas in function 2 (spin)"), std::string::npos)
      << error.message();
  ASSERT_NE(error.trap(), nullptr);
  ASSERT_EQ(error.trap()->frames.size(), 2U);
  EXPECT_EQ(error.trap()->frames[0].function_name, "spin");
  EXPECT_EQ(error.trap()->frames[1].function_index, 3U);
  // Offsets are of the module that was loaded: inside the functions' bodies.
  const Bytes wasm = must(wat_to_wasm(kGuest));
  ASSERT_TRUE(error.trap()->frames[0].code_offset);
  EXPECT_LT(*error.trap()->frames[0].code_offset, *error.trap()->frames[1].code_offset);
  EXPECT_LT(*error.trap()->frames[1].code_offset, wasm.size());
}

/// What stops this loop is a call of a function that the guest does not have.
TEST_F(Metering, RunningOutInALoopOfTablesSaysWhereInTheOriginal) {
  constexpr std::string_view kTables = R"((module
    (func (export "other"))
    (func $tick)
    (func $walk (export "walk") (param i32)
      (loop $l
        (block (br_table 0 $l (local.get 0)))
        (call $tick)
        (block (br_table 0 $l (local.get 0)))
        (br $l)))))";
  const ModuleId id = load_wat(runtime, kTables);
  const auto stopped = run(id, "walk", {std::int32_t{0}}, with_gas(100));
  ASSERT_TRUE(fails_with(stopped, ErrorCode::kOutOfGas));
  EXPECT_EQ(gas_of(stopped), 100U);
  EXPECT_NE(stopped.error().message().find("used up its 100 gas in function 2 (walk)"),
            std::string::npos)
      << stopped.error().message();
  ASSERT_NE(stopped.error().trap(), nullptr);
  const auto& frames = stopped.error().trap()->frames;
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].function_name, "walk");
  ASSERT_TRUE(frames[0].code_offset);
  EXPECT_LT(*frames[0].code_offset, must(wat_to_wasm(kTables)).size());
}

TEST_F(Metering, HostFunctionsAreOnTheSameAccount) {
  const ModuleId id = load();
  constexpr std::uint64_t kGuestGas = 2 + 1 + 4 + 2;  // entering, local.get, call, and what follows
  const std::uint64_t gas = kGuestGas + 10 + 5;
  EXPECT_EQ(gas_of(must(run(id, "pays", {kFive}))), gas);
  EXPECT_EQ(left, std::nullopt);
  EXPECT_EQ(gas_of(must(run(id, "pays", {kFive}, with_gas(gas)))), gas);
  EXPECT_EQ(left, 5U);  // all but what the function charges itself
  must(run(id, "pays", {kFive}, with_gas(1000)));
  EXPECT_EQ(left, 1000 - kGuestGas - 10);
  EXPECT_TRUE(fails_with(run(id, "pays", {kFive}, with_gas(gas - 1)), ErrorCode::kOutOfGas));
}

TEST_F(Metering, AFaultCostsTheLimit) {
  const ModuleId id = load();
  const auto fault = run(id, "fault", {}, with_gas(500));
  EXPECT_TRUE(fails_with(fault, ErrorCode::kTrapMemoryOutOfBounds));
  EXPECT_EQ(gas_of(fault), 500U);
  const auto overflow = run(id, "recurse", {}, with_gas(100'000'000));
  EXPECT_TRUE(fails_with(overflow, ErrorCode::kStackExhausted));
  EXPECT_EQ(gas_of(overflow), 100'000'000U);
}

TEST_F(Metering, UnreachableCostsWhatWasPaid) {
  const auto stopped = run(load(), "unreachable", {}, with_gas(500));
  EXPECT_TRUE(fails_with(stopped, ErrorCode::kTrapUnreachable));
  EXPECT_EQ(gas_of(stopped), 2U + 2U);
}

TEST_F(Metering, TheStartFunctionPays) {
  const ModuleId id = load_wat(runtime, R"((module
    (global $n (mut i64) (i64.const 0))
    (func $start (loop
      (global.set $n (i64.add (global.get $n) (i64.const 1)))
      (br_if 0 (i64.ne (global.get $n) (i64.const 100)))))
    (start $start)
    (func (export "n") (result i64) (global.get $n))))");
  const auto result = must(run(id, "n", {}));
  EXPECT_EQ(result.values[0], WasmValue(std::int64_t{100}));
  const std::uint64_t start_gas = 2 + 100 * (2 + 1 + 1 + 2 + 2 + 1 + 1 + 1);
  EXPECT_EQ(result.usage.gas, start_gas + 2 + 2);
  EXPECT_TRUE(fails_with(run(id, "n", {}, with_gas(start_gas)), ErrorCode::kOutOfGas));
  must(run(id, "n", {}, with_gas(start_gas + 4)));
}

TEST_F(Metering, APersistentInstanceIsStartedOnce) {
  const ModuleId id = load_wat(runtime, R"((module
    (global $n (mut i64) (i64.const 0))
    (func $start (global.set $n (i64.add (global.get $n) (i64.const 100))))
    (start $start)
    (func (export "n") (result i64) (global.get $n))))",
                               ModuleMetadata{}.with_instance_policy(InstancePolicy::kPersistent));
  const auto first = must(run(id, "n", {}));
  const auto second = must(run(id, "n", {}));
  EXPECT_EQ(first.values[0], WasmValue(std::int64_t{100}));
  EXPECT_EQ(second.values[0], WasmValue(std::int64_t{100}));
  EXPECT_GT(first.usage.gas, second.usage.gas);
}

TEST_F(Metering, APersistentInstanceHasAnAccountForEachCall) {
  const ModuleId id =
      load(ModuleMetadata{}.with_instance_policy(InstancePolicy::kPersistent));
  const std::uint64_t gas = gas_of(must(run(id, "next", {})));
  for (std::int64_t i = 2; i < 5; ++i) {
    const auto result = must(run(id, "next", {}, with_gas(gas)));
    EXPECT_EQ(result.usage.gas, gas);
    EXPECT_EQ(result.values[0], WasmValue(i));
  }
  EXPECT_TRUE(fails_with(run(id, "next", {}, with_gas(gas - 1)), ErrorCode::kOutOfGas));
}

TEST_F(Metering, ASessionHasAnAccountForEachCall) {
  auto session = must(runtime.open_session(load(), with_gas(spin_gas(5))));
  const auto spin = must(session.function<void(std::int64_t)>("spin"));
  for (int i = 0; i < 3; ++i) must(spin(5));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(must(session.call("spin", {kFive})).usage.gas, spin_gas(5));
  const auto stopped = spin(6);
  ASSERT_TRUE(fails_with(stopped, ErrorCode::kOutOfGas));
  EXPECT_NE(stopped.error().message().find("(spin)"), std::string::npos);
}

TEST_F(Metering, AnAsynchronousExecutionCostsTheSame) {
  const ModuleId id = load();
  const auto run_async = [&](std::uint64_t gas) {
    std::promise<Result<ExecutionResult>> settled;
    const ExecutionHandle handle = runtime.execute_function_async(
        id, "spin", {kFive}, with_gas(gas),
        [&](Result<ExecutionResult> result) { settled.set_value(std::move(result)); });
    return settled.get_future().get();
  };
  EXPECT_EQ(must(run_async(spin_gas(5))).usage.gas, spin_gas(5));
  EXPECT_TRUE(fails_with(run_async(spin_gas(5) - 1), ErrorCode::kOutOfGas));
}

TEST_F(Metering, NobodySeesWhatWasAdded) {
  const ModuleInfo info = must(runtime.module_info(load()));
  for (const ExportType& exported : info.exports) {
    EXPECT_FALSE(exported.name.starts_with("synapsed:")) << exported.name;
  }
  EXPECT_TRUE(fails_with(run(load_wat(runtime, "(module (func $s) (start $s))"),
                             "synapsed:start", {}),
                         ErrorCode::kUnknownExport));
}

class DearBranches : public Metering {
 protected:
  static constexpr std::uint32_t kBranch = 101;
  explicit DearBranches(RuntimeConfig config = config_with_branch(kBranch)) : Metering(config) {}

  static constexpr std::uint64_t kSpinGas = 2 + 5 * (kRoundGas - 1 + kBranch);
};

TEST_F(DearBranches, CallsCostByTheTableThatIsGiven) {
  const ModuleId id = load();
  EXPECT_EQ(gas_of(run(id, "add", {std::int64_t{1}, std::int64_t{2}})), kAddGas);
  EXPECT_EQ(gas_of(must(run(id, "spin", {kFive}, with_gas(kSpinGas)))), kSpinGas);
  EXPECT_TRUE(fails_with(run(id, "spin", {kFive}, with_gas(kSpinGas - 1)), ErrorCode::kOutOfGas));
}

class ProfiledDearBranches : public DearBranches {
 protected:
  ProfiledDearBranches()
      : DearBranches([] {
          RuntimeConfig config = config_with_branch(kBranch);
          config.metering.profile = true;
          return config;
        }()) {}
};

TEST_F(ProfiledDearBranches, ReportsSayTheSame) {
  const ModuleId id = load();
  EXPECT_EQ(gas_of(must(run(id, "spin", {kFive}))), kSpinGas);
  EXPECT_EQ(must(runtime.gas_profile(id)).total(), kSpinGas);
}

TEST(MeteringOff, CallsCostNothing) {
  auto runtime = must(WasmRuntime::create(test::small_config()));
  const ModuleId id = load_wat(runtime, "(module (func (export \"f\") nop))");
  EXPECT_EQ(must(runtime.execute_function(id, "f", {})).usage.gas, 0U);
  EXPECT_EQ(must(runtime.execute_function(id, "f", {}, with_gas(0))).usage.gas, 0U);
}

// --- The engine does not matter. ---

struct Generator {
  std::string_view name;
  Compiler compiler;
  Optimisation optimisation;
};

RuntimeConfig config_of(const Generator& generator) {
  RuntimeConfig config = metered_config();
  config.compilation.compiler = generator.compiler;
  config.compilation.optimisation = generator.optimisation;
  config.memory.enable_gc = generator.compiler == Compiler::kCranelift;
  return config;
}

class EachGenerator : public Metering, public ::testing::WithParamInterface<Generator> {
 protected:
  EachGenerator() : Metering(config_of(GetParam())) {}
};

TEST_P(EachGenerator, CostsTheSame) {
  const ModuleId id = load();
  EXPECT_EQ(gas_of(must(run(id, "spin", {std::int64_t{1000}}))), spin_gas(1000));
  EXPECT_EQ(gas_of(run(id, "spin", {kFive}, with_gas(spin_gas(5) - 1))), spin_gas(5) - 1);
  EXPECT_EQ(gas_of(must(run(id, "pays", {kFive}))), 2U + 1 + 4 + 2 + 10 + 5);
  EXPECT_EQ(gas_of(run(id, "unreachable", {}, with_gas(500))), 4U);
}

INSTANTIATE_TEST_SUITE_P(
    All, EachGenerator,
    ::testing::Values(Generator{"cranelift", Compiler::kCranelift, Optimisation::kSpeed},
                      Generator{"unoptimised", Compiler::kCranelift, Optimisation::kNone},
                      Generator{"winch", Compiler::kWinch, Optimisation::kSpeed}),
    [](const auto& generator) { return std::string(generator.param.name); });

}  // namespace
}  // namespace synapsed
