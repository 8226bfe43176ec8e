// Hostile guests: each is stopped by the name of the limit it hits, and the runtime goes on.

#include <cstdio>

#include <synapsed/synapsed.hpp>

namespace {

constexpr std::string_view kHostileModule = R"((module
  (memory 1)
  (func (export "loop") (loop (br 0)))
  (func (export "grow") (loop (drop (memory.grow (i32.const 16))) (br 0)))
  (func $recurse (export "recurse") (call $recurse))
))";

}  // namespace

int main() {
  auto runtime = synapsed::WasmRuntime::create().value();
  const auto hostile = runtime.load_module_wat("hostile", kHostileModule).value();
  const auto context = synapsed::ExecutionContext{}
                           .with_timeout(std::chrono::milliseconds{100})
                           .with_memory_limit(1 << 20);

  for (const char* function : {"loop", "grow", "recurse"}) {
    const auto result = runtime.execute_function(hostile, function, {}, context);
    std::printf("%s: %s\n", function,
                result ? "returned" : std::string(to_string(result.error().code())).c_str());
  }
  return 0;
}
