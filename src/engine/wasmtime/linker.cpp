#include "engine/linker.hpp"

#include <cstring>

#include <fmt/format.h>

#include "engine/wasmtime/engine_impl.hpp"
#include "engine/wasmtime/errors.hpp"
#include "engine/wasmtime/host_function.hpp"
#include "engine/wasmtime/module_impl.hpp"
#include "engine/wasmtime/types.hpp"

namespace synapsed::engine {
namespace {

Instance instance_of(const wasmtime_instance_t& native) {
  static_assert(sizeof(native) == sizeof(Instance));
  Instance instance;
  std::memcpy(instance.handle.data(), &native, sizeof(native));
  return instance;
}

/// What an instantiation came to; takes `trap` and `error`.
CallResult<Instance> outcome(const Store& store, const wasmtime_instance_t& native,
                             wasm_trap_t* trap, wasmtime_error_t* error) {
  if (error == nullptr && trap == nullptr) return instance_of(native);
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
};

CallResult<Instance> PreparedModule::instantiate(Store& store) const {
  wasmtime_instance_t native;
  wasm_trap_t* trap = nullptr;
  wasmtime_error_t* error = wasmtime_instance_pre_instantiate(
      impl_->prepared.get(), store.impl().context, &native, &trap);
  return outcome(store, native, trap, error);
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
                                     std::shared_ptr<const HostFunction> function) {
  const FunctionTypeHandle native = native_type(type);
  const ErrorHandle error(wasmtime_linker_define_func_unchecked(
      impl_->linker.get(), module.data(), module.size(), name.data(), name.size(), native.get(),
      on_host_call, new HostFunctionHandle(std::move(function)), drop_host_function));
  if (error) return std::unexpected(host_fault(error.get()));
  return {};
}

bool Linker::provides(Store& store, std::string_view module, std::string_view name) const {
  wasmtime_extern_t item;
  if (!wasmtime_linker_get(impl_->linker.get(), store.impl().context, module.data(), module.size(),
                           name.data(), name.size(), &item)) {
    return false;
  }
  wasmtime_extern_delete(&item);
  return true;
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

CallResult<Instance> Linker::instantiate_with_zeros(Store& store, const Module& module) const {
  const LinkerHandle linker(wasmtime_linker_clone(impl_->linker.get()));
  const ErrorHandle missing(wasmtime_linker_define_unknown_imports_as_default_values(
      linker.get(), store.impl().context, module.impl().module.get()));
  if (missing) return std::unexpected(link_error(missing.get()));
  wasmtime_instance_t native;
  wasm_trap_t* trap = nullptr;
  wasmtime_error_t* error = wasmtime_linker_instantiate(
      linker.get(), store.impl().context, module.impl().module.get(), &native, &trap);
  return outcome(store, native, trap, error);
}

}  // namespace synapsed::engine
