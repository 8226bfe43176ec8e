// A process that has stopped a thousand bombs holds no more than after the first ones.

#include "tests/support/memory_use.hpp"
#include "tests/support/results.hpp"

namespace synapsed {
namespace {

using namespace std::chrono_literals;
using test::load_wat;
using test::must;

constexpr std::string_view kBombs = R"((module (memory 1)
  (func (export "loop") (loop (br 0)))
  (func (export "grow") (loop
    (memory.fill (i32.const 0) (i32.const 7) (i32.mul (memory.size) (i32.const 65536)))
    (drop (memory.grow (i32.const 16))) (br 0)))
  (func $recurse (export "recurse") (call $recurse))))";

void run_bombs(WasmRuntime& runtime, ModuleId id, int rounds) {
  const auto context = ExecutionContext{}.with_timeout(3ms).with_memory_limit(8 << 20);
  for (int i = 0; i < rounds; ++i) {
    for (const char* bomb : {"loop", "grow", "recurse"}) {
      ASSERT_FALSE(runtime.execute_function(id, bomb, {}, context));
    }
  }
}

void expect_flat(const RuntimeConfig& config) {
  auto runtime = must(WasmRuntime::create(config));
  const ModuleId id = load_wat(runtime, kBombs);
  run_bombs(runtime, id, 100);
  const std::uint64_t before = test::resident_bytes();
  run_bombs(runtime, id, 1'000);
  const std::uint64_t after = test::resident_bytes();
  EXPECT_LE(static_cast<double>(after), static_cast<double>(before) * 1.05);
  EXPECT_EQ(runtime.get_stats().memory_bytes, 0U);
  EXPECT_EQ(runtime.get_stats().functions_failed, 3'300U);
}

TEST(Leaks, AThousandBombsWithPooledInstances) { expect_flat(RuntimeConfig::production()); }

TEST(Leaks, AThousandBombsWithInstancesOnDemand) { expect_flat(test::small_config()); }

}  // namespace
}  // namespace synapsed
