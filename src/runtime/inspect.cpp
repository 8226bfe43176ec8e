#include <synapsed/inspect.hpp>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "base/try.hpp"
#include "base/units.hpp"
#include "bytecode/component.hpp"
#include "bytecode/facts.hpp"
#include "bytecode/interface.hpp"
#include "bytecode/module.hpp"
#include "bytecode/writer.hpp"
#include "engine/module.hpp"
#include "engine/text.hpp"
#include "host/canonical_abi.hpp"
#include "runtime/suggest.hpp"

namespace synapsed {
namespace {

/// An engine that accepts every proposal and optimises nothing: for looking, not for running.
Result<engine::Engine> inspecting_engine() {
  return engine::Engine::create(
      {.optimisation = engine::OptimisationLevel::kNone, .threads = true});
}

/// The error for a component says where its core modules are.
Error with_core_modules(Error error, std::span<const std::byte> wasm) {
  const auto found = bytecode::find_core_modules(wasm);
  if (!found || found->empty()) return error;
  std::string text = "it holds core modules, which can be cut out:";
  for (const bytecode::NestedModule& each : *found) {
    text += fmt::format(" {} at offset {:#x}", format_bytes(each.size_bytes), each.offset);
    if (&each != &found->back()) text += ",";
  }
  return std::move(error).help(std::move(text));
}

Result<bytecode::Module> read_for_inspection(std::span<const std::byte> wasm) {
  auto module = bytecode::read_module(wasm);
  if (module || module.error().code() != ErrorCode::kLoadIsComponent) return module;
  return std::unexpected(with_core_modules(std::move(module).error(), wasm));
}

/// The imports by function index, which counts imported functions first.
std::vector<std::string> names_of_imported_functions(const bytecode::Module& module) {
  std::vector<std::string> names;
  for (const bytecode::Import& import : module.imports) {
    if (import.kind != bytecode::ExternKind::kFunction) continue;
    names.push_back(fmt::format("{}.{}", import.module, import.name));
  }
  return names;
}

void describe_code(const bytecode::Module& module, ModuleDescription& description) {
  for (std::size_t i = 0; i < module.bodies.size(); ++i) {
    const std::uint32_t function = module.function_of_body(i);
    description.bodies.push_back({.index = function,
                                  .name = std::string(module.name_of(function)),
                                  .offset = module.offset_of(module.bodies[i].bytes),
                                  .size_bytes = module.bodies[i].bytes.size()});
  }
}

void describe_facts(const bytecode::Module& module, const bytecode::ModuleFacts& facts,
                    ModuleDescription& description) {
  description.name = std::string(facts.name);
  description.has_debug_info = facts.has_debug_info;
  for (const bytecode::FeatureUse& use : facts.features) {
    FeatureInfo info{.name = std::string(to_string(use.feature)),
                     .offset = use.place.offset,
                     .function = std::nullopt};
    if (use.place.function != bytecode::kNoIndex) info.function = use.place.function;
    description.features.push_back(std::move(info));
  }
  for (const bytecode::Producer& producer : facts.producers) {
    description.producers.push_back({.field = std::string(producer.field),
                                     .name = std::string(producer.name),
                                     .version = std::string(producer.version)});
  }
  const std::vector<std::string> imports = names_of_imported_functions(module);
  description.reach_is_complete = facts.reach_is_complete;
  for (const bytecode::ExportReach& reach : facts.reach) {
    ReachInfo info{.exported = std::string(module.exports[reach.exported].name), .imports = {}};
    for (const std::uint32_t function : reach.imports) info.imports.push_back(imports[function]);
    description.reach.push_back(std::move(info));
  }
}

/// Each name once, and none that is empty.
std::vector<std::string_view> distinct(std::vector<std::string_view> names) {
  std::ranges::sort(names);
  const auto again = std::ranges::unique(names);
  names.erase(again.begin(), again.end());
  std::erase(names, std::string_view());
  return names;
}

/// Error: `call.unknown_export` with what is near.
Result<std::uint32_t> find_function(const bytecode::Module& module, std::string_view wanted) {
  std::uint32_t index = 0;
  const auto [end, problem] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), index);
  if (problem == std::errc() && end == wanted.data() + wanted.size() &&
      module.body_of(index) != nullptr) {
    return index;
  }
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < module.bodies.size(); ++i) {
    const std::uint32_t function = module.function_of_body(i);
    names.push_back(module.name_of(function));
    if (names.back() == wanted && !wanted.empty()) return function;
  }
  for (const bytecode::Export& exported : module.exports) {
    if (exported.kind != bytecode::ExternKind::kFunction) continue;
    if (exported.name == wanted && module.body_of(exported.index) != nullptr) return exported.index;
    names.push_back(exported.name);
  }
  return std::unexpected(
      Error(ErrorCode::kUnknownExport, fmt::format("the module defines no function \"{}\"", wanted))
          .help(suggest(wanted, distinct(std::move(names)))));
}

