// A sandbox made, used and destroyed many times: resident memory must stay flat.
//
//     bench_soak [cycles=1000000]

#include <cstdlib>
#include <string>

#include <fmt/format.h>
#include <synapsed/synapsed.hpp>

#include "tests/support/memory_use.hpp"

namespace {

using namespace synapsed;

double resident_mib() { return static_cast<double>(test::resident_bytes()) / (1 << 20); }

constexpr std::string_view kGuest = R"((module
  (import "env" "add" (func $add (param i32 i32) (result i32)))
  (memory (export "memory") 2)
  (table 10 funcref)
  (func (export "f") (param i32) (result i32)
    (memory.fill (i32.const 0) (local.get 0) (i32.const 70000))
    (call $add (local.get 0) (i32.load8_u (i32.const 69999))))
  (func (export "trap") (param i32) (i32.store (i32.const -1) (local.get 0)))))";

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t cycles = argc > 1 ? std::stoull(argv[1]) : 1'000'000;
  auto runtime = WasmRuntime::create().value();
  runtime.host_functions().define("env", "add",
                                  [](std::int32_t a, std::int32_t b) { return a + b; });
  const ModuleId id = runtime.load_module_wat("guest", kGuest).value();
  double first = 0;
  double most = 0;
  for (std::uint64_t i = 0; i < cycles; ++i) {
    const auto n = static_cast<std::int32_t>(i % 100);
    const bool traps = i % 16 == 0;
    const auto result = runtime.execute_function(id, traps ? "trap" : "f", {n});
    if (result.has_value() == traps || (result && result->values[0] != WasmValue(2 * n))) {
      fmt::print(stderr, "cycle {} went wrong\n", i);
      return 1;
    }
    if (i == cycles / 10) first = resident_mib();
    if (i >= cycles / 10 && i % 1000 == 0) most = std::max(most, resident_mib());
  }
  const double last = resident_mib();
  fmt::print("{} cycles: resident {:.2f} MiB after a tenth, {:.2f} at most, {:.2f} at the end\n",
             cycles, first, most, last);
  return most <= first * 1.05 ? 0 : 1;
}
