#pragma once

/// \file
/// One thread per engine that makes deadlines and cancellations noticed.
///
/// When a deadline passes or somebody cancels, the ticker signals the thread that runs the guest
/// (see `guest_signal.hpp`), or, with epochs, advances the engine's epoch: compiled code looks at
/// it at loop headers and function entries, and the store's callback decides whether the guest
/// goes on. With no deadline ahead it does not wake at all.
///
/// Thread rule: safe from any thread.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include <wasmtime.h>

namespace synapsed::engine {

/// What the ticker watches of one store.
struct Watch {
  static constexpr std::int64_t kNever = INT64_MAX - 1;
  static constexpr std::int64_t kIdle = INT64_MAX;
  /// Nanoseconds of the steady clock; `kNever` without a deadline, `kIdle` while no guest runs.
  std::atomic<std::int64_t> deadline_ns{kIdle};
  /// When a guest on a fiber gives its thread back; `kNever` for the others.
  std::atomic<std::int64_t> slice_end_ns{kNever};
  /// When a profiled guest is looked at next; with epochs. `kNever` for the others.
  std::atomic<std::int64_t> sample_ns{kNever};
  std::atomic<bool> cancelled{false};
  std::atomic<int> thread{0};  ///< the kernel's number of the thread that runs the guest, or 0

  // The ticker's list, under its mutex.
  Watch* previous = nullptr;
  Watch* next = nullptr;
};

[[nodiscard]] inline std::int64_t now_ns() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

class Ticker {
 public:
  Ticker(wasm_engine_t* engine, bool signals);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  void add(Watch& watch);
  void remove(Watch& watch);
  /// Sets the watch's times. Wakes the thread only when it would sleep past the earlier.
  void set(Watch& watch, std::int64_t deadline_ns, std::int64_t slice_end_ns);
  /// Has the watches looked at now.
  void ring();

 private:
  void run();
  std::int64_t look();

  wasm_engine_t* engine_;
  const bool signals_;
  std::mutex mutex_;
  std::condition_variable wake_;
  Watch* first_ = nullptr;
  std::atomic<std::int64_t> next_wake_ns_{Watch::kNever};
  bool rung_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace synapsed::engine
