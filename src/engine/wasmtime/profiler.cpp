#include "engine/profiler.hpp"

#include "engine/wasmtime/engine_impl.hpp"
#include "engine/wasmtime/errors.hpp"
#include "engine/wasmtime/module_impl.hpp"
#include "engine/wasmtime/profiler_impl.hpp"

namespace synapsed::engine {
namespace {

wasm_name_t name_of(std::string_view text) {
  wasm_name_t name;
  wasm_name_new(&name, text.size(), text.data());
  return name;
}

}  // namespace

Profiler::Profiler(const Module& module, std::string_view name, std::chrono::nanoseconds interval)
    : impl_(std::make_unique<Impl>()) {
  impl_->interval_ns = interval.count();
  impl_->last_ns = now_ns();
  wasm_name_t shown = name_of(name);
  const wasmtime_guestprofiler_modules_t modules{.name = &shown, .mod = module.impl().module.get()};
  impl_->profiler.reset(wasmtime_guestprofiler_new(
      module.engine().impl().engine.get(), &shown, static_cast<std::uint64_t>(interval.count()), &modules, 1));
  wasm_name_delete(&shown);
}

Profiler::Profiler(Profiler&&) noexcept = default;
Profiler& Profiler::operator=(Profiler&&) noexcept = default;
Profiler::~Profiler() = default;

Result<std::string> Profiler::finish() {
  ByteVector json;
  const ErrorHandle error(wasmtime_guestprofiler_finish(impl_->profiler.release(), &json));
  if (error) {
    return std::unexpected(
        Error(ErrorCode::kEngineFault, root_cause(message_of(error.get()))));
  }
  return std::string(json.data, json.size);
}

}  // namespace synapsed::engine
