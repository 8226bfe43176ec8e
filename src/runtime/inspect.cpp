#include <synapsed/inspect.hpp>

#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "base/try.hpp"
#include "bytecode/interface.hpp"
#include "bytecode/module.hpp"
#include "engine/module.hpp"
#include "engine/proposals.hpp"
#include "engine/text.hpp"
#include "host/canonical_abi.hpp"

namespace synapsed {
namespace {

/// An engine that accepts every proposal and optimises nothing: for looking, not for running.
Result<engine::Engine> inspecting_engine() {
  return engine::Engine::create(
      {.optimisation = engine::OptimisationLevel::kNone, .threads = true});
}

}  // namespace

Result<ModuleDescription> describe_module(std::span<const std::byte> wasm) {
  const bytecode::Module module = TRY(bytecode::read_module(wasm));
  const engine::Engine engine = TRY(inspecting_engine());
  const engine::Module compiled = TRY(engine::Module::compile(engine, wasm));
  auto interface = TRY(bytecode::read_interface(module));
  if (interface) TRY(check_interface(*interface, compiled.exports()));
  auto proposals = TRY(engine::needed_proposals(wasm));
  ModuleDescription description{.size_bytes = wasm.size(),
                                .sha256 = to_hex(sha256(wasm)),
                                .imports = compiled.imports(),
                                .exports = compiled.exports(),
                                .interface = std::move(interface),
                                .memories = module.memories,
                                .functions = static_cast<std::uint32_t>(module.bodies.size()),
                                .has_start_function = module.start.has_value(),
                                .proposals = std::move(proposals)};
  for (const bytecode::Table& table : module.tables) {
    description.tables.push_back(to_table_type(module, table));
  }
  for (const bytecode::Section& section : module.sections) {
    description.sections.push_back({.name = std::string(section.name),
                                    .is_custom = section.is_custom(),
                                    .offset = section.offset,
                                    .size_bytes = section.contents.size()});
  }
  return description;
}

Result<void> validate_module(std::span<const std::byte> wasm) {
  TRY(bytecode::read_module(wasm));
  const engine::Engine engine = TRY(inspecting_engine());
  return engine::validate(engine, wasm);
}

Result<Bytes> wat_to_wasm(std::string_view wat) { return engine::wat_to_wasm(wat); }

Result<std::string> wasm_to_wat(std::span<const std::byte> wasm) {
  TRY(validate_module(wasm));
  return engine::wasm_to_wat(wasm);
}

bool looks_like_wasm(std::span<const std::byte> bytes) { return bytecode::has_magic(bytes); }

}  // namespace synapsed
