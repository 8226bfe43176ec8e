#pragma once

#include <memory>
#include <optional>

#include <synapsed_deps.h>

#include "engine/store.hpp"
#include "engine/wasmtime/engine_impl.hpp"

namespace synapsed::engine {

struct MemoryPool::Impl {
  synapsed_pool pool{};
};

/// Shared by a store and its interrupts, so that an interrupt may outlive its store.
struct Interrupt::Impl {
  explicit Impl(Engine engine_handle) : engine(std::move(engine_handle)) {}
  Engine engine;  // keeps the ticker alive
  Watch watch;
};

struct Store::Impl {
  explicit Impl(const Engine& engine_handle);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  enum class Interruption : std::uint8_t { kNone, kDeadline, kCancelled };

  Engine engine;
  std::shared_ptr<Interrupt::Impl> interrupt;
  synapsed_account account{};
  Interruption interruption = Interruption::kNone;
  std::unique_ptr<Stop> host_stop;                // why a host function ended the guest
  std::optional<wasmtime_memory_t> guest_memory;  // the export `memory`, once a host call asked
  void* user = nullptr;
  bool used_slice = false;
  StoreHandle store;  // points to the account
  wasmtime_context_t* context = nullptr;
};

}  // namespace synapsed::engine
