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
      return std::make_shared<const CompiledModule>(std::move(*found));
    }
  }
  auto compiled = compile();
  if (!compiled) return std::unexpected(std::move(compiled).error());
  if (store_) store_->put(module, *compiled);
  const Lock<Mutex> lock(mutex_);
  ++compiled_;
  return std::make_shared<const CompiledModule>(std::move(*compiled));
}

CodeCacheStats CompiledModules::stats() const {
  CodeCacheStats stats = store_ ? store_->stats() : CodeCacheStats{};
  const Lock<Mutex> lock(mutex_);
  stats.shared = shared_;
  stats.compiled = compiled_;
  return stats;
}

}  // namespace synapsed
