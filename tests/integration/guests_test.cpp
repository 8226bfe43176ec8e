// Modules made with the guest SDK, called through the library.

#include <filesystem>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using test::fails_with;
using test::must;
using test::small_config;

class Guests : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(path("modules/counter"))) {
      GTEST_SKIP() << "the guests were not built; tools/setup.sh names what that needs";
    }
  }

  static std::string path(const std::string& name) {
    return std::string(SYNAPSED_TEST_MODULES) + "/" + name + ".wasm";
  }

  ModuleId load(const std::string& name, InstancePolicy policy) {
    return must(
        runtime.load_module_file(name, path(name), ModuleMetadata{}.with_instance_policy(policy)));
  }

  WasmValue call(ModuleId id, std::string_view function) {
    return must(runtime.execute_function(id, function, {})).values.at(0);
  }

  WasmRuntime runtime = must(WasmRuntime::create(small_config()));
  std::vector<std::string> logged;
};

TEST_F(Guests, StateLivesAsLongAsAPersistentInstance) {
  const ModuleId counter = load("modules/counter", InstancePolicy::kPersistent);
  EXPECT_EQ(call(counter, "increment"), WasmValue(std::int64_t{1}));
  EXPECT_EQ(call(counter, "increment"), WasmValue(std::int64_t{2}));
  EXPECT_EQ(call(counter, "value"), WasmValue(std::int64_t{2}));
  must(runtime.execute_function(counter, "reset", {},
                                ExecutionContext{}.with_log([this](const LogLine& line) {
                                  logged.emplace_back(line.text);
                                })));
  EXPECT_EQ(call(counter, "value"), WasmValue(std::int64_t{0}));
  EXPECT_EQ(logged, std::vector<std::string>{"the counter was reset"});
}

TEST_F(Guests, StateIsFreshInEveryCallOtherwise) {
  const ModuleId counter = load("modules/counter", InstancePolicy::kPerCall);
  EXPECT_EQ(call(counter, "increment"), WasmValue(std::int64_t{1}));
  EXPECT_EQ(call(counter, "increment"), WasmValue(std::int64_t{1}));
}

TEST_F(Guests, NumbersNeedNothingElse) {
  const ModuleId math = load("modules/math", InstancePolicy::kPerCall);
  const auto result =
      must(runtime.execute_function(math, "gcd", {std::int64_t{48}, std::int64_t{36}}));
  EXPECT_EQ(result.values, std::vector<WasmValue>{std::int64_t{12}});
}

TEST_F(Guests, GiveArgumentsBack) {
  const ModuleId types = load("tests/types", InstancePolicy::kPersistent);
  const std::string large(200'000, 'x');
  for (int i = 0; i < 100; ++i) {  // five times the module's memory
    const auto size = must(runtime.execute_function(types, "size_of", {large}));
    ASSERT_EQ(size.values.at(0), WasmValue(200'000));
  }
}

TEST_F(Guests, GiveResultsBackOnceTheyAreRead) {
  const ModuleId types = load("tests/types", InstancePolicy::kPersistent);
  const std::string large(200'000, 'x');
  for (int i = 0; i < 100; ++i) {
    const auto echo = must(runtime.execute_function(types, "echo_string", {large}));
    ASSERT_EQ(echo.values.at(0), WasmValue(large));
  }
}

}  // namespace
}  // namespace synapsed
