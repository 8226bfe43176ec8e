// Loading a module whose code is kept, beside what the engine alone needs to map its own file.
//
//     bench_code_cache PROGRAMS     a directory with programs in directories of their own

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "base/files.hpp"
#include "bench/measure.hpp"
#include "bench/raw_engine.hpp"

namespace synapsed::bench {
namespace {

constexpr double kMostNs = 1e6;  // and 1.2 times what the engine needs
constexpr double kMostRatio = 1.2;
constexpr std::uint64_t kProgramBytesMax = 64 << 20;

/// A directory that ends with its owner.
class Folder {
 public:
  Folder() : path_(::mkdtemp(pattern_.data())) {}
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string pattern_ = (std::filesystem::temp_directory_path() / "bench-code-cache-XXXXXX").string();
  std::string path_;
};

RuntimeConfig config_for(RuntimeConfig config, const std::string& directory) {
  config.pooling.enable = false;
  config.security.unknown_imports = UnknownImports::kTrap;
  config.security.strict_validation = false;
  config.security.allow_floats = true;
  config.security.disable_unsafe_host_functions = false;
  config.compilation.cache_directory = directory;
  return config;
}

/// What the engine writes for the module as it was given.
std::string serialise(const RawEngine& raw, const Bytes& wasm, const std::string& path) {
  wasmtime_module_t* module = nullptr;
  must(wasmtime_module_new(raw.get(), reinterpret_cast<const std::uint8_t*>(wasm.data()),
                           wasm.size(), &module));
  wasm_byte_vec_t code;
  must(wasmtime_module_serialize(module, &code));
  must(write_file_atomically(path, {reinterpret_cast<const std::byte*>(code.data), code.size}));
  wasm_byte_vec_delete(&code);
  wasmtime_module_delete(module);
  return path;
}

/// Whether it stays below what it may take.
bool measure(const std::string& name, const Bytes& wasm, const RuntimeConfig& config) {
  WasmRuntime runtime = must(WasmRuntime::create(config));
  const auto first = must(runtime.module_info(must(runtime.load_module(name, wasm))));
  must(runtime.unload_module(first.id));
  const RawEngine raw(config);
  const std::string file = serialise(raw, wasm, config.compilation.cache_directory + "/../raw");

  const auto ours = [&](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      must(runtime.unload_module(must(runtime.load_module(name, wasm))));
    }
  };
  const auto theirs = [&](std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      wasmtime_module_t* module = nullptr;
      must(wasmtime_module_deserialize_file(raw.get(), file.c_str(), &module));
      wasmtime_module_delete(module);
    }
  };
  const Pair pair = compare(ours, theirs, 20, 15);
  const CodeCacheStats stats = runtime.get_stats().code_cache;
  if (stats.compiled != 1 || stats.refused != 0) {
    fmt::print(stderr, "{} was compiled {} times\n", name, stats.compiled);
    std::exit(1);
  }
  const double most = kMostNs + kMostRatio * pair.raw;
  fmt::print("{:<22} {:>8.1f} KiB {:>9.1f} us  deserialize_file {:>7.1f} us  at most {:>7.1f}  compiled in {:>6.1f} ms{}\n",
             name, static_cast<double>(std::filesystem::file_size(file)) / 1024, pair.ours / 1000,
             pair.raw / 1000, most / 1000, static_cast<double>(first.compile_time.count()) / 1e6,
             pair.ours <= most ? "" : "  MISSED");
  return pair.ours <= most;
}

int run(const std::string& programs) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(programs)) {
    if (entry.path().extension() == ".wasm") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  const Folder folder;
  int missed = 0;
  for (const char* profile : {"production", "blockchain"}) {
    fmt::print("{}\n", profile);
    const RuntimeConfig config =
        config_for(must(RuntimeConfig::named(profile)), folder.path() + "/" + profile);
    for (const auto& file : files) {
      const Bytes wasm = must(read_file(file.string(), kProgramBytesMax));
      if (!validate_module(wasm)) continue;  // a component
      missed += measure(file.parent_path().filename().string(), wasm, config) ? 0 : 1;
    }
  }
  return missed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace synapsed::bench

int main(int count, char** arguments) {
  if (count == 2) return synapsed::bench::run(arguments[1]);
  std::fputs("usage: bench_code_cache PROGRAMS\n", stderr);
  return 2;
}
