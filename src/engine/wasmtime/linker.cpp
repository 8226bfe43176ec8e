#include "engine/linker.hpp"

#include <fmt/format.h>

#include "base/try.hpp"
#include "engine/wasmtime/engine_impl.hpp"
#include "engine/wasmtime/errors.hpp"
#include "engine/wasmtime/fiber_call_impl.hpp"
#include "engine/wasmtime/guest_signal.hpp"
#include "engine/wasmtime/handle_cast.hpp"
#include "engine/wasmtime/host_function.hpp"
#include "engine/wasmtime/module_impl.hpp"
#include "engine/wasmtime/types.hpp"

namespace synapsed::engine {
namespace {

/// What an instantiation came to; takes `trap` and `error`.
CallResult<Instance> outcome(const Store& store, const wasmtime_instance_t& native,
                             wasm_trap_t* trap, wasmtime_error_t* error) {
  if (error == nullptr && trap == nullptr) return handle_of<Instance>(native);
  return std::unexpected(stop_of(store.impl(), TrapHandle(trap), ErrorHandle(error)));
}

Error host_fault(const wasmtime_error_t* error) {
  return Error(ErrorCode::kEngineFault, message_of(error));
}

Error link_error(const wasmtime_error_t* error) {
  const std::string message = message_of(error);
  const bool unknown = message.find("unknown import") != std::string::npos;
  return Error(unknown ? ErrorCode::kImportDenied : ErrorCode::kImportMismatch,
               fmt::format("the module cannot be linked: {}", message));
}

}  // namespace

struct PreparedModule::Impl {
  Module module;  // keeps what the prepared instance points to
  InstancePreHandle prepared;
};

struct Linker::Impl {
  Engine engine;
  LinkerHandle linker;

