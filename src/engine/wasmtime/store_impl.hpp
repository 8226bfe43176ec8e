#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include <synapsed_deps.h>

#include "engine/profiler.hpp"
#include "engine/store.hpp"
#include "engine/wasmtime/engine_impl.hpp"

namespace synapsed::engine {

struct MemoryPool::Impl {
  synapsed_pool pool{};
};

/// Shared by a store and its interrupts, so that an interrupt may outlive its store.
struct Interrupt::Impl {
  explicit Impl(Store::Impl& owner) : store(&owner) {}
  std::mutex mutex;
  Store::Impl* store;  // under the mutex; null when it is gone
};

struct Store::Impl {
  explicit Impl(const Engine& engine_handle);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  enum class Interruption : std::uint8_t { kNone, kDeadline, kCancelled };

  /// Why a guest must stop at `now` (see `now_ns`). Safe in a signal handler.
  [[nodiscard]] Interruption due(std::int64_t now) const;

  Engine engine;
  Watch watch;
  /// Where the engine notes the frame that guests are left through (see
  /// `synapsed_exit_frame_slot`); null when guests are not stopped by signals.
  std::uintptr_t* exit_frame = nullptr;
  std::shared_ptr<Interrupt::Impl> interrupt;  // made when it is first asked for
  synapsed_account account{};
  Interruption interruption = Interruption::kNone;
  std::unique_ptr<Stop> host_stop;                // why a host function ended the guest
  std::optional<wasmtime_memory_t> guest_memory;  // the export `memory`, once a host call asked
  void* user = nullptr;
  Profiler* profiler = nullptr;  // null: the guest is not profiled
  bool used_slice = false;
  StoreHandle store;  // points to the account
  wasmtime_context_t* context = nullptr;
};

/// The export at that index, when it has that kind; the caller deletes it, which only a shared memory
/// needs.
[[nodiscard]] std::optional<wasmtime_extern_t> export_at(wasmtime_context_t* context,
                                                         const Instance& instance,
                                                         const ExportIndex& index,
                                                         wasmtime_extern_kind_t kind);

}  // namespace synapsed::engine
