#pragma once

#include <utility>
#include <vector>

#include "engine/module.hpp"
#include "engine/wasmtime/handles.hpp"

namespace synapsed::engine {

struct Module::Impl {
  Impl(Engine engine_handle, ModuleHandle module_handle)
      : engine(std::move(engine_handle)), module(std::move(module_handle)) {}

  Engine engine;
  ModuleHandle module;
  std::vector<ImportType> imports;
  std::vector<ExportType> exports;
};

}  // namespace synapsed::engine