/// The module with every body but one replaced by a trap: what is printed of the others does not
/// matter, and code is most of a module.
Result<Bytes> with_only_body(const bytecode::Module& module, std::uint32_t function) {
  bytecode::Writer code;
  code.unsigned_leb(module.bodies.size());
  bytecode::Writer trap;
  trap.byte(0);
  trap.op(bytecode::Op::kUnreachable);
  trap.op(bytecode::Op::kEnd);
  for (std::size_t i = 0; i < module.bodies.size(); ++i) {
    const bool wanted = module.function_of_body(i) == function;
    code.sized(wanted ? module.bodies[i].bytes : ByteSpan(trap.bytes()));
  }
  bytecode::ModuleWriter writer(module);
  writer.replace(bytecode::SectionId::kCode, code.take());
  return writer.write();
}

/// The lines of the function with this index. The printer gives each definition of a module lines
/// of its own, two blanks in, and writes `(;INDEX;)` behind the name.
std::string cut_function(std::string_view wat, std::uint32_t function) {
  constexpr std::string_view kStart = "\n  (func ";
  const std::string number = fmt::format("(;{};)", function);
  for (std::size_t at = wat.find(kStart); at != std::string_view::npos;
       at = wat.find(kStart, at + 1)) {
    const std::size_t line_end = wat.find('\n', at + 1);
    const std::string_view line = wat.substr(at + 1, line_end - at - 1);
    const std::size_t found = line.find(number);
    if (found == std::string_view::npos || line.substr(0, found).find("(type") != line.npos) {
      continue;
    }
    std::size_t end = line_end;  // the next line that is no deeper, past a closing parenthesis
    while (end != std::string_view::npos && wat.substr(end + 1).starts_with("   ")) {
      end = wat.find('\n', end + 1);
    }
    if (wat.substr(end + 1).starts_with("  )")) end = wat.find('\n', end + 1);
    return std::string(wat.substr(at + 1, end - at));
  }
  return {};
}

}  // namespace

Result<ModuleDescription> describe_module(std::span<const std::byte> wasm) {
  const bytecode::Module module = TRY(read_for_inspection(wasm));
  const engine::Engine engine = TRY(inspecting_engine());
  const engine::Module compiled = TRY(engine::Module::compile(engine, wasm));
  auto interface = TRY(bytecode::read_interface(module));
  if (interface) TRY(check_interface(*interface, compiled.exports()));
  ModuleDescription description{.size_bytes = wasm.size(),
                                .sha256 = to_hex(sha256(wasm)),
                                .imports = compiled.imports(),
                                .exports = compiled.exports(),
                                .interface = std::move(interface),
                                .memories = module.memories,
                                .functions = static_cast<std::uint32_t>(module.bodies.size()),
                                .has_start_function = module.start.has_value(),
                                .start_function = module.start};
  for (const bytecode::Table& table : module.tables) {
    description.tables.push_back(to_table_type(module, table));
  }
  for (const bytecode::Section& section : module.sections) {
    description.sections.push_back({.name = std::string(section.name),
                                    .is_custom = section.is_custom(),
                                    .offset = section.offset,
                                    .size_bytes = section.contents.size()});
  }
  describe_code(module, description);
  describe_facts(module, TRY(bytecode::gather_facts(module)), description);
  return description;
}

Result<void> validate_module(std::span<const std::byte> wasm) {
  TRY(read_for_inspection(wasm));
  const engine::Engine engine = TRY(inspecting_engine());
  return engine::validate(engine, wasm);
}

Result<Bytes> wat_to_wasm(std::string_view wat) { return engine::wat_to_wasm(wat); }

Result<std::string> wasm_to_wat(std::span<const std::byte> wasm) {
  TRY(validate_module(wasm));
  return engine::wasm_to_wat(wasm);
}

Result<std::string> function_to_wat(std::span<const std::byte> wasm, std::string_view function) {
  TRY(validate_module(wasm));
  const bytecode::Module module = TRY(bytecode::read_module(wasm));
  const std::uint32_t index = TRY(find_function(module, function));
  const Bytes alone = TRY(with_only_body(module, index));
  return cut_function(TRY(engine::wasm_to_wat(alone)), index);
}

Result<std::string> call_graph_to_dot(std::span<const std::byte> wasm) {
  TRY(validate_module(wasm));
  const bytecode::Module module = TRY(bytecode::read_module(wasm));
  const bytecode::ModuleFacts facts = TRY(bytecode::gather_facts(module));
  const std::vector<std::string> imports = names_of_imported_functions(module);
  const auto escaped = [](std::string_view text) {
    std::string safe;
    for (const char character : text) {
      if (character == '"' || character == '\\') safe += '\\';
      const bool control = static_cast<unsigned char>(character) < 0x20 || character == 0x7f;
      safe += control ? '?' : character;
    }
    return safe;
  };
  std::string dot = "digraph calls {\n";
  for (std::uint32_t node = 0; node < facts.calls.nodes(); ++node) {
    const bool is_import = node < imports.size();
    if (facts.calls.is_function(node)) {
      const std::string_view name = is_import ? imports[node] : module.name_of(node);
      dot += fmt::format("  n{} [label=\"{}{}{}\"{}];\n", node, node, name.empty() ? "" : " ",
                         escaped(name), is_import ? ", shape=box" : "");
    } else {
      dot += fmt::format("  n{} [label=\"indirect\", shape=diamond];\n", node);
    }
    for (const std::uint32_t target : facts.calls.from(node)) {
      dot += fmt::format("  n{} -> n{};\n", node, target);
    }
  }
  return dot + "}\n";
}

bool looks_like_wasm(std::span<const std::byte> bytes) { return bytecode::has_magic(bytes); }

}  // namespace synapsed
