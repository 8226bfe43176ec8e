#include "host/gas_refill.hpp"

#include <utility>

#include "host/execution_scope.hpp"

namespace synapsed {
namespace {

ExecutionScope& scope_of(const GuestCaller& caller) {
  return *static_cast<ExecutionScope*>(caller.user());
}

std::uint64_t missing_of(std::span<const RawValue> arguments) {
  return static_cast<std::uint64_t>(arguments.front().i64);
}

class Refill : public HostFunction {
 public:
  StopHandle call(GuestCaller& caller, std::span<RawValue> values) const override {
    GasAccount& gas = scope_of(caller).gas;
    const std::uint64_t missing = missing_of(values);
    if (gas.can_add(missing)) gas.add(missing);
    return nullptr;
  }
};

/// A guest that is given gas, once it has given its thread back if its slice is over.
class PendingRefill : public engine::PendingCall {
 public:
  PendingRefill(ExecutionScope& scope, std::uint64_t missing) : scope_(scope), missing_(missing) {
    scope_.has_used_slice = !scope_.gas.is_within_slice(missing_);
  }

  bool is_over() override { return !scope_.has_used_slice; }

  /// What asked the guest to stop just before it gave its thread back is forgotten by then.
  StopHandle finish(GuestCaller&, std::span<RawValue>) override {
    if (auto stopped = scope_.stop_reason()) return std::make_unique<Stop>(std::move(*stopped));
    if (!scope_.gas.is_within_slice(missing_)) scope_.gas.begin_slice();
    scope_.gas.add(missing_);
    return nullptr;
  }

 private:
  ExecutionScope& scope_;
  std::uint64_t missing_;
};

class SlicedRefill : public engine::AsyncHostFunction {
 public:
  std::expected<std::unique_ptr<engine::PendingCall>, StopHandle> start(
      GuestCaller& caller, std::span<const RawValue> arguments) const override {
    ExecutionScope& scope = scope_of(caller);
    const std::uint64_t missing = missing_of(arguments);
    return std::make_unique<PendingRefill>(scope, scope.gas.can_add(missing) ? missing : 0);
  }
};

}  // namespace

std::shared_ptr<const HostFunction> make_refill() { return std::make_shared<const Refill>(); }

std::shared_ptr<const engine::AsyncHostFunction> make_sliced_refill() {
  return std::make_shared<const SlicedRefill>();
}

}  // namespace synapsed
