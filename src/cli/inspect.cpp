#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <synapsed/inspect.hpp>

#include "base/try.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/input.hpp"
#include "cli/json.hpp"
#include "cli/options.hpp"
#include "cli/text.hpp"

namespace synapsed::cli {
namespace {

constexpr std::string_view kExamples = R"(Examples:
  synapsed inspect program.wasm
  synapsed inspect --json program.wasm | jq '.imports[].name'

Of a text module the assembled binary is shown. Nothing of the module is run.)";

struct Options {
  std::string file;
  bool json = false;
};

Result<ModuleDescription> describe(const Options& options, const Streams& streams) {
  return describe_module(TRY(read_binary(options.file, streams)));
}

Json description_json(const ModuleDescription& module) {
  return {{"error", nullptr},
          {"size_bytes", module.size_bytes},
          {"sha256", module.sha256},
          {"functions", module.functions},
          {"has_start_function", module.has_start_function},
          {"proposals", module.proposals},
          {"imports", to_json_array(module.imports)},
          {"exports", to_json_array(module.exports)},
          {"interface", module.interface ? Json(to_string(*module.interface)) : Json()},
          {"memories", to_json_array(module.memories)},
          {"tables", to_json_array(module.tables)},
          {"sections", to_json_array(module.sections)}};
}

std::string heading(std::string_view what, std::size_t count) {
  return fmt::format("\n{} ({})\n", what, count);
}

/// `1.5 KiB (1536 bytes)`, `70 bytes`.
std::string size_text(std::uint64_t bytes) {
  const std::string exact = fmt::format("{} bytes", bytes);
  const std::string rounded = format_bytes(bytes);
  return rounded == exact ? exact : fmt::format("{} ({})", rounded, exact);
}

std::string facts_text(const std::string& file, const ModuleDescription& module) {
  Table table;
  table.add_row({"module", file});
  table.add_row({"size", size_text(module.size_bytes)});
  table.add_row({"sha256", module.sha256});
  table.add_row({"functions", fmt::format("{}", module.functions)});
  table.add_row({"start function", module.has_start_function ? "yes" : "no"});
  table.add_row({"proposals", module.proposals.empty()
                                  ? "none beyond WebAssembly 1.0"
                                  : fmt::format("{}", fmt::join(module.proposals, ", "))});
  return table.text();
}

std::string imports_text(const std::vector<ImportType>& imports) {
  Table table(2);
  for (const ImportType& import : imports) {
    table.add_row({import.module + "." + import.name, to_string(import.type)});
  }
  return heading("imports", imports.size()) + table.text();
}

std::string exports_text(const std::vector<ExportType>& exports) {
  Table table(2);
  for (const ExportType& exported : exports) {
    table.add_row({exported.name, to_string(exported.type)});
  }
  return heading("exports", exports.size()) + table.text();
}

std::string interface_text(const std::optional<Interface>& interface) {
  if (!interface) return {};
  Table table(2);
  for (const InterfaceRecord& record : interface->records) table.add_row({to_string(record)});
  for (const InterfaceFunction& function : interface->functions) {
    table.add_row({to_string(function)});
  }
  return heading("interface", interface->functions.size()) + table.text();
}

/// Memories or tables with their indices, imported ones first.
template <typename Type>
std::string indexed_text(std::string_view what, const std::vector<Type>& types) {
  Table table(2);
  std::size_t index = 0;
  for (const Type& type : types) {
    table.add_row({fmt::format("{}", index++), to_string(ExternType(type))});
  }
  return heading(what, types.size()) + table.text();
}

std::string sections_text(const std::vector<SectionInfo>& sections) {
  Table table(2);
  if (!sections.empty()) table.add_row({"name", "kind", "offset", "size in bytes"});
  for (const SectionInfo& section : sections) {
    table.add_row({section.name, section.is_custom ? "custom" : "standard",
                   fmt::format("{:#x}", section.offset), fmt::format("{}", section.size_bytes)});
  }
  return heading("sections", sections.size()) + table.text();
}

std::string description_text(const std::string& file, const ModuleDescription& module) {
  return facts_text(file, module) + imports_text(module.imports) + exports_text(module.exports) +
         interface_text(module.interface) + indexed_text("memories", module.memories) +
         indexed_text("tables", module.tables) + sections_text(module.sections);
}

int report_failure(const Options& options, const Invocation& invocation, const Error& error) {
  if (!options.json) return report(invocation, error);
  print_json(invocation.streams().out, {{"error", to_json(error)}});
  return exit_code_of(error.error_class());
}

int inspect(const Options& options, const Invocation& invocation) {
  const std::string name = input_name(options.file);
  const auto module = describe(options, invocation.streams());
  if (!module) return report_failure(options, invocation, in_file(module.error(), name));
  if (options.json) {
    print_json(invocation.streams().out, description_json(*module));
  } else {
    invocation.streams().out << description_text(name, *module);
  }
  return kSuccess;
}

}  // namespace

Command add_inspect(CLI::App& parent, SharedOptions& shared) {
  CLI::App& app =
      *parent.add_subcommand("inspect", "Show what a module imports, exports and holds");
  const auto options = std::make_shared<Options>();
  add_file(app, options->file);
  app.add_flag("--json", options->json, "Print one JSON object");
  add_shared_options(app, shared);
  app.footer(std::string(kExamples));
  return {.app = &app,
          .act = [options](const Invocation& invocation) { return inspect(*options, invocation); }};
}

}  // namespace synapsed::cli
