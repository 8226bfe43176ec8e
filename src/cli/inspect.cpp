#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <synapsed/inspect.hpp>

#include "base/try.hpp"
#include "base/units.hpp"
#include "bytecode/reserved_names.hpp"
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
  synapsed inspect --wat main program.wasm
  synapsed inspect --call-graph program.wasm | dot -Tsvg > calls.svg

Of a text module the assembled binary is shown. Nothing of the module is run.)";

struct Options {
  std::string file;
  bool json = false;
  bool reserved = false;  ///< the exports of the runtime are shown, too
  std::optional<std::string> wat;  ///< a function's name or index
  bool call_graph = false;
};

bool is_reserved(std::string_view name) { return name.starts_with(bytecode::kReservedPrefix); }

/// Leaves out what the runtime adds to the modules it makes.
Result<ModuleDescription> describe(const Options& options, const Streams& streams) {
  const Bytes wasm = TRY(read_binary(options.file, streams));
  ModuleDescription module = TRY(describe_module(wasm));
  if (options.reserved) return module;
  std::erase_if(module.exports, [](const ExportType& each) { return is_reserved(each.name); });
  std::erase_if(module.reach, [](const ReachInfo& each) { return is_reserved(each.exported); });
  return module;
}

Json description_json(const ModuleDescription& module) {
  return {{"error", nullptr},
          {"size_bytes", module.size_bytes},
          {"sha256", module.sha256},
          {"functions", module.functions},
          {"has_start_function", module.has_start_function},
          {"imports", to_json_array(module.imports)},
          {"exports", to_json_array(module.exports)},
          {"interface", module.interface ? Json(to_string(*module.interface)) : Json()},
          {"memories", to_json_array(module.memories)},
          {"tables", to_json_array(module.tables)},
          {"sections", to_json_array(module.sections)},
          {"name", or_null(module.name)},
          {"start_function", module.start_function ? Json(*module.start_function) : Json()},
          {"features", to_json_array(module.features)},
          {"producers", to_json_array(module.producers)},
          {"has_debug_info", module.has_debug_info},
          {"reach", to_json_array(module.reach)},
          {"reach_is_complete", module.reach_is_complete},
          {"bodies", to_json_array(module.bodies)}};
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
  table.add_row({"start function", module.start_function
                                       ? fmt::format("yes, function {}", *module.start_function)
                                       : "no"});
  table.add_row({"debug info", module.has_debug_info ? "yes" : "no"});
  for (const ProducerInfo& producer : module.producers) {
    table.add_row({producer.field, producer.name + " " + producer.version});
  }
  return printable(table.text());
}

std::string features_text(const std::vector<FeatureInfo>& features) {
  Table table(2);
  for (const FeatureInfo& feature : features) {
    table.add_row({feature.name, fmt::format("first at {:#x}", feature.offset),
                   feature.function ? fmt::format("function {}", *feature.function) : ""});
  }
  return heading("features", features.size()) + table.text();
}

std::string reach_text(const ModuleDescription& module) {
  Table table(2);
  for (const ReachInfo& reach : module.reach) {
    table.add_row({reach.exported, reach.imports.empty()
                                       ? "no import"
                                       : fmt::format("{}", fmt::join(reach.imports, ", "))});
  }
  std::string text = heading("imports that exports reach", module.reach.size()) + table.text();
  if (!module.reach_is_complete) text += "  (the module is too large for the others)\n";
  return printable(text);
}

/// The largest ones, which is what people look for.
std::string bodies_text(std::vector<FunctionInfo> bodies) {
  constexpr std::size_t kShown = 10;
  std::ranges::sort(bodies, std::ranges::greater(), [](const FunctionInfo& body) {
    return std::pair(body.size_bytes, ~body.index);  // of equal ones, the first
  });
  if (bodies.size() > kShown) bodies.resize(kShown);
  Table table(2);
  for (const FunctionInfo& body : bodies) {
    table.add_row({fmt::format("{}", body.index), fmt::format("{} bytes", body.size_bytes),
                   fmt::format("{:#x}", body.offset), body.name});
  }
  return printable(heading("largest functions", bodies.size()) + table.text());
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
         indexed_text("tables", module.tables) + features_text(module.features) +
         reach_text(module) + bodies_text(module.bodies) + sections_text(module.sections);
}

Result<std::string> text_of(const Options& options, const Streams& streams) {
  const Bytes wasm = TRY(read_binary(options.file, streams));
  return options.wat ? function_to_wat(wasm, *options.wat) : call_graph_to_dot(wasm);
}

int inspect(const Options& options, const Invocation& invocation) {
  const std::string name = input_name(options.file);
  if (options.wat || options.call_graph) {
    const auto text = text_of(options, invocation.streams());
    if (!text) return report_failure(options.json, invocation, in_file(text.error(), name));
    invocation.streams().out << printable(*text);
    return kSuccess;
  }
  const auto module = describe(options, invocation.streams());
  if (!module) return report_failure(options.json, invocation, in_file(module.error(), name));
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
  CLI::Option* json = app.add_flag("--json", options->json, "Print one JSON object");
  CLI::Option* reserved = app.add_flag("--reserved", options->reserved,
                                       "Show the exports that the runtime adds, too");
  CLI::Option* wat = add_value(app, "--wat", options->wat, "FUNCTION",
                               "Print one function as text, by its name or index");
  CLI::Option* graph = app.add_flag("--call-graph", options->call_graph,
                                    "Print who calls whom, for Graphviz");
  wat->excludes(json, graph, reserved);
  graph->excludes(json, reserved);
  add_shared_options(app, shared);
  app.footer(std::string(kExamples));
  return {.app = &app,
          .act = [options](const Invocation& invocation) { return inspect(*options, invocation); }};
}

}  // namespace synapsed::cli
