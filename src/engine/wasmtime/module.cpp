#include "engine/module.hpp"

#include <bit>
#include <cstdlib>

#include <fmt/format.h>

#include "engine/wasmtime/engine_impl.hpp"
#include "engine/wasmtime/errors.hpp"
#include "engine/wasmtime/module_impl.hpp"
#include "engine/wasmtime/types.hpp"

namespace synapsed::engine {
namespace {

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

/// The engine says "reason (at offset 0x1f)" when it validates and "Invalid input WebAssembly code
/// at offset 31: reason" when it compiles; the offset becomes the error's place.
Error invalid_module(const wasmtime_error_t* error) {
  constexpr std::string_view kAfter = " (at offset ";
  constexpr std::string_view kBefore = "Invalid input WebAssembly code at offset ";
  std::string reason = root_cause(message_of(error));
  std::string where;
  if (const std::size_t marker = reason.rfind(kAfter); marker != std::string::npos) {
    const std::size_t start = marker + kAfter.size();
    where = "offset " + reason.substr(start, reason.find(')', start) - start);
    reason.erase(marker);
  } else if (reason.starts_with(kBefore)) {
    const std::size_t colon = reason.find(": ");
    const std::string offset = reason.substr(kBefore.size(), colon - kBefore.size());
    where = fmt::format("offset {:#x}", std::strtoull(offset.c_str(), nullptr, 10));
    reason.erase(0, colon + 2);
  }
  return Error(ErrorCode::kLoadInvalidModule, fmt::format("invalid module: {}", reason))
      .at(std::move(where));
}

Error fault_of(const wasmtime_error_t* error) {
  return Error(ErrorCode::kEngineFault, root_cause(message_of(error)));
}

const std::uint8_t* data_of(std::span<const std::byte> bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

std::shared_ptr<Module::Impl> describe(const Engine& engine, wasmtime_module_t* raw) {
  auto impl = std::make_shared<Module::Impl>(engine, ModuleHandle(raw));
  impl->imports = imports_of(raw);
  impl->exports = exports_of(raw);
  return impl;
}

}  // namespace

Result<Module> Module::compile(const Engine& engine, std::span<const std::byte> wasm) {
  wasmtime_module_t* raw = nullptr;
  const ErrorHandle error(
      wasmtime_module_new(engine.impl().engine.get(), data_of(wasm), wasm.size(), &raw));
  if (error) return std::unexpected(invalid_module(error.get()));
  return Module(describe(engine, raw));
}

Result<Module> Module::map(const Engine& engine, const std::string& path) {
  wasmtime_module_t* raw = nullptr;
  const ErrorHandle error(
      wasmtime_module_deserialize_file(engine.impl().engine.get(), path.c_str(), &raw));
  if (error) return std::unexpected(fault_of(error.get()).at(path));
  return Module(describe(engine, raw));
}

Result<Bytes> Module::serialise() const {
  ByteVector code;
  const ErrorHandle error(wasmtime_module_serialize(impl_->module.get(), &code));
  if (error) return std::unexpected(fault_of(error.get()));
  const auto* data = reinterpret_cast<const std::byte*>(code.data);
  return Bytes(data, data + code.size);
}

Result<void> validate(const Engine& engine, std::span<const std::byte> wasm) {
  return validate(engine.impl().engine.get(), wasm);
}

Result<void> validate(wasm_engine_t* engine, std::span<const std::byte> wasm) {
  const ErrorHandle error(wasmtime_module_validate(engine, data_of(wasm), wasm.size()));
  if (error) return std::unexpected(invalid_module(error.get()));
  return {};
}

std::optional<ExportIndex> Module::find_export(std::string_view name) const {
  synapsed_export_index index;
  static_assert(sizeof(index) == sizeof(ExportIndex));
  if (!synapsed_module_find_export(impl_->module.get(), name.data(), name.size(), &index)) {
    return std::nullopt;
  }
  return std::bit_cast<ExportIndex>(index);
}

const std::vector<ImportType>& Module::imports() const { return impl_->imports; }
const std::vector<ExportType>& Module::exports() const { return impl_->exports; }
const Engine& Module::engine() const { return impl_->engine; }

std::uint64_t Module::code_bytes() const {
  void* begin = nullptr;
  void* end = nullptr;
  wasmtime_module_image_range(impl_->module.get(), &begin, &end);
  return static_cast<std::uint64_t>(static_cast<std::byte*>(end) - static_cast<std::byte*>(begin));
}

}  // namespace synapsed::engine
