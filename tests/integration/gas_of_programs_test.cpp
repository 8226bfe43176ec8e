// The gas of real programs, which nothing but their bytes, their input and the price table decides:
// not the compiler, not its optimisations, not the machine. tests/gas/programs.json holds it.
//
// A change of the price table or of the rules changes it on purpose:
//     SYNAPSED_UPDATE_GAS=1 build/dev/bin/synapsed_gas_tests
// writes the file anew, to be looked at and committed.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <nlohmann/json.hpp>

#include "bench/subject.hpp"
#include "tests/support/passes.hpp"
#include "tests/support/results.hpp"

namespace synapsed {
namespace {

namespace fs = std::filesystem;
using test::must;

using GasByProgram = std::map<std::string, std::int64_t>;

struct Generator {
  std::string_view name;
  wasmtime_strategy_t strategy;
  wasmtime_opt_level_t level;
};

fs::path programs_folder() {
  const char* chosen = std::getenv("SYNAPSED_PROGRAMS");
  return chosen != nullptr ? chosen : SYNAPSED_TEST_PROGRAMS;
}

bench::EngineHandle make_engine(const Generator& generator) {
  wasm_config_t* config = wasm_config_new();
  wasmtime_config_strategy_set(config, generator.strategy);
  wasmtime_config_cranelift_opt_level_set(config, generator.level);
  return bench::EngineHandle(wasm_engine_new_with_config(config));
}

bool compiles(wasm_engine_t* engine, const Bytes& wasm) {
  wasmtime_module_t* module = nullptr;
  wasmtime_error_t* error = wasmtime_module_new(
      engine, reinterpret_cast<const std::uint8_t*>(wasm.data()), wasm.size(), &module);
  if (error != nullptr) {
    wasmtime_error_delete(error);
    return false;
  }
  wasmtime_module_delete(module);
  return true;
}

GasByProgram read_golden() {
  std::ifstream file(SYNAPSED_GAS_OF_PROGRAMS);
  GasByProgram golden;
  if (file) nlohmann::json::parse(file).get_to(golden);
  return golden;
}

void write_golden(const GasByProgram& gas) {
  std::ofstream(SYNAPSED_GAS_OF_PROGRAMS) << nlohmann::json(gas).dump(2) << '\n';
}

class GasOfPrograms : public ::testing::TestWithParam<Generator> {
 protected:
  static bool is_updating() { return std::getenv("SYNAPSED_UPDATE_GAS") != nullptr; }
  static bool is_optimising() { return GetParam().strategy == WASMTIME_STRATEGY_CRANELIFT; }

  /// Each program on this generator. What the baseline compiler has no code for is left out.
  static GasByProgram measure(const std::vector<bench::Subject>& programs) {
    const bench::EngineHandle engine = make_engine(GetParam());
    const tests::Pass pass = tests::passes().front();
    GasByProgram gas;
    for (const bench::Subject& program : programs) {
      const Bytes wasm = must(pass.apply(program.wasm));
      if (!is_optimising() && !compiles(engine.get(), wasm)) continue;
      const bench::Runnable runnable(engine.get(), bench::Metering::kNone, program, wasm);
      const bench::Outcome outcome = runnable.run();
      if (!program.expected_output.empty()) {
        EXPECT_TRUE(outcome.result.ends_with(program.expected_output)) << program.name;
      }
      gas[program.name] = outcome.gas;
    }
    return gas;
  }
};

TEST_P(GasOfPrograms, IsWhatTheFileSays) {
  const std::vector<bench::Subject> programs = bench::find_programs(programs_folder());
  if (programs.empty()) GTEST_SKIP() << "no programs at " << programs_folder();
  const GasByProgram gas = measure(programs);
  if (is_updating() && GetParam().level == WASMTIME_OPT_LEVEL_SPEED && is_optimising()) {
    write_golden(gas);
  }
  const GasByProgram golden = read_golden();
  // Winch knows neither garbage collection nor tail calls: a few programs, never most.
  EXPECT_GE(gas.size(), is_optimising() ? programs.size() : programs.size() * 3 / 4);
  if (is_optimising()) {
    EXPECT_EQ(gas.size(), golden.size());
  }
  for (const auto& [name, used] : gas) {
    const auto expected = golden.find(name);
    if (expected == golden.end()) {
      ADD_FAILURE() << name << " is not in the file: write it anew with SYNAPSED_UPDATE_GAS=1";
    } else {
      EXPECT_EQ(used, expected->second) << name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, GasOfPrograms,
    ::testing::Values(Generator{"cranelift", WASMTIME_STRATEGY_CRANELIFT, WASMTIME_OPT_LEVEL_SPEED},
                      Generator{"unoptimised", WASMTIME_STRATEGY_CRANELIFT,
                                WASMTIME_OPT_LEVEL_NONE},
                      Generator{"winch", WASMTIME_STRATEGY_WINCH, WASMTIME_OPT_LEVEL_NONE}),
    [](const auto& generator) { return std::string(generator.param.name); });

}  // namespace
}  // namespace synapsed
