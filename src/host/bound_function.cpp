#include "host/bound_function.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "host/call_context.hpp"
#include "host/operation.hpp"

namespace synapsed {
namespace {

using host_detail::Operation;
using StopHandle = std::unique_ptr<engine::Stop>;

constexpr int kExitCodeMost = 125;  // WASI keeps the codes above for the host

StopHandle stop(Error error) { return std::make_unique<engine::Stop>(std::move(error)); }

ExecutionScope& scope_of(const engine::Caller& caller) {
  return *static_cast<ExecutionScope*>(caller.user());
}

/// How the guest ends because of what the host function did beside returning; null: it goes on.
StopHandle ending(CallContext& context) {
  if constexpr (kCopiesSpans) CallContextAccess::impl(context).copies.write_back();
  const std::optional<int> code = CallContextAccess::exit_code(context);
  if (!code) return nullptr;
  if (*code >= 0 && *code <= kExitCodeMost) {
    return std::make_unique<engine::Stop>(engine::ProcessExit{*code});
  }
  return stop(Error(ErrorCode::kHostFunctionFailed,
                    fmt::format("a host function gave the exit code {}", *code))
                  .help("exit codes are 0 to 125"));
}

class BoundFunction : public engine::HostFunction {
 public:
  BoundFunction(std::shared_ptr<const HostCallable> callable, const HostPrice& price)
      : callable_(std::move(callable)), price_(price) {}

  StopHandle call(engine::Caller& caller, std::span<RawValue> values) const override {
    CallContext::Impl impl{
        .caller = caller, .scope = scope_of(caller), .price = price_, .operation = {},
        .memory = {}, .copies = {}};
    CallContext context = CallContextAccess::make(impl);
    if (auto error = callable_->call(context, values)) return stop(std::move(*error));
    return ending(context);
  }

 private:
  std::shared_ptr<const HostCallable> callable_;
  HostPrice price_;
};

/// A guest that waits for an operation, until its execution may not go on.
class PendingOperation : public engine::PendingCall {
 public:
  PendingOperation(std::shared_ptr<Operation> operation, const ExecutionScope& scope)
      : operation_(std::move(operation)), scope_(scope) {}
  ~PendingOperation() override { operation_->cancel(); }

  bool is_over() override {
    if (operation_->is_settled()) return true;
    stopped_ = scope_.stop_reason();
    return stopped_.has_value();
  }

  StopHandle finish(engine::Caller& caller, std::span<RawValue> results) override {
    if (stopped_) return stop(std::move(*stopped_));
    Operation::Outcome outcome = operation_->take();
    if (outcome.failed) return stop(std::move(*outcome.failed));
    for (const Operation::Write& write : outcome.writes) {
      // The room was checked before the wait, and memory does not shrink.
      const auto room = caller.memory()->slice(write.offset, write.bytes.size());
      if (!room) return stop(room.error());
      std::ranges::copy(write.bytes, room->begin());
    }
    std::ranges::copy(outcome.results, results.begin());
    return nullptr;
  }

 private:
  std::shared_ptr<Operation> operation_;
  const ExecutionScope& scope_;
  std::optional<Error> stopped_;
};

class BoundAsyncFunction : public engine::AsyncHostFunction {
 public:
  BoundAsyncFunction(std::shared_ptr<const AsyncHostCallable> callable, const HostPrice& price)
      : callable_(std::move(callable)), price_(price) {}

  std::expected<std::unique_ptr<engine::PendingCall>, StopHandle> start(
      engine::Caller& caller, std::span<const RawValue> arguments) const override {
    ExecutionScope& scope = scope_of(caller);
    auto operation = std::make_shared<Operation>(scope.waker);
    CallContext::Impl impl{.caller = caller, .scope = scope, .price = price_,
                           .operation = operation, .memory = {}, .copies = {}};
    CallContext context = CallContextAccess::make(impl);
    auto pending = std::make_unique<PendingOperation>(operation, scope);
    if (auto error = callable_->start(context, arguments, operation)) {
      return std::unexpected(stop(std::move(*error)));
    }
    if (auto ended = ending(context)) return std::unexpected(std::move(ended));
    return pending;
  }

 private:
  std::shared_ptr<const AsyncHostCallable> callable_;
  HostPrice price_;
};

}  // namespace

std::shared_ptr<const engine::HostFunction> bind(std::shared_ptr<const HostCallable> callable,
                                                 const HostPrice& price) {
  return std::make_shared<const BoundFunction>(std::move(callable), price);
}

std::shared_ptr<const engine::AsyncHostFunction> bind(
    std::shared_ptr<const AsyncHostCallable> callable, const HostPrice& price) {
  return std::make_shared<const BoundAsyncFunction>(std::move(callable), price);
}

}  // namespace synapsed
