#include "engine/module.hpp"

#include <fmt/format.h>

#include "engine/wasmtime/engine_impl.hpp"
#include "engine/wasmtime/errors.hpp"
#include "engine/wasmtime/module_impl.hpp"
#include "engine/wasmtime/types.hpp"

namespace synapsed::engine {
namespace {

std::string text_of(const wasm_name_t* name) { return {name->data, name->size}; }

std::vector<ImportType> imports_of(const wasmtime_module_t* module) {
  ImportVector types;
  wasmtime_module_imports(module, &types);
  std::vector<ImportType> imports;
  imports.reserve(types.size);
  for (std::size_t i = 0; i < types.size; ++i) {
    const wasm_importtype_t* type = types.data[i];
    imports.push_back({.module = text_of(wasm_importtype_module(type)),
                       .name = text_of(wasm_importtype_name(type)),
                       .type = extern_type(wasm_importtype_type(type))});
  }
  return imports;
}

std::vector<ExportType> exports_of(const wasmtime_module_t* module) {
  ExportVector types;
  wasmtime_module_exports(module, &types);
  std::vector<ExportType> exports;
  exports.reserve(types.size);
  for (std::size_t i = 0; i < types.size; ++i) {
    const wasm_exporttype_t* type = types.data[i];
    exports.push_back({.name = text_of(wasm_exporttype_name(type)),
                       .type = extern_type(wasm_exporttype_type(type))});
  }
  return exports;
}

/// The engine's message ends in "(at offset 0x1f)"; the offset becomes the error's place.
Error invalid_module(const wasmtime_error_t* error) {
  std::string message = message_of(error);
  std::string where;
  constexpr std::string_view kMarker = " (at offset ";
  if (const std::size_t marker = message.rfind(kMarker); marker != std::string::npos) {
    const std::size_t start = marker + kMarker.size();
    where = "offset " + message.substr(start, message.find(')', start) - start);
    message.erase(marker);
  }
  if (const std::size_t cause = message.rfind("0: "); cause != std::string::npos) {
    message.erase(0, cause + 3);
  } else if (const std::size_t last = message.rfind("    "); last != std::string::npos) {
    message.erase(0, last + 4);
  }
  return Error(ErrorCode::kLoadInvalidModule, fmt::format("invalid module: {}", message))
      .at(std::move(where));
}

const std::uint8_t* data_of(std::span<const std::byte> bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

}  // namespace

Result<Module> Module::compile(const Engine& engine, std::span<const std::byte> wasm) {
  wasmtime_module_t* raw = nullptr;
  const ErrorHandle error(
      wasmtime_module_new(engine.impl().engine.get(), data_of(wasm), wasm.size(), &raw));
  if (error) return std::unexpected(invalid_module(error.get()));
  auto impl = std::make_shared<Impl>(engine, ModuleHandle(raw));
  impl->imports = imports_of(raw);
  impl->exports = exports_of(raw);
  return Module(std::move(impl));
}

Result<void> validate(const Engine& engine, std::span<const std::byte> wasm) {
  const ErrorHandle error(
      wasmtime_module_validate(engine.impl().engine.get(), data_of(wasm), wasm.size()));
  if (error) return std::unexpected(invalid_module(error.get()));
  return {};
}

const std::vector<ImportType>& Module::imports() const { return impl_->imports; }
const std::vector<ExportType>& Module::exports() const { return impl_->exports; }
const Engine& Module::engine() const { return impl_->engine; }

}  // namespace synapsed::engine
