#pragma once

/// \file
/// Stopping a guest from outside without a single instruction in its code.
///
/// Every other way makes the guest look whether it should stop: a check at each loop header. Here a
/// signal is sent to the thread that runs the guest. When it arrives inside a guest's function and
/// that guest's time is over, the handler makes the thread go on as if the guest had called a
/// function that is `unreachable`: an ordinary trap, which the engine unwinds as any other. When it
/// arrives in a host function or in the engine's library (`memory.fill`), the handler has that
/// return to the same function instead of the guest. When neither can be, between the two, the
/// ticker sends another signal. The guest is between two machine instructions, so an instance
/// stopped this way is given up.
///
/// The signal is SIGURG, ignored by default; another handler for it is still called. Only
/// x86-64 Linux; elsewhere, and under ThreadSanitizer, which delays signals, engines use epochs.
///
/// Thread rule: safe from any thread; a `GuestOnThread` belongs to the thread that made it.

#include <cstdint>

#include <synapsed/error.hpp>

#include "engine/wasmtime/store_impl.hpp"
#include "engine/wasmtime/thread_stack.hpp"

namespace synapsed::engine {

/// Installs the handler, once per process. Error: `host.engine`.
[[nodiscard]] Result<void> prepare_guest_signals();

/// Where a store with this context notes the frame that its guests are left through.
[[nodiscard]] std::uintptr_t* exit_frame_of(wasmtime_context_t* context);

/// While it lives, this thread runs guests of `store`.
class GuestOnThread {
 public:
  enum class Entry : std::uint8_t {
    kFresh,  ///< no guest of the store is on any stack
    kAgain,  ///< one waits on its fiber
  };

  GuestOnThread(Store::Impl& store, Entry entry);
  ~GuestOnThread();
  GuestOnThread(const GuestOnThread&) = delete;
  GuestOnThread& operator=(const GuestOnThread&) = delete;

 private:
  friend struct GuestSignal;
  Store::Impl& store_;
  GuestOnThread* outer_;  // the guest whose host function runs this one
};

/// What the handler knows of the thread it runs on.
struct GuestThread {
  GuestOnThread* innermost = nullptr;
  int id = 0;  ///< the kernel's; 0 before the first guest
  ThreadStack stack;
};

/// Initial-exec: a signal handler may not have the loader allocate it.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local GuestThread guest_thread;

/// Fills this thread's `guest_thread`.
void introduce_guest_thread();

inline GuestOnThread::GuestOnThread(Store::Impl& store, Entry entry)
    : store_(store), outer_(guest_thread.innermost) {
  if (store.exit_frame == nullptr) return;
  if (guest_thread.id == 0) introduce_guest_thread();
  if (entry == Entry::kFresh) *store.exit_frame = 0;
  store.watch.thread.store(guest_thread.id, std::memory_order_relaxed);
  guest_thread.innermost = this;
}

inline GuestOnThread::~GuestOnThread() {
  if (store_.exit_frame == nullptr) return;
  guest_thread.innermost = outer_;
  store_.watch.thread.store(0, std::memory_order_relaxed);
}

/// Asks the thread numbered `thread` to look whether its guest's time is over.
void signal_guest(int thread);

}  // namespace synapsed::engine
