#include "host/watched_function.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "host/execution_scope.hpp"

namespace synapsed {
namespace {

/// One call, which has failed unless it is told otherwise: an exception tells nothing.
class Call {
 public:
  Call(const Watch& watch, GuestCaller& caller)
      : watch_(watch), scope_(*static_cast<ExecutionScope*>(caller.user())) {
    if (!watch.span_name.empty() && scope_.trace) span_.emplace(*scope_.trace);
  }
  ~Call() {
    if (watch_.counters) count(*watch_.counters);
    if (span_) {
      span_->end({.kind = TraceSpan::Kind::kHostCall,
                  .module = scope_.module,
                  .function = watch_.span_name,
                  .tenant = scope_.tenant,
                  .failure = failure_});
    }
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// What the execution begins meanwhile is not part of the call.
  void leave() {
    if (span_) span_->leave();
  }
  void end_with(const StopHandle& stop) {
    const auto* error = stop == nullptr ? nullptr : std::get_if<Error>(stop.get());
    failure_ = error == nullptr ? std::nullopt : std::optional(error->code());
  }

 private:
  using Clock = std::chrono::steady_clock;

  void count(HostCallCounters& counters) const {
    const std::chrono::nanoseconds time = Clock::now() - began_;
    counters.calls.fetch_add(1, std::memory_order_relaxed);
    counters.failed.fetch_add(failure_ ? 1 : 0, std::memory_order_relaxed);
    counters.ns.fetch_add(static_cast<std::uint64_t>(time.count()), std::memory_order_relaxed);
  }

  const Watch& watch_;
  ExecutionScope& scope_;
  const Clock::time_point began_ = Clock::now();
  std::optional<OpenSpan> span_;
  std::optional<ErrorCode> failure_ = ErrorCode::kHostFunctionFailed;
};

class Watched : public HostFunction {
 public:
  Watched(std::shared_ptr<const HostFunction> function, Watch watch)
      : function_(std::move(function)), watch_(std::move(watch)) {}

  StopHandle call(GuestCaller& caller, std::span<RawValue> values) const override {
    Call call(watch_, caller);
    StopHandle stop = function_->call(caller, values);
    call.end_with(stop);
    return stop;
  }

 private:
  std::shared_ptr<const HostFunction> function_;
  const Watch watch_;
};

class WatchedWait : public engine::PendingCall {
 public:
  WatchedWait(std::shared_ptr<const Watch> watch, GuestCaller& caller)
      : watch_(std::move(watch)), call_(*watch_, caller) {}

  /// Error: why the guest ends at once.
  [[nodiscard]] StopHandle start(const engine::AsyncHostFunction& function, GuestCaller& caller,
                                 std::span<const RawValue> arguments) {
    auto started = function.start(caller, arguments);
    call_.leave();
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
  std::shared_ptr<const Watch> watch_;
  Call call_;
  std::unique_ptr<engine::PendingCall> pending_;
};

class WatchedAsync : public engine::AsyncHostFunction {
 public:
  WatchedAsync(std::shared_ptr<const engine::AsyncHostFunction> function, Watch watch)
      : function_(std::move(function)), watch_(std::make_shared<const Watch>(std::move(watch))) {}

  std::expected<std::unique_ptr<engine::PendingCall>, StopHandle> start(
      GuestCaller& caller, std::span<const RawValue> arguments) const override {
    auto pending = std::make_unique<WatchedWait>(watch_, caller);
    if (auto stop = pending->start(*function_, caller, arguments)) {
      return std::unexpected(std::move(stop));
    }
    return pending;
  }

 private:
  std::shared_ptr<const engine::AsyncHostFunction> function_;
  const std::shared_ptr<const Watch> watch_;
};

}  // namespace

BoundHostFunction watched(BoundHostFunction function, Watch watch) {
  using Async = std::shared_ptr<const engine::AsyncHostFunction>;
  if (auto* async = std::get_if<Async>(&function)) {
    return std::make_shared<const WatchedAsync>(std::move(*async), std::move(watch));
  }
  return std::make_shared<const Watched>(
      std::get<std::shared_ptr<const HostFunction>>(std::move(function)), std::move(watch));
}

}  // namespace synapsed
