#include "engine/wasmtime/ticker.hpp"

#include <algorithm>

#include "engine/wasmtime/guest_signal.hpp"

namespace synapsed::engine {
namespace {

/// How soon a guest is asked again when it has not noticed yet.
constexpr std::int64_t kRetryNs = 1'000'000;

}  // namespace

Ticker::Ticker(wasm_engine_t* engine, bool signals)
    : engine_(engine), signals_(signals), thread_([this] { run(); }) {}

Ticker::~Ticker() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Ticker::add(Watch& watch) {
  const std::lock_guard lock(mutex_);
  watch.next = first_;
  if (first_ != nullptr) first_->previous = &watch;
  first_ = &watch;
}

void Ticker::remove(Watch& watch) {
  const std::lock_guard lock(mutex_);
  (watch.previous == nullptr ? first_ : watch.previous->next) = watch.next;
  if (watch.next != nullptr) watch.next->previous = watch.previous;
}

// The times are stored before `next_wake_ns_` is read, and the thread raises `next_wake_ns_`
// before it reads times (both sequentially consistent): either it sees these, or this call sees
// that it must ring.
void Ticker::set(Watch& watch, std::int64_t deadline_ns, std::int64_t slice_end_ns) {
  watch.slice_end_ns.store(slice_end_ns, std::memory_order_relaxed);
  watch.deadline_ns.store(deadline_ns);
  const std::int64_t first = std::min(
      {deadline_ns, slice_end_ns, watch.sample_ns.load(std::memory_order_relaxed)});
  if (first < next_wake_ns_.load()) ring();
}

void Ticker::ring() {
  {
    const std::lock_guard lock(mutex_);
    rung_ = true;
  }
  wake_.notify_one();
}

std::int64_t Ticker::look() {
  const std::int64_t now = now_ns();
  std::int64_t next = Watch::kNever;
  bool due = false;
  for (const Watch* watch = first_; watch != nullptr; watch = watch->next) {
    const std::int64_t deadline = watch->deadline_ns.load();
    if (deadline == Watch::kIdle) continue;
    const std::int64_t time =
        std::min({deadline, watch->slice_end_ns.load(), watch->sample_ns.load()});
    if (watch->cancelled.load() || time <= now) {
      due = true;
      const int thread = watch->thread.load(std::memory_order_relaxed);
      if (signals_ && thread != 0) signal_guest(thread);
    } else {
      next = std::min(next, time);
    }
  }
  if (!due) return next;
  if (!signals_) wasmtime_engine_increment_epoch(engine_);
  return std::min(next, now + kRetryNs);
}

void Ticker::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    rung_ = false;
    next_wake_ns_.store(Watch::kNever);
    const std::int64_t next = look();
    next_wake_ns_.store(next);
    const auto awake = [this] { return rung_ || ending_; };
    if (next == Watch::kNever) {
      wake_.wait(lock, awake);
    } else {
      wake_.wait_until(lock, std::chrono::steady_clock::time_point{std::chrono::nanoseconds{next}},
                       awake);
    }
  }
}

}  // namespace synapsed::engine
