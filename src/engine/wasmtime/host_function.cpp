#include "engine/wasmtime/host_function.hpp"

#include <exception>
#include <string_view>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "engine/wasmtime/native_values.hpp"
#include "engine/wasmtime/store_impl.hpp"

namespace synapsed::engine {

struct Caller::Impl {
  wasmtime_caller_t* native;
  wasmtime_context_t* context;
  Store::Impl& store;
};

std::optional<MemoryView> Caller::memory() const {
  constexpr std::string_view kName = "memory";
  std::optional<wasmtime_memory_t>& memory = impl_.store.guest_memory;
  if (!memory) {
    wasmtime_extern_t item;
    if (!wasmtime_caller_export_get(impl_.native, kName.data(), kName.size(), &item)) {
      return std::nullopt;
    }
    if (item.kind != WASMTIME_EXTERN_MEMORY) {
      wasmtime_extern_delete(&item);
      return std::nullopt;
    }
    memory = item.of.memory;
  }
  return MemoryView({reinterpret_cast<std::byte*>(wasmtime_memory_data(impl_.context, &*memory)),
                     wasmtime_memory_data_size(impl_.context, &*memory)});
}

void* Caller::user() const { return impl_.store.user; }

namespace {

std::unique_ptr<Stop> threw(std::string_view what) {
  return std::make_unique<Stop>(
      Error(ErrorCode::kHostFunctionFailed, fmt::format("a host function threw: {}", what)));
}

/// What `body` returns, or the exception it threw as a stop.
template <typename Body>
auto guarded(Body body) -> decltype(body()) {
  using Outcome = decltype(body());
  const auto stopped = [](std::string_view what) -> Outcome {
    if constexpr (std::is_same_v<Outcome, std::unique_ptr<Stop>>) {
      return threw(what);
    } else {
      return std::unexpected(threw(what));
    }
  };
  try {
    return body();
  } catch (const std::exception& thrown) {
    return stopped(thrown.what());
  } catch (...) {
    return stopped("something that is no std::exception");
  }
}

/// Notes why the guest ends and makes the trap that ends it.
wasm_trap_t* end_guest(Store::Impl& store, std::unique_ptr<Stop> stop) {
  store.host_stop = std::move(stop);
  constexpr std::string_view kMessage = "host function";
  return wasmtime_trap_new(kMessage.data(), kMessage.size());
}

/// A call that waits on its guest's fiber. The engine keeps what it points to until it is dropped.
class Continuation {
 public:
  Continuation(const Caller::Impl& caller, const FunctionType& type,
               std::unique_ptr<PendingCall> pending, wasmtime_val_t* results, wasm_trap_t** trap)
      : caller_(caller), type_(type), pending_(std::move(pending)), results_(results), trap_(trap) {}

  bool resume() {
    if (!pending_->is_over()) return false;
    Caller caller(caller_);
    std::vector<RawValue> values(type_.results.size());
    auto stop = guarded([&] { return pending_->finish(caller, values); });
    if (stop) {
      *trap_ = end_guest(caller_.store, std::move(stop));
      return true;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      results_[i] = native_value(caller_.context, type_.results[i], values[i]);
    }
    return true;
  }

 private:
  Caller::Impl caller_;
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
  const auto& function = *static_cast<const HostFunctionHandle*>(data);
  wasmtime_context_t* context = wasmtime_caller_context(native);
  auto& store = *static_cast<Store::Impl*>(wasmtime_context_get_data(context));
  Caller::Impl impl{native, context, store};
  Caller caller(impl);
  auto stop = guarded([&] {
    return function->call(caller, {reinterpret_cast<RawValue*>(values), count});
  });
  return stop ? end_guest(store, std::move(stop)) : nullptr;
}

void drop_host_function(void* data) { delete static_cast<HostFunctionHandle*>(data); }

void on_async_host_call(void* data, wasmtime_caller_t* native, const wasmtime_val_t* arguments,
                        std::size_t argument_count, wasmtime_val_t* results, std::size_t,
                        wasm_trap_t** trap, wasmtime_async_continuation_t* continuation) {
  const auto& [type, function] = *static_cast<const AsyncHostFunctionHandle*>(data);
  wasmtime_context_t* context = wasmtime_caller_context(native);
  auto& store = *static_cast<Store::Impl*>(wasmtime_context_get_data(context));
  Caller::Impl impl{native, context, store};
  Caller caller(impl);
  std::vector<RawValue> values(argument_count);
  for (std::size_t i = 0; i < argument_count; ++i) {
    wasmtime_val_t argument = arguments[i];
    values[i] = take_raw(context, argument);
  }
  *continuation = kNothingToWaitFor;
  auto started = guarded([&] { return function->start(caller, values); });
  if (!started) {
    *trap = end_guest(store, std::move(started).error());
    return;
  }
  auto waiting = std::make_unique<Continuation>(impl, type, std::move(*started), results, trap);
  if (waiting->resume()) return;
  continuation->callback = [](void* env) { return static_cast<Continuation*>(env)->resume(); };
  continuation->finalizer = [](void* env) { delete static_cast<Continuation*>(env); };
  continuation->env = waiting.release();
}

void drop_async_host_function(void* data) { delete static_cast<AsyncHostFunctionHandle*>(data); }

}  // namespace synapsed::engine
