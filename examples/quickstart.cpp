// The first minute: a module in the text format, one call, and what the runtime knows of it.

#include <cstdio>

#include <synapsed/synapsed.hpp>

namespace {

constexpr std::string_view kMathModule = R"((module
  (func (export "add") (param $a i32) (param $b i32) (result i32)
    (i32.add (local.get $a) (local.get $b)))
))";

int fail(const synapsed::Error& error) {
  std::fprintf(stderr, "%s\n", error.to_string().c_str());
  return 1;
}

}  // namespace

int main() {
  auto runtime = synapsed::WasmRuntime::create();
  if (!runtime) return fail(runtime.error());

  const auto math = runtime->load_module_wat("math", kMathModule,
                                             synapsed::ModuleMetadata{"1.0.0"}.with_tag("example"));
  if (!math) return fail(math.error());

  const auto context = synapsed::ExecutionContext{}.with_timeout(std::chrono::seconds{1});
  const auto sum = runtime->execute_function(*math, "add", {10, 20}, context);
  if (!sum) return fail(sum.error());

  std::printf("10 + 20 = %s\n", sum->values[0].to_text().c_str());
  std::printf("%llu function executed, %.1f us\n",
              static_cast<unsigned long long>(runtime->get_stats().functions_executed),
              static_cast<double>(sum->usage.duration_ns) / 1e3);
  return 0;
}
