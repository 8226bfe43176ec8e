#include "engine/wasmtime/host_function.hpp"

#include <exception>
#include <string_view>

#include <fmt/format.h>

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

std::unique_ptr<Stop> call_guarded(const HostFunction& function, Caller& caller,
                                   std::span<RawValue> values) {
  try {
    return function.call(caller, values);
  } catch (const std::exception& thrown) {
    return threw(thrown.what());
  } catch (...) {
    return threw("something that is no std::exception");
  }
}

}  // namespace

wasm_trap_t* on_host_call(void* data, wasmtime_caller_t* native, wasmtime_val_raw_t* values,
                          std::size_t count) {
  const auto& function = *static_cast<const HostFunctionHandle*>(data);
  wasmtime_context_t* context = wasmtime_caller_context(native);
  auto& store = *static_cast<Store::Impl*>(wasmtime_context_get_data(context));
  Caller::Impl impl{native, context, store};
  Caller caller(impl);
  auto stop = call_guarded(*function, caller, {reinterpret_cast<RawValue*>(values), count});
  if (!stop) return nullptr;
  store.host_stop = std::move(stop);
  constexpr std::string_view kMessage = "host function";
  return wasmtime_trap_new(kMessage.data(), kMessage.size());
}

void drop_host_function(void* data) { delete static_cast<HostFunctionHandle*>(data); }

}  // namespace synapsed::engine
