#include "host/async_function.hpp"

#include <algorithm>

#include "host/call_context.hpp"
#include "host/operation.hpp"

namespace synapsed {
namespace {

using host_detail::Operation;

/// A guest that waits for an operation, until its execution may not go on.
class PendingOperation : public engine::PendingCall {
 public:
  PendingOperation(std::shared_ptr<Operation> operation, ExecutionScope& scope)
      : operation_(std::move(operation)), scope_(scope) {}
  ~PendingOperation() override { operation_->cancel(); }

  bool is_over() override {
    if (operation_->is_settled()) return true;
    stopped_ = scope_.stop_reason();
    return stopped_.has_value();
  }

  StopHandle finish(GuestCaller& caller, std::span<RawValue> results) override {
    scope_.gas.collect();
    if (stopped_) return std::make_unique<Stop>(std::move(*stopped_));
    Operation::Outcome outcome = operation_->take();
    if (outcome.stop) return std::move(outcome.stop);
    if (!outcome.writes.empty()) {
      // The room was checked before the wait, and memory does not shrink.
      const GuestMemory memory = caller.memory();
      for (const auto& [offset, bytes] : outcome.writes) {
        std::ranges::copy(bytes, memory.data + offset);
      }
    }
    std::ranges::copy(outcome.results, results.begin());
    return nullptr;
  }

 private:
  std::shared_ptr<Operation> operation_;
  ExecutionScope& scope_;
  std::optional<Error> stopped_;
};

class AsyncFunction : public engine::AsyncHostFunction {
 public:
  AsyncFunction(std::shared_ptr<const AsyncHostCallable> callable, const HostPrice& price)
      : callable_(std::move(callable)), price_(price) {}

  std::expected<std::unique_ptr<engine::PendingCall>, StopHandle> start(
      GuestCaller& caller, std::span<const RawValue> arguments) const override {
    CallContext context(caller, price_);
    ExecutionScope& scope = CallContextAccess::scope(context);
    auto operation = std::make_shared<Operation>(*scope.waker);
    CallContextAccess::set_operation(context, operation);
    auto pending = std::make_unique<PendingOperation>(operation, scope);
    if (auto stopped = callable_->start(context, price_, arguments, operation)) {
      return std::unexpected(std::move(stopped));
    }
    return pending;
  }

 private:
  std::shared_ptr<const AsyncHostCallable> callable_;
  HostPrice price_;
};

}  // namespace

std::shared_ptr<const engine::AsyncHostFunction> bind_async(
    std::shared_ptr<const AsyncHostCallable> callable, const HostPrice& price) {
  return std::make_shared<const AsyncFunction>(std::move(callable), price);
}

}  // namespace synapsed
