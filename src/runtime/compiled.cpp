#include "runtime/compiled.hpp"

#include <utility>

namespace synapsed {

Result<std::shared_ptr<const CompiledModule>> CompiledModules::get(const engine::Engine& engine,
                                                                   const Sha256Digest& module,
                                                                   const Compile& compile) {
  if (auto made = claim(module)) return made;
  auto made = make(engine, module, compile);
  {
    const Lock<Mutex> lock(mutex_);
    if (made) {
      slots_[module] = {.made = *made};
    } else {
      slots_.erase(module);
    }
  }
  made_.notify_all();
  return made;
}

/// What there is, or null: the caller makes it.
std::shared_ptr<const CompiledModule> CompiledModules::claim(const Sha256Digest& module) {
  Lock<Mutex> lock(mutex_);
  made_.wait(lock, [&] { return !slots_[module].is_being_made; });
  if (auto made = slots_[module].made.lock()) {
    ++shared_;
    return made;
  }
  std::erase_if(slots_, [](const auto& slot) {
    return !slot.second.is_being_made && slot.second.made.expired();
  });
  slots_[module].is_being_made = true;
  return nullptr;
}

Result<std::shared_ptr<const CompiledModule>> CompiledModules::make(const engine::Engine& engine,
                                                                    const Sha256Digest& module,
                                                                    const Compile& compile) {
  if (store_) {
    if (auto found = store_->find(engine, module)) {
      return hold(std::move(*found));
    }
  }
  auto compiled = compile();
  if (!compiled) return std::unexpected(std::move(compiled).error());
  if (store_) store_->put(module, *compiled);
  const Lock<Mutex> lock(mutex_);
  ++compiled_;
  return hold(std::move(*compiled));
}

std::shared_ptr<const CompiledModule> CompiledModules::find(const engine::Engine& engine,
                                                            const Sha256Digest& module) {
  {
    const Lock<Mutex> lock(mutex_);
    const auto slot = slots_.find(module);
    if (slot != slots_.end()) {
      if (slot->second.is_being_made) return nullptr;
      if (auto made = slot->second.made.lock()) {
        ++shared_;
        return made;
      }
    }
  }
  if (!store_) return nullptr;
  auto found = store_->find(engine, module);
  if (!found) return nullptr;
  auto made = hold(std::move(*found));
  const Lock<Mutex> lock(mutex_);
  Slot& slot = slots_[module];
  if (!slot.is_being_made) slot.made = made;
  return made;
}

std::shared_ptr<const CompiledModule> CompiledModules::hold(CompiledModule compiled) const {
  const std::uint64_t size = compiled.module.code_bytes();
  bytes_->fetch_add(size, std::memory_order_relaxed);
  return {new CompiledModule(std::move(compiled)), [bytes = bytes_, size](const CompiledModule* held) {
            delete held;
            bytes->fetch_sub(size, std::memory_order_relaxed);
          }};
}

CodeCacheStats CompiledModules::stats() const {
  CodeCacheStats stats = store_ ? store_->stats() : CodeCacheStats{};
  const Lock<Mutex> lock(mutex_);
  stats.shared = shared_;
  stats.compiled = compiled_;
  return stats;
}

}  // namespace synapsed
