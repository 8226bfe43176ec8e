// The life of a module: load, compile and validate, instantiate and link, execute, monitor, persist its
// state; and a new version of it that goes on where the old one was.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <type_traits>
#include <utility>

#include <synapsed/module_system.hpp>
#include <synapsed/synapsed.hpp>

namespace {

using synapsed::ModuleEvent;
using synapsed::ModuleManifest;
using synapsed::ModuleRegistry;
using synapsed::ModuleSystem;
using synapsed::WasmRuntime;

constexpr std::string_view kManifest = R"(
name = "shop/visits"
version = "{}"
description = "Counts visits"
instance_policy = "persistent"
)";

/// Counts in steps; says its state, and takes that of another version.
constexpr std::string_view kCounter = R"((module
  (@custom "synapsed:interface" "visit: func() -> u32; state: func() -> list<u8>; migrate: func(old-version: string, state: list<u8>);")
  (import "shop" "opened" (func $opened (result i32)))
  (memory (export "memory") 1)
  (global $visits (mut i32) (i32.const 0))
  (global $free (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $free (i32.add (global.get $free) (i32.const 64)))
    (i32.sub (global.get $free) (i32.const 64)))
  (func (export "health") (result i32) (call $opened))
  (func (export "visit") (result i32)
    (global.set $visits (i32.add (global.get $visits) (i32.const {})))
    (global.get $visits))
  (func (export "state") (result i32)
    (i32.store (i32.const 16) (global.get $visits))
    (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 4))
    (i32.const 0))
  (func (export "migrate") (param i32 i32 i32 i32)
    (global.set $visits (i32.load (local.get 2))))))";

/// The value, or the end of the program with the error.
template <typename T>
T must(synapsed::Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().to_string().c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// `text` with what its `{}` stands for.
std::string filled(std::string_view text, const std::string& with) {
  std::string out(text);
  return out.replace(out.find("{}"), 2, with);
}

void add(ModuleRegistry& registry, const std::string& version, int step) {
  const auto manifest = must(ModuleManifest::parse(filled(kManifest, version), "module.toml"));
  const auto wasm = must(synapsed::wat_to_wasm(filled(kCounter, std::to_string(step))));
  must(registry.add(wasm, manifest));
}

std::string visit(ModuleSystem& system) {
  return must(system.call("shop/visits", "visit", {})).values[0].to_text();
}

}  // namespace

int main() {
  auto config = synapsed::RuntimeConfig::production();
  config.pooling.enable = false;
  config.snapshots.enable = true;
  auto runtime = must(WasmRuntime::create(config));
  runtime.host_functions().define("shop", "opened", [] { return std::int32_t{1}; });
  auto registry = ModuleRegistry::in_memory();
  add(registry, "1.0.0", 1);
  add(registry, "2.0.0", 10);
  add(registry, "3.0.0", 100);

  ModuleSystem system(runtime, registry);
  system.subscribe([](const ModuleEvent& event) {
    std::printf("%s %s\n", event.version.to_string().c_str(), std::string(to_string(event.state)).c_str());
  });

  // Load, compile and validate, instantiate and link.
  must(system.start("shop/visits@1.0.0"));

  // Execute.
  std::printf("visits: %s\n", visit(system).c_str());
  std::printf("visits: %s\n", visit(system).c_str());

  // Upgrade, with its state, and back.
  must(system.upgrade("shop/visits@2.0.0"));
  std::printf("visits: %s\n", visit(system).c_str());
  must(system.rollback("shop/visits"));
  std::printf("visits: %s\n", visit(system).c_str());

  // Monitor.
  const auto status = must(system.status("shop/visits"));
  const auto stats = runtime.get_stats();
  std::printf("calls: %llu, failed: %llu, modules: %llu\n",
              static_cast<unsigned long long>(status.serving.calls),
              static_cast<unsigned long long>(status.serving.failed),
              static_cast<unsigned long long>(stats.modules_loaded));

  // Persist its state.
  const auto snapshot = must(runtime.snapshot(status.serving.id));
  must(registry.save_snapshot("visits", snapshot));
  visit(system);
  must(runtime.restore(status.serving.id, must(registry.load_snapshot("visits"))));
  std::printf("visits: %s\n", visit(system).c_str());
  return 0;
}
