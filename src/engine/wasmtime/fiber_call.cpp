#include "engine/wasmtime/fiber_call_impl.hpp"

#include <utility>

#include "engine/wasmtime/errors.hpp"
#include "engine/wasmtime/handover.hpp"
#include "engine/wasmtime/guest_signal.hpp"
#include "engine/wasmtime/handle_cast.hpp"
#include "engine/wasmtime/native_values.hpp"

namespace synapsed::engine {

FiberCall::FiberCall(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FiberCall::FiberCall(FiberCall&&) noexcept = default;
FiberCall& FiberCall::operator=(FiberCall&&) noexcept = default;

FiberCall::~FiberCall() {
  if (!impl_) return;
  impl_->future.reset();  // a guest that waits is unwound here
  hand_over();
  for (wasmtime_val_t& value : impl_->arguments) wasmtime_val_unroot(&value);
  for (wasmtime_val_t& value : impl_->results) wasmtime_val_unroot(&value);
  TrapHandle{impl_->trap};
  ErrorHandle{impl_->error};
}

bool FiberCall::resume() {
  using Entry = GuestOnThread::Entry;
  const GuestOnThread running(impl_->store, impl_->entered ? Entry::kAgain : Entry::kFresh);
  impl_->entered = true;
  impl_->ended = impl_->ended || wasmtime_call_future_poll(impl_->future.get());
  hand_over();
  return impl_->ended;
}

CallResult<void> FiberCall::take() {
  impl_->future.reset();
  TrapHandle trap(std::exchange(impl_->trap, nullptr));
  ErrorHandle error(std::exchange(impl_->error, nullptr));
  if (trap || error) {
    return std::unexpected(stop_of(impl_->store, std::move(trap), std::move(error)));
  }
  if (impl_->instance_out != nullptr) *impl_->instance_out = handle_of<Instance>(impl_->instance);
  auto out = impl_->results_out.begin();
  for (wasmtime_val_t& value : impl_->results) *out++ = take_raw(impl_->store.context, value);
  impl_->results.clear();
  return {};
}

FiberCall Store::start_call(const Function& function, const FunctionType& type,
                            std::span<RawValue> values) {
  auto call = std::make_unique<FiberCall::Impl>(*impl_);
  call->function = native_of<wasmtime_func_t>(function);
  call->arguments.reserve(type.params.size());
  for (std::size_t i = 0; i < type.params.size(); ++i) {
    call->arguments.push_back(native_value(impl_->context, type.params[i], values[i]));
  }
  call->results.resize(type.results.size(), wasmtime_val_t{.kind = WASMTIME_I32, .of = {.i32 = 0}});
  call->results_out = values;
  call->future.reset(wasmtime_func_call_async(
      impl_->context, &call->function, call->arguments.data(), call->arguments.size(),
      call->results.data(), call->results.size(), &call->trap, &call->error));
  return FiberCall(std::move(call));
}

}  // namespace synapsed::engine
