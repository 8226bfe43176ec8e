#include "host/watched_function.hpp"

#include <chrono>
#include <utility>

namespace synapsed {
namespace {

/// One call, which has failed unless it is told otherwise: an exception tells nothing.
class Call {
 public:
  explicit Call(HostCallCounters& counters) : counters_(counters) {}
  ~Call() {
    const std::chrono::nanoseconds time = Clock::now() - began_;
    counters_.calls.fetch_add(1, std::memory_order_relaxed);
    counters_.failed.fetch_add(has_failed_ ? 1 : 0, std::memory_order_relaxed);
    counters_.ns.fetch_add(static_cast<std::uint64_t>(time.count()), std::memory_order_relaxed);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void end_with(const StopHandle& stop) {
    has_failed_ = stop != nullptr && std::holds_alternative<Error>(*stop);
  }

 private:
  using Clock = std::chrono::steady_clock;

  HostCallCounters& counters_;
  const Clock::time_point began_ = Clock::now();
  bool has_failed_ = true;
};

class Watched : public HostFunction {
 public:
  Watched(std::shared_ptr<const HostFunction> function, std::shared_ptr<HostCallCounters> counters)
      : function_(std::move(function)), counters_(std::move(counters)) {}

  StopHandle call(GuestCaller& caller, std::span<RawValue> values) const override {
    Call call(*counters_);
    StopHandle stop = function_->call(caller, values);
    call.end_with(stop);
    return stop;
  }

 private:
  std::shared_ptr<const HostFunction> function_;
  std::shared_ptr<HostCallCounters> counters_;
};

class WatchedWait : public engine::PendingCall {
 public:
  explicit WatchedWait(std::shared_ptr<HostCallCounters> counters)
      : counters_(std::move(counters)), call_(*counters_) {}

  /// Error: why the guest ends at once.
  [[nodiscard]] StopHandle start(const engine::AsyncHostFunction& function, GuestCaller& caller,
                                 std::span<const RawValue> arguments) {
    auto started = function.start(caller, arguments);
    if (started) {
      pending_ = std::move(*started);
      return nullptr;
    }
    call_.end_with(started.error());
    return std::move(started).error();
  }
  bool is_over() override { return pending_->is_over(); }
  StopHandle finish(GuestCaller& caller, std::span<RawValue> results) override {
    StopHandle stop = pending_->finish(caller, results);
    call_.end_with(stop);
    return stop;
  }

 private:
  std::shared_ptr<HostCallCounters> counters_;
  Call call_;
  std::unique_ptr<engine::PendingCall> pending_;
};

class WatchedAsync : public engine::AsyncHostFunction {
 public:
  WatchedAsync(std::shared_ptr<const engine::AsyncHostFunction> function,
               std::shared_ptr<HostCallCounters> counters)
      : function_(std::move(function)), counters_(std::move(counters)) {}

  std::expected<std::unique_ptr<engine::PendingCall>, StopHandle> start(
      GuestCaller& caller, std::span<const RawValue> arguments) const override {
    auto pending = std::make_unique<WatchedWait>(counters_);
    if (auto stop = pending->start(*function_, caller, arguments)) {
      return std::unexpected(std::move(stop));
    }
    return pending;
  }

 private:
  std::shared_ptr<const engine::AsyncHostFunction> function_;
  std::shared_ptr<HostCallCounters> counters_;
};

}  // namespace

BoundHostFunction watched(BoundHostFunction function, std::shared_ptr<HostCallCounters> counters) {
  using Async = std::shared_ptr<const engine::AsyncHostFunction>;
  if (auto* async = std::get_if<Async>(&function)) {
    return std::make_shared<const WatchedAsync>(std::move(*async), std::move(counters));
  }
  return std::make_shared<const Watched>(
      std::get<std::shared_ptr<const HostFunction>>(std::move(function)), std::move(counters));
}

}  // namespace synapsed
