#include "engine/wasmtime/guest_code.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <map>
#include <mutex>
#include <vector>

#include <synapsed_deps.h>

namespace synapsed::engine {
namespace {

using Ranges = std::vector<synapsed_code_range>;

/// By the address of their text. A spin lock, because a signal handler can only try one.
struct Registry {
  void lock() {
    while (taken.test_and_set(std::memory_order_acquire)) {
    }
  }
  bool try_lock() { return !taken.test_and_set(std::memory_order_acquire); }
  void unlock() { taken.clear(std::memory_order_release); }

  std::map<std::uintptr_t, Ranges> modules;

 private:
  std::atomic_flag taken;
};

/// Never destroyed: modules may be dropped while the process ends.
Registry& registry() {
  static auto* const instance = new Registry;
  return *instance;
}

Ranges ranges_of(const wasmtime_module_t* module, std::uintptr_t& text) {
  const std::uint8_t* start = nullptr;
  Ranges ranges(synapsed_module_code(module, &start, nullptr, 0));
  synapsed_module_code(module, &start, ranges.data(), ranges.size());
  text = std::bit_cast<std::uintptr_t>(start);
  std::ranges::sort(ranges, {}, &synapsed_code_range::start);
  return ranges;
}

}  // namespace

GuestCode::GuestCode(const wasmtime_module_t* module) {
  std::map<std::uintptr_t, Ranges> made;  // nothing is allocated under the lock
  auto ranges = ranges_of(module, text_);
  made.emplace(text_, std::move(ranges));
  auto node = made.extract(made.begin());
  const std::lock_guard lock(registry());
  registry().modules.insert(std::move(node));
}

GuestCode::~GuestCode() {
  std::map<std::uintptr_t, Ranges>::node_type gone;
  const std::lock_guard lock(registry());
  gone = registry().modules.extract(text_);
}

bool contains_guest_code(std::uintptr_t address) {
  Registry& known = registry();
  if (!known.try_lock()) return false;
  const std::lock_guard lock(known, std::adopt_lock);
  auto module = known.modules.upper_bound(address);
  if (module == known.modules.begin()) return false;
  --module;
  const std::uint64_t offset = address - module->first;
  const Ranges& ranges = module->second;
  const auto after = std::ranges::upper_bound(ranges, offset, {}, [](const auto& range) {
    return std::uint64_t{range.start};
  });
  return after != ranges.begin() && offset < std::prev(after)->end;
}

}  // namespace synapsed::engine
