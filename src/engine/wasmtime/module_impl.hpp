#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/module.hpp"
#include "engine/wasmtime/engine_impl.hpp"
#include "engine/wasmtime/guest_code.hpp"
#include "engine/wasmtime/handles.hpp"

namespace synapsed::engine {

/// `validate` for the C API's engine.
[[nodiscard]] Result<void> validate(wasm_engine_t* engine, std::span<const std::byte> wasm);

struct Module::Impl {
  Impl(Engine engine_handle, ModuleHandle module_handle)
      : engine(std::move(engine_handle)), module(std::move(module_handle)) {
    if (engine.impl().signals) code.emplace(module.get());
  }

  Engine engine;
  ModuleHandle module;
  std::optional<GuestCode> code;  // where guests can be stopped by signals
  std::vector<ImportType> imports;
  std::vector<ExportType> exports;
};

}  // namespace synapsed::engine
