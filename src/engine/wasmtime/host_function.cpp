#include "engine/wasmtime/host_function.hpp"

#include <exception>
#include <string_view>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "engine/wasmtime/handover.hpp"
#include "engine/wasmtime/native_values.hpp"
#include "engine/wasmtime/store_impl.hpp"

namespace synapsed {
namespace {

struct NativeCaller {
  explicit NativeCaller(void* native)
      : caller(static_cast<wasmtime_caller_t*>(native)),
        context(wasmtime_caller_context(caller)),
        store(*static_cast<engine::Store::Impl*>(wasmtime_context_get_data(context))) {}

  wasmtime_caller_t* caller;
  wasmtime_context_t* context;
  engine::Store::Impl& store;
};

bool find_memory(const NativeCaller& native) {
  constexpr std::string_view kName = "memory";
  wasmtime_extern_t item;
  if (!wasmtime_caller_export_get(native.caller, kName.data(), kName.size(), &item)) return false;
  if (item.kind != WASMTIME_EXTERN_MEMORY) {
    wasmtime_extern_delete(&item);
    return false;
  }
  native.store.guest_memory = item.of.memory;
  return true;
}

}  // namespace

GuestMemory GuestCaller::memory() const {
  const NativeCaller native(native_);
  if (!native.store.guest_memory && !find_memory(native)) return {};
  const wasmtime_memory_t& memory = *native.store.guest_memory;
  return {reinterpret_cast<std::byte*>(wasmtime_memory_data(native.context, &memory)),
          wasmtime_memory_data_size(native.context, &memory)};
}

void* GuestCaller::user() const { return NativeCaller(native_).store.user; }

}  // namespace synapsed

namespace synapsed::engine {
namespace {

StopHandle threw(std::string_view what) {
  return std::make_unique<Stop>(
      Error(ErrorCode::kHostFunctionFailed, fmt::format("a host function threw: {}", what)));
}

/// What `body` returns, or the exception it threw as a stop.
template <typename Body>
auto guarded(Body body) -> decltype(body()) {
  using Outcome = decltype(body());
  const auto stopped = [](std::string_view what) -> Outcome {
    if constexpr (std::is_same_v<Outcome, StopHandle>) {
      return threw(what);
    } else {
      return std::unexpected(threw(what));
    }
  };
  const OnGuestStack here;
  try {
    return body();
  } catch (const std::exception& thrown) {
    return stopped(thrown.what());
  } catch (...) {
    return stopped("something that is no std::exception");
  }
}

/// Notes why the guest ends and makes the trap that ends it.
wasm_trap_t* end_guest(wasmtime_caller_t* caller, StopHandle stop) {
  NativeCaller(caller).store.host_stop = std::move(stop);
  constexpr std::string_view kMessage = "host function";
  return wasmtime_trap_new(kMessage.data(), kMessage.size());
}

/// A call that waits on its guest's fiber. The engine keeps what it points to until it is dropped.
class Continuation {
 public:
  Continuation(wasmtime_caller_t* caller, const FunctionType& type,
               std::unique_ptr<PendingCall> pending, wasmtime_val_t* results, wasm_trap_t** trap)
      : caller_(caller), type_(type), pending_(std::move(pending)), results_(results), trap_(trap) {}

  bool resume() {
    take_over();
    if (!pending_->is_over()) return false;
    GuestCaller caller(caller_);
    std::vector<RawValue> values(type_.results.size());
    auto stop = guarded([&] { return pending_->finish(caller, values); });
    if (stop) {
      *trap_ = end_guest(caller_, std::move(stop));
      return true;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      results_[i] =
          native_value(wasmtime_caller_context(caller_), type_.results[i], values[i]);
    }
    return true;
  }

 private:
  wasmtime_caller_t* caller_;
  const FunctionType& type_;
  std::unique_ptr<PendingCall> pending_;
  wasmtime_val_t* results_;
  wasm_trap_t** trap_;
};

/// The engine insists on a continuation even when there is nothing to wait for.
constexpr wasmtime_async_continuation_t kNothingToWaitFor{
    .callback = [](void*) { return true; }, .env = nullptr, .finalizer = nullptr};

}  // namespace

wasm_trap_t* on_host_call(void* data, wasmtime_caller_t* native, wasmtime_val_raw_t* values,
                          std::size_t count) {
  take_over();
  const auto& function = *static_cast<const HostFunctionHandle*>(data);
  GuestCaller caller(native);
  auto stop = guarded([&] {
    return function->call(caller, {reinterpret_cast<RawValue*>(values), count});
  });
  return stop ? end_guest(native, std::move(stop)) : nullptr;
}

void drop_host_function(void* data) { delete static_cast<HostFunctionHandle*>(data); }

void on_async_host_call(void* data, wasmtime_caller_t* native, const wasmtime_val_t* arguments,
                        std::size_t argument_count, wasmtime_val_t* results, std::size_t,
                        wasm_trap_t** trap, wasmtime_async_continuation_t* continuation) {
  take_over();
  const auto& [type, function] = *static_cast<const AsyncHostFunctionHandle*>(data);
  wasmtime_context_t* context = wasmtime_caller_context(native);
  GuestCaller caller(native);
  std::vector<RawValue> values(argument_count);
  for (std::size_t i = 0; i < argument_count; ++i) {
    wasmtime_val_t argument = arguments[i];
    values[i] = take_raw(context, argument);
  }
  *continuation = kNothingToWaitFor;
  auto started = guarded([&] { return function->start(caller, values); });
  if (!started) {
    *trap = end_guest(native, std::move(started).error());
    return;
  }
  auto waiting = std::make_unique<Continuation>(native, type, std::move(*started), results, trap);
  if (waiting->resume()) return;
  continuation->callback = [](void* env) { return static_cast<Continuation*>(env)->resume(); };
  continuation->finalizer = [](void* env) { delete static_cast<Continuation*>(env); };
  continuation->env = waiting.release();
}

void drop_async_host_function(void* data) { delete static_cast<AsyncHostFunctionHandle*>(data); }

}  // namespace synapsed::engine
