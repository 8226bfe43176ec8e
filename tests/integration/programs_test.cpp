// Real programs that nobody here wrote, with host functions of ours.

#include <cstdlib>
#include <filesystem>

#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using namespace std::chrono_literals;
using test::must;
using test::small_config;

std::string program(std::string_view path) {
  const char* chosen = std::getenv("SYNAPSED_PROGRAMS");
  return std::string(chosen != nullptr ? chosen : SYNAPSED_TEST_PROGRAMS) + "/" + std::string(path);
}

TEST(Programs, CoremarkReadsATypedClock) {
  const std::string path = program("coremark/coremark.wasm");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no programs at " << path;
  RuntimeConfig config = small_config();
  config.limits.timeout = 120s;
  auto runtime = must(WasmRuntime::create(config));
  int calls = 0;
  // The program takes itself for too fast when its clock moves by less than ten seconds.
  runtime.host_functions().define("env", "clock_ms", [&] { return ++calls * 20'000; });
  const ModuleId id = must(runtime.load_module_file("coremark", path));
  const auto result = must(runtime.execute_function(id, "run", {}));
  ASSERT_EQ(result.values.size(), 1U);
  EXPECT_GT(*result.values[0].get_if<float>(), 0.0F);
  EXPECT_GE(calls, 2);
}

TEST(Programs, ABenchmarksSpanIsMeasuredByItsHostFunctions) {
  const std::string path = program("shootout-fib2/shootout-fib2.wasm");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no programs at " << path;
  auto runtime = must(WasmRuntime::create(small_config()));
  std::vector<std::string> marks;
  std::chrono::steady_clock::time_point started;
  std::chrono::nanoseconds span{0};
  runtime.host_functions().define("bench", "start", [&] {
    marks.emplace_back("start");
    started = std::chrono::steady_clock::now();
  });
  runtime.host_functions().define("bench", "end", [&] {
    span = std::chrono::steady_clock::now() - started;
    marks.emplace_back("end");
  });
  const ModuleId id = must(runtime.load_module_file("fib2", path));
  const auto result = must(runtime.execute_function(
      id, "_start", {}, ExecutionContext{}.with_directory(
                            {.host_path = program("shootout-fib2"), .guest_path = "."})));
  EXPECT_EQ(result.exit_code.value_or(0), 0);
  EXPECT_EQ(marks, (std::vector<std::string>{"start", "end"}));
  EXPECT_GT(span.count(), 0);
  EXPECT_LT(static_cast<std::uint64_t>(span.count()), result.usage.duration_ns);
}

}  // namespace
}  // namespace synapsed