  [[nodiscard]] std::optional<wasmtime_extern_t> find(Store& store, std::string_view module,
                                                      std::string_view name) const;
  /// A copy that has zeros for what `module` imports and nobody provides.
  [[nodiscard]] Result<LinkerHandle> with_zeros(Store& store, const Module& module) const;
};

CallResult<Instance> PreparedModule::instantiate(Store& store) const {
  wasmtime_instance_t native;
  wasm_trap_t* trap = nullptr;
  const GuestOnThread running(store.impl(), GuestOnThread::Entry::kFresh);
  wasmtime_error_t* error = wasmtime_instance_pre_instantiate(
      impl_->prepared.get(), store.impl().context, &native, &trap);
  return outcome(store, native, trap, error);
}

FiberCall PreparedModule::start_instantiate(Store& store, Instance& instance) const {
  auto call = std::make_unique<FiberCall::Impl>(store.impl());
  call->instance_out = &instance;
  call->future.reset(wasmtime_instance_pre_instantiate_async(
      impl_->prepared.get(), store.impl().context, &call->instance, &call->trap, &call->error));
  return FiberCall(std::move(call));
}

Linker::Linker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Linker::Linker(Linker&&) noexcept = default;
Linker& Linker::operator=(Linker&&) noexcept = default;
Linker::~Linker() = default;

Result<Linker> Linker::create(const Engine& engine) {
  LinkerHandle linker(wasmtime_linker_new(engine.impl().engine.get()));
  wasmtime_linker_allow_shadowing(linker.get(), true);
  return Linker(std::make_unique<Impl>(Impl{engine, std::move(linker)}));
}

bool has_wasi() {
#ifdef SYNAPSED_WITH_WASI
  return true;
#else
  return false;
#endif
}

Result<void> Linker::define_wasi() {
#ifdef SYNAPSED_WITH_WASI
  const ErrorHandle error(wasmtime_linker_define_wasi(impl_->linker.get()));
  if (error) return std::unexpected(host_fault(error.get()));
  return {};
#else
  return std::unexpected(Error(ErrorCode::kEngineFault, "this build has no WASI"));
#endif
}

Result<void> Linker::define_function(std::string_view module, std::string_view name,
                                     const FunctionType& type,
                                     std::shared_ptr<const synapsed::HostFunction> function) {
  const FunctionTypeHandle native = native_type(type);
  const ErrorHandle error(wasmtime_linker_define_func_unchecked(
      impl_->linker.get(), module.data(), module.size(), name.data(), name.size(), native.get(),
      on_host_call, new HostFunctionHandle(std::move(function)), drop_host_function));
  if (error) return std::unexpected(host_fault(error.get()));
  return {};
}

Result<void> Linker::define_async_function(std::string_view module, std::string_view name,
                                           const FunctionType& type,
                                           std::shared_ptr<const AsyncHostFunction> function) {
  const FunctionTypeHandle native = native_type(type);
  auto handle = std::make_unique<AsyncHostFunctionHandle>(type, std::move(function));
  const ErrorHandle error(wasmtime_linker_define_async_func(
      impl_->linker.get(), module.data(), module.size(), name.data(), name.size(), native.get(),
      on_async_host_call, handle.release(), drop_async_host_function));
  if (error) return std::unexpected(host_fault(error.get()));
  return {};
}

std::optional<wasmtime_extern_t> Linker::Impl::find(Store& store, std::string_view module,
                                                    std::string_view name) const {
  wasmtime_extern_t item;
  if (!wasmtime_linker_get(linker.get(), store.impl().context, module.data(), module.size(),
                           name.data(), name.size(), &item)) {
    return std::nullopt;
  }
  return item;
}

std::optional<Function> Linker::function(Store& store, std::string_view module,
                                         std::string_view name) const {
  auto item = impl_->find(store, module, name);
  if (!item) return std::nullopt;
  if (item->kind == WASMTIME_EXTERN_FUNC) return handle_of<Function>(item->of.func);
  wasmtime_extern_delete(&*item);
  return std::nullopt;
}

bool Linker::provides(Store& store, std::string_view module, std::string_view name) const {
  auto item = impl_->find(store, module, name);
  if (item) wasmtime_extern_delete(&*item);
  return item.has_value();
}

Result<void> Linker::define_missing_as_traps(const Module& module) {
  const ErrorHandle error(wasmtime_linker_define_unknown_imports_as_traps(
      impl_->linker.get(), module.impl().module.get()));
  if (error) return std::unexpected(host_fault(error.get()));
  return {};
}

Result<PreparedModule> Linker::prepare(const Module& module) const {
  wasmtime_instance_pre_t* raw = nullptr;
  const ErrorHandle error(
      wasmtime_linker_instantiate_pre(impl_->linker.get(), module.impl().module.get(), &raw));
  if (error) return std::unexpected(link_error(error.get()));
  return PreparedModule(std::make_shared<const PreparedModule::Impl>(
      PreparedModule::Impl{module, InstancePreHandle(raw)}));
}

Result<LinkerHandle> Linker::Impl::with_zeros(Store& store, const Module& module) const {
  LinkerHandle filled(wasmtime_linker_clone(linker.get()));
  const ErrorHandle missing(wasmtime_linker_define_unknown_imports_as_default_values(
      filled.get(), store.impl().context, module.impl().module.get()));
  if (missing) return std::unexpected(link_error(missing.get()));
  return filled;
}

CallResult<Instance> Linker::instantiate_with_zeros(Store& store, const Module& module) const {
  const LinkerHandle linker = TRY(impl_->with_zeros(store, module));
  wasmtime_instance_t native;
  wasm_trap_t* trap = nullptr;
  wasmtime_error_t* error = wasmtime_linker_instantiate(
      linker.get(), store.impl().context, module.impl().module.get(), &native, &trap);
  return outcome(store, native, trap, error);
}

Result<FiberCall> Linker::start_instantiate_with_zeros(Store& store, const Module& module,
                                                       Instance& instance) const {
  auto call = std::make_unique<FiberCall::Impl>(store.impl());
  call->linker = TRY(impl_->with_zeros(store, module));
  call->instance_out = &instance;
  call->future.reset(wasmtime_linker_instantiate_async(
      call->linker.get(), store.impl().context, module.impl().module.get(), &call->instance,
      &call->trap, &call->error));
  return FiberCall(std::move(call));
}

}  // namespace synapsed::engine
