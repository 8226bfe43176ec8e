// The smallest host: the README's example.

#include <iostream>

#include <synapsed/synapsed.hpp>

int main() {
  auto runtime = synapsed::WasmRuntime::create().value();
  auto math = runtime.load_module_wat("math", R"((module
    (func (export "add") (param i32 i32) (result i32)
      (i32.add (local.get 0) (local.get 1)))))");
  if (!math) return std::cerr << math.error().to_string() << '\n', 1;

  auto sum = runtime.execute_function(*math, "add", {10, 20});
  if (!sum) return std::cerr << sum.error().to_string() << '\n', 1;
  std::cout << "10 + 20 = " << sum->values[0].to_text() << '\n';
}
