// Host functions in two versions side by side, one that is replaced, and one for one module alone.

#include <cstdio>
#include <memory>
#include <string>

#include <synapsed/synapsed.hpp>

namespace {

constexpr std::string_view kOldShop = R"((module
  (import "price@1" "of" (func $of (param i32) (result i32)))
  (func (export "total") (result i32) (call $of (i32.const 3)))
))";

constexpr std::string_view kNewShop = R"((module
  (import "price@2" "of" (func $of (param i32 i32) (result i32)))
  (func (export "total") (result i32) (call $of (i32.const 3) (i32.const 2)))
))";

void print(const char* what, const synapsed::Result<synapsed::ExecutionResult>& result) {
  std::printf("%s: %s\n", what,
              result ? result->values[0].to_text().c_str() : result.error().to_string().c_str());
}

}  // namespace

int main() {
  auto runtime = synapsed::WasmRuntime::create().value();
  auto& host = runtime.host_functions();

  // The version is a part of the module name that guests import.
  host.define("price@1", "of", [](std::int32_t item) { return item * 10; });
  host.define("price@2", "of",
              [](std::int32_t item, std::int32_t count) { return item * 10 * count; });
  const auto old_shop = runtime.load_module_wat("old", kOldShop).value();
  const auto new_shop = runtime.load_module_wat("new", kNewShop).value();
  print("old", runtime.execute_function(old_shop, "total", {}));
  print("new", runtime.execute_function(new_shop, "total", {}));

  // Instances made from now on call the new one; modules need not be loaded again.
  host.define("price@1", "of", [](std::int32_t item) { return item * 11; });
  print("replaced", runtime.execute_function(old_shop, "total", {}));

  // A module's own functions come before the runtime's of the same name.
  auto own = std::make_shared<synapsed::HostFunctions>();
  own->define("price@1", "of", [](std::int32_t) { return 1; });
  const auto outlet =
      runtime
          .load_module_wat("outlet", kOldShop,
                           synapsed::ModuleMetadata{"1.0.0"}.with_host_functions(own))
          .value();
  print("its own", runtime.execute_function(outlet, "total", {}));
  return 0;
}
