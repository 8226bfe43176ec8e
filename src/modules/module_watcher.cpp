#include <synapsed/module_watcher.hpp>

#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <synapsed/inspect.hpp>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "base/try.hpp"

namespace synapsed {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kModuleBytesMax = std::uint64_t{256} << 20;
constexpr std::uint64_t kManifestBytesMax = 4 << 20;

/// What changes when a module or its manifest does.
struct Stamp {
  fs::file_time_type module_time;
  std::uintmax_t bytes = 0;
  fs::file_time_type manifest_time;
  bool operator==(const Stamp&) const = default;
};

bool is_module(const fs::path& path) {
  return path.extension() == ".wasm" || path.extension() == ".wat";
}

fs::path manifest_beside(const fs::path& path) { return path.parent_path() / "module.toml"; }

/// The zero stamp where a file went away meanwhile.
Stamp stamp_of(const fs::path& path) {
  std::error_code code;
  Stamp stamp{.module_time = fs::last_write_time(path, code),
              .bytes = fs::file_size(path, code),
              .manifest_time = {}};
  if (code) return {};
  const auto manifest_time = fs::last_write_time(manifest_beside(path), code);
  if (!code) stamp.manifest_time = manifest_time;
  return stamp;
}

void collect(const fs::path& directory, int depth, std::map<std::string, Stamp>& found) {
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(directory, code)) {
    std::error_code ignored;  // what cannot be looked at is no module
    if (entry.is_directory(ignored)) {
      if (depth == 0) collect(entry.path(), depth + 1, found);
    } else if (entry.is_regular_file(ignored) && is_module(entry.path())) {
      found.emplace(entry.path().string(), stamp_of(entry.path()));
    }
  }
}

Result<ModuleManifest> manifest_of(const fs::path& path) {
  const std::string beside = manifest_beside(path).string();
  if (fs::exists(beside)) {
    const Bytes text = TRY(read_file(beside, kManifestBytesMax));
    return ModuleManifest::parse(as_text(text), beside);
  }
  ModuleManifest manifest;
  manifest.name = path.stem().string();
  if (is_module_name(manifest.name)) return manifest;
  return std::unexpected(
      Error(ErrorCode::kManifestInvalid, fmt::format("\"{}\" is no module's name", manifest.name))
          .at(path.string())
          .help("name it in a module.toml beside it"));
}

Result<Bytes> wasm_of(const std::string& path) {
  Bytes bytes = TRY(read_file(path, kModuleBytesMax));
  return path.ends_with(".wat") ? wat_to_wasm(as_text(bytes)) : bytes;
}

}  // namespace

struct ModuleWatcher::Impl {
  ModuleSystem& system;
  ModuleRegistry& registry;
  const std::string directory;
  const std::function<void(const Change&)> told;
  const std::chrono::milliseconds interval;

  std::map<std::string, Stamp> served;   // what was last read, by path
  std::map<std::string, Stamp> before;   // what was there a moment ago
  std::uint64_t last_number = 0;

  std::mutex mutex;
  std::condition_variable wake;
  bool is_over = false;  // under mutex
  std::thread thread;    // the last member: it uses the others

  Impl(ModuleSystem& of, ModuleRegistry& in, std::string watched, std::function<void(const Change&)> tell,
       std::chrono::milliseconds every)
      : system(of),
        registry(in),
        directory(std::move(watched)),
        told(std::move(tell)),
        interval(every),
        thread([this] { run(); }) {}
  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      is_over = true;
    }
    wake.notify_all();
    thread.join();
  }

  void run() {
    std::unique_lock lock(mutex);
    while (!is_over) {
      lock.unlock();
      look();
      lock.lock();
      wake.wait_for(lock, interval, [&] { return is_over; });
    }
  }

  void look() {
    std::map<std::string, Stamp> now;
    collect(directory, 0, now);
    for (const auto& [path, stamp] : now) {
      const auto earlier = before.find(path);
      const bool rests = earlier != before.end() && earlier->second == stamp && stamp != Stamp{};
      const auto last = served.find(path);
      if (!rests || (last != served.end() && last->second == stamp)) continue;
      served[path] = stamp;
      take(path);
    }
    before = std::move(now);
  }

  void take(const std::string& path) {
    Change change{.path = path, .module = {}, .error = {}};
    auto added = add(path);
    if (added) {
      change.module = *added;
      if (auto upgraded = system.upgrade(added->reference()); !upgraded) change.error = upgraded.error();
    } else {
      change.error = std::move(added).error();
    }
    told(change);
  }

  Result<RegisteredModule> add(const std::string& path) {
    ModuleManifest manifest = TRY(manifest_of(path));
    const Bytes wasm = TRY(wasm_of(path));
    manifest.version.build.clear();
    // Another process may have used the number: the registry says so.
    for (;;) {
      manifest.version.prerelease = fmt::format("dev.{}", ++last_number);
      auto added = registry.add(wasm, manifest);
      if (added || added.error().code() != ErrorCode::kRegistryExists) return added;
    }
  }
};

ModuleWatcher::ModuleWatcher(ModuleSystem& system, ModuleRegistry& registry, std::string directory,
                             std::function<void(const Change&)> told,
                             std::chrono::milliseconds interval)
    : impl_(std::make_unique<Impl>(system, registry, std::move(directory), std::move(told), interval)) {}
ModuleWatcher::ModuleWatcher(ModuleWatcher&&) noexcept = default;
ModuleWatcher& ModuleWatcher::operator=(ModuleWatcher&&) noexcept = default;
ModuleWatcher::~ModuleWatcher() = default;

}  // namespace synapsed
