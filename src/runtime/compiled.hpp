#pragma once

/// \file
/// Compiled code: one copy for all who load the same bytes, and a place where it outlives the process.
///
/// Thread rule: `CompiledModule` is immutable; `CompiledModules` is safe from any thread.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <synapsed/config.hpp>
#include <synapsed/error.hpp>
#include <synapsed/stats.hpp>

#include "base/sha256.hpp"
#include "base/sync.hpp"
#include "bytecode/gas/positions.hpp"
#include "engine/engine.hpp"
#include "engine/module.hpp"

namespace synapsed {

/// What the pass left behind that made a module count or export its state.
struct Instrumentation {
  bytecode::PositionMap positions;
  std::uint32_t functions = 0;  ///< of the original
};

struct CompiledModule {
  engine::Module module;
  std::optional<Instrumentation> instrumentation;  ///< none: the module is as it was given
};

/// Bytes of compiled code that are held now.
using CodeBytes = std::atomic<std::uint64_t>;

/// Compiled code on disk.
class CodeStore {
 public:
  CodeStore() = default;
  CodeStore(const CodeStore&) = delete;
  CodeStore& operator=(const CodeStore&) = delete;
  virtual ~CodeStore() = default;

  /// Nothing: it must be compiled.
  [[nodiscard]] virtual std::optional<CompiledModule> find(const engine::Engine& engine,
                                                           const Sha256Digest& module) = 0;
  virtual void put(const Sha256Digest& module, const CompiledModule& compiled) = 0;
  [[nodiscard]] virtual CodeCacheStats stats() const = 0;
};

/// The one that `compilation.cache_directory` names; null when it names none. Errors: those of
/// `code_cache::Cache::open`.
[[nodiscard]] Result<std::shared_ptr<CodeStore>> open_code_store(const RuntimeConfig& config);

class CompiledModules {
 public:
  using Compile = std::function<Result<CompiledModule>()>;

  /// `store` may be null.
  explicit CompiledModules(std::shared_ptr<CodeStore> store) : store_(std::move(store)) {}

  /// That of the module with this digest: what another holds, or what the store has, or what `compile`
  /// makes, which runs once however many ask at once. Errors: those of `compile`.
  [[nodiscard]] Result<std::shared_ptr<const CompiledModule>> get(const engine::Engine& engine,
                                                                  const Sha256Digest& module,
                                                                  const Compile& compile);
  /// The same, unless it would have to be compiled, or is being; then null.
  [[nodiscard]] std::shared_ptr<const CompiledModule> find(const engine::Engine& engine,
                                                           const Sha256Digest& module);
  /// Whether what is given up comes back without being compiled.
  [[nodiscard]] bool has_store() const { return store_ != nullptr; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_->load(std::memory_order_relaxed); }
  [[nodiscard]] CodeCacheStats stats() const;

 private:
  struct Slot {
    std::weak_ptr<const CompiledModule> made;
    bool is_being_made = false;
  };

  /// What is held, which is counted until it is not.
  std::shared_ptr<const CompiledModule> hold(CompiledModule compiled) const;
  std::shared_ptr<const CompiledModule> claim(const Sha256Digest& module);
  Result<std::shared_ptr<const CompiledModule>> make(const engine::Engine& engine,
                                                     const Sha256Digest& module,
                                                     const Compile& compile);

  const std::shared_ptr<CodeStore> store_;
  const std::shared_ptr<CodeBytes> bytes_ = std::make_shared<CodeBytes>(0);
  mutable Mutex mutex_;
  Condition made_;
  std::map<Sha256Digest, Slot> slots_;  // under mutex_
  std::uint64_t shared_ = 0;            // under mutex_
  std::uint64_t compiled_ = 0;          // under mutex_
};

}  // namespace synapsed
