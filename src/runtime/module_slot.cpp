#include "runtime/module_slot.hpp"

#include <utility>

#include "base/try.hpp"

namespace synapsed {
namespace {

bool can_be_released(const RuntimeState& state) {
  return state.config.memory.enable_gc && state.compiled->has_store() &&
         !state.config.metering.profile;
}

Bytes kept(const RuntimeState& state, const LoadedModule& loaded, std::span<const std::byte> wasm) {
  if (!can_be_released(state) && !loaded.info.awaits_optimised_code) return {};
  return {wasm.begin(), wasm.end()};
}

}  // namespace

ModuleSlot::ModuleSlot(const RuntimeState& state, std::shared_ptr<LoadedModule> loaded,
                       std::span<const std::byte> wasm)
    : info_(loaded->info),
      record_(loaded->record),
      wasm_(kept(state, *loaded, wasm)),
      awaits_optimised_(info_.awaits_optimised_code),
      loaded_(std::move(loaded)) {}

ModuleInfo ModuleSlot::info() const {
  ModuleInfo info = info_;
  info.restarts = record_->persistent.restarts();
  info.awaits_optimised_code = awaits_optimised_;
  return info;
}

std::shared_ptr<LoadedModule> ModuleSlot::code_if_held() const {
  const SharedLock<SharedMutex> lock(mutex_);
  return loaded_;
}

Result<std::shared_ptr<LoadedModule>> ModuleSlot::code(const RuntimeState& state) {
  if (auto held = code_if_held()) return held;
  const Lock<Mutex> one_at_a_time(loading_);
  if (auto held = code_if_held()) return held;
  auto loaded = TRY(load_again(state));
  const Lock<SharedMutex> lock(mutex_);
  loaded_ = loaded;
  return loaded;
}

Result<std::shared_ptr<LoadedModule>> ModuleSlot::load_again(const RuntimeState& state) const {
  auto loaded = TRY(load(state, {.name = info_.name,
                                 .wasm = wasm_,
                                 .metadata = info_.metadata,
                                 .record = record_,
                                 .is_optimised = true}));
  loaded->info.id = info_.id;
  return std::shared_ptr<LoadedModule>(std::move(loaded));
}

bool ModuleSlot::optimise(const RuntimeState& state) {
  auto loaded = load_again(state);
  const bool is_done = loaded.has_value();
  std::shared_ptr<LoadedModule> before;  // destroyed after the lock
  {
    const Lock<SharedMutex> lock(mutex_);
    if (is_done) before = std::exchange(loaded_, std::move(*loaded));
  }
  awaits_optimised_ = false;
  return is_done;
}

bool ModuleSlot::release(const RuntimeState& state) {
  if (!can_be_released(state) || awaits_optimised_) return false;
  std::shared_ptr<LoadedModule> idle;  // destroyed after the lock
  const Lock<SharedMutex> lock(mutex_);
  const bool is_idle = loaded_ != nullptr && loaded_.use_count() == 1;
  if (!is_idle || loaded_->compiled.use_count() != 1) return false;  // another module has the same code
  if (is_persistent()) {
    Gate::Place place;
    if (!record_->gate->enter_if_idle(place) || record_->persistent.live) return false;
  }
  idle = std::move(loaded_);
  return true;
}

}  // namespace synapsed
