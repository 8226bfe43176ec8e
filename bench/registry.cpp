// A registry of a hundred modules with a hundred versions each, and what versions that retire leave in memory.
//
//     bench_registry [DIRECTORY]     where it is made (default: a temporary one)

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <synapsed/module_system.hpp>
#include <unistd.h>

#include "bench/measure.hpp"
#include "bench/raw_engine.hpp"

namespace synapsed::bench {
namespace {

constexpr int kModules = 100;
constexpr int kVersions = 100;
constexpr double kMostMs = 5;
constexpr int kRounds = 10;
constexpr int kUpgradesPerRound = 50;
constexpr double kMostGrowth = 1.05;

std::string name_of(int module) { return fmt::format("shop/module-{:03}", module); }

/// Code that differs from version to version, of some size.
Bytes module_of(int number) {
  std::string wat = "(module (memory 1)";
  for (int i = 0; i < 100; ++i) {
    wat += fmt::format(
        "(func (export \"f{}\") (param i32) (result i32) (i32.mul (i32.add (local.get 0) (i32.const {})) (i32.const {})))",
        i, number, i);
  }
  return must(wat_to_wasm(wat + ")"));
}

ModuleManifest manifest_of(int module, int version) {
  ModuleManifest manifest;
  manifest.name = name_of(module);
  manifest.version = must(SemanticVersion::parse(fmt::format("1.{}.0", version)));
  manifest.tags = {"shop", fmt::format("group-{}", module % 10)};
  manifest.capabilities = {{"storage.read", "to know what there is"}};
  return manifest;
}

bool report(std::string_view what, double taken_ms) {
  fmt::print("{:<48} {:>8.3f} ms  at most {}{}\n", what, taken_ms, kMostMs,
             taken_ms <= kMostMs ? "" : "  MISSED");
  return taken_ms <= kMostMs;
}

template <typename Operation>
double median_ms(const Operation& operation) {
  std::vector<double> times;
  for (int i = 0; i < 21; ++i) {
    times.push_back(time_of([&](std::uint64_t) { operation(); }, 1) / 1e6);
  }
  return median(times);
}

bool measure_lookups(const std::string& directory) {
  {
    const Bytes wasm = module_of(0);
    ModuleRegistry registry = must(ModuleRegistry::open(directory));
    for (int module = 0; module < kModules; ++module) {
      for (int version = 0; version < kVersions; ++version) {
        must(registry.add(wasm, manifest_of(module, version)));
      }
      fmt::print(stderr, "\r{} modules with {} versions each", module + 1, kVersions);
    }
    fmt::print(stderr, "\n");
  }
  fmt::print("{} modules with {} versions each; the index has {} KiB\n", kModules, kVersions,
             std::filesystem::file_size(directory + "/index") / 1024);
  const ModuleRegistry registry = must(ModuleRegistry::open(directory));
  bool is_well = report("open", median_ms([&] { must(ModuleRegistry::open(directory)); }));
  is_well &= report("open, and find NAME@RANGE", median_ms([&] {
                      must(must(ModuleRegistry::open(directory)).find(name_of(57) + "@^1.20"));
                    }));
  is_well &= report("find NAME@RANGE", median_ms([&] { must(registry.find(name_of(57) + "@^1.20")); }));
  const std::string digest = "sha256:" + must(registry.find(name_of(57))).sha256;
  is_well &= report("find sha256:DIGEST", median_ms([&] { must(registry.find(digest)); }));
  is_well &= report("list one module", median_ms([&] { must(registry.list({.name = name_of(57), .range = {}, .tag = {}, .capability = {}})); }));
  is_well &= report("list a tag (1,000 versions)", median_ms([&] { must(registry.list({.name = {}, .range = {}, .tag = "group-3", .capability = {}})); }));
  is_well &= report("list everything (10,000 versions)", median_ms([&] { must(registry.list()); }));
  return is_well;
}

/// Resident memory, in bytes.
double resident() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t pages = 0;
  statm >> pages >> pages;
  return static_cast<double>(pages) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// Whether memory stays flat over rounds of upgrades to code that was never there before.
bool measure_memory() {
  RuntimeConfig config = RuntimeConfig::production();
  config.pooling.enable = false;
  WasmRuntime runtime = must(WasmRuntime::create(config));
  ModuleRegistry registry = ModuleRegistry::in_memory();
  ModuleSystem system(runtime, registry);
  int number = 0;
  const auto upgrade = [&] {
    const ModuleManifest manifest = manifest_of(0, ++number);
    must(registry.add(module_of(number), manifest));
    must(system.upgrade(manifest.name));
    must(system.call(manifest.name, "f1", {1}));
    // The registry is in memory, too: what it keeps is no memory of the runtime's.
    if (number > 2) must(registry.remove(manifest.name, manifest_of(0, number - 2).version));
    must(registry.collect());
  };
  double first = 0;
  double largest = 0;
  for (int round = 0; round < kRounds + 1; ++round) {
    for (int i = 0; i < kUpgradesPerRound; ++i) upgrade();
    const double now = resident();
    if (round == 0) continue;  // the allocator's first
    if (round == 1) first = now;
    largest = std::max(largest, now);
    fmt::print("round {:>2}: {:.1f} MiB, {} modules loaded\n", round, now / (1 << 20),
               runtime.get_stats().modules_loaded);
  }
  const bool is_flat = largest <= first * kMostGrowth;
  fmt::print("{} upgrades: at most {:.3f} of the first round  at most {}{}\n", number, largest / first,
             kMostGrowth, is_flat ? "" : "  MISSED");
  return is_flat;
}

int run(std::string directory) {
  const bool is_temporary = directory.empty();
  if (is_temporary) {
    directory = (std::filesystem::temp_directory_path() / "bench-registry-XXXXXX").string();
    if (::mkdtemp(directory.data()) == nullptr) return 1;
  }
  bool is_well = measure_lookups(directory);
  is_well &= measure_memory();
  if (is_temporary) std::filesystem::remove_all(directory);
  return is_well ? 0 : 1;
}

}  // namespace
}  // namespace synapsed::bench

int main(int count, char** arguments) {
  return synapsed::bench::run(count > 1 ? arguments[1] : "");
}
