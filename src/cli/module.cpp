// `synapsed module`: what is in a registry, and what serves.

#include <array>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <synapsed/oci_layout.hpp>
#include <synapsed/runtime.hpp>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "base/try.hpp"
#include "base/units.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/input.hpp"
#include "cli/json.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/registry.hpp"
#include "cli/text.hpp"

namespace synapsed::cli {
namespace {

constexpr std::string_view kFooter = R"(A REFERENCE is NAME, NAME@1.2.3, NAME@RANGE such as shop/cart@^1.2, or sha256: and digits of a digest.)";
constexpr std::uint64_t kManifestBytesMax = 4 << 20;

/// Of all of the commands; each declares those it has.
struct ModuleOptions {
  RegistryAccess access;
  std::string subject;  ///< a file or a reference
  std::optional<std::string> manifest;
  std::optional<std::string> name;
  std::optional<std::string> version;
  std::optional<std::string> tag;
  std::optional<std::string> capability;
  std::optional<std::string> out;
  bool linked = false;
  bool json = false;
};

/// Returns the exit code.
using Act = Result<int> (*)(const ModuleOptions&, ModuleRegistry&, const Invocation&);

std::string time_of(const RegisteredModule& module) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(module.added_at);
  const std::time_t time = std::chrono::system_clock::to_time_t(seconds);
  std::tm utc{};
  gmtime_r(&time, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text.data();
}

Json module_json(const RegisteredModule& module) {
  return {{"name", module.name},       {"version", module.version.to_string()},
          {"active", module.is_active}, {"sha256", module.sha256},
          {"bytes", module.bytes},      {"added_at", time_of(module)},
          {"tags", module.tags},        {"capabilities", module.capabilities}};
}

void print(const ModuleOptions& options, const Invocation& invocation, const RegisteredModule& module,
           std::string_view what) {
  if (options.json) return print_answer(invocation.streams().out, module_json(module));
  invocation.streams().out << fmt::format("{} {}, sha256:{}\n", what, module.reference(), module.sha256);
}

// --- add ---

Result<SemanticVersion> version_of(const ModuleOptions& options) {
  return SemanticVersion::parse(options.version.value_or("0.1.0"));
}

/// That of `--manifest`, or the one beside the module; without one, what the options and the file's name
/// say.
Result<ModuleManifest> manifest_of(const ModuleOptions& options) {
  const std::filesystem::path file = options.subject;
  const std::string beside = (file.parent_path() / "module.toml").string();
  const bool is_there = options.subject != "-" && std::filesystem::exists(beside);
  ModuleManifest manifest;
  if (options.manifest || (is_there && !options.name)) {
    const std::string path = options.manifest.value_or(beside);
    const Bytes text = TRY(read_file(path, kManifestBytesMax));
    manifest = TRY(ModuleManifest::parse(as_text(text), path));
    if (options.version) manifest.version = TRY(version_of(options));
  } else {
    manifest.version = TRY(version_of(options));
    manifest.name = file.stem().string();
  }
  if (options.name) manifest.name = *options.name;
  if (is_module_name(manifest.name)) return manifest;
  return std::unexpected(Error(ErrorCode::kManifestInvalid,
                               fmt::format("\"{}\" is no module's name", manifest.name))
                             .help("name it with --name, or in module.toml beside it"));
}

Result<int> add(const ModuleOptions& options, ModuleRegistry& registry,
                 const Invocation& invocation) {
  const ModuleManifest manifest = TRY(manifest_of(options));
  auto wasm = read_binary(options.subject, invocation.streams());
  if (!wasm) return std::unexpected(in_file(std::move(wasm).error(), input_name(options.subject)));
  print(options, invocation, TRY(registry.add(*wasm, manifest)), "added");
  return {};
}

// --- OCI image layouts. ---

Result<int> import(const ModuleOptions& options, ModuleRegistry& registry,
                   const Invocation& invocation) {
  const auto modules =
      TRY(import_oci_layout(registry, options.subject, {.name = options.name.value_or("")}));
  if (options.json) {
    print_answer(invocation.streams().out, {{"modules", to_json_array(modules, module_json)}});
    return kSuccess;
  }
  for (const RegisteredModule& module : modules) print(options, invocation, module, "added");
  return kSuccess;
}

Result<int> export_module(const ModuleOptions& options, ModuleRegistry& registry,
                          const Invocation& invocation) {
  const RegisteredModule module = TRY(registry.find(options.subject));
  TRY(export_oci_layout(registry, {&module, 1}, *options.out));
  print(options, invocation, module, "exported");
  return kSuccess;
}

// --- Looking. ---

Result<int> list(const ModuleOptions& options, ModuleRegistry& registry,
                  const Invocation& invocation) {
  const auto modules = TRY(registry.list({.name = options.subject,
                                          .range = {},
                                          .tag = options.tag.value_or(""),
                                          .capability = options.capability.value_or("")}));
  if (options.json) {
    print_answer(invocation.streams().out, {{"modules", to_json_array(modules, module_json)}});
    return {};
  }
  Table table;
  for (const RegisteredModule& module : modules) {
    table.add_row({module.reference(), module.is_active ? "active" : "", format_bytes(module.bytes),
                   fmt::format("{}", fmt::join(module.tags, " "))});
  }
  invocation.streams().out << printable(table.text());
  return {};
}

Result<int> show(const ModuleOptions& options, ModuleRegistry& registry,
                  const Invocation& invocation) {
  const RegisteredModule module = TRY(registry.find(options.subject));
  const ModuleManifest manifest = TRY(registry.manifest(module));
  if (options.json) {
    Json json = module_json(module);
    json["manifest"] = manifest.to_toml();
    print_answer(invocation.streams().out, json);
    return {};
  }
  Table table;
  table.add_row({"module", module.reference()});
  table.add_row({"serves", module.is_active ? "yes" : "no"});
  table.add_row({"sha256", module.sha256});
  table.add_row({"size", format_bytes(module.bytes)});
  table.add_row({"added", time_of(module)});
  invocation.streams().out << table.text() << '\n' << printable(manifest.to_toml());
  return {};
}

Result<int> deps(const ModuleOptions& options, ModuleRegistry& registry,
                  const Invocation& invocation) {
  const auto modules = TRY(registry.resolve(options.subject));
  if (options.json) {
    print_answer(invocation.streams().out, {{"modules", to_json_array(modules, module_json)}});
    return {};
  }
  for (const RegisteredModule& module : modules) invocation.streams().out << module.reference() << '\n';
  return {};
}

Result<int> get(const ModuleOptions& options, ModuleRegistry& registry,
                 const Invocation& invocation) {
  const RegisteredModule module = TRY(registry.find(options.subject));
  const Bytes wasm = TRY(options.linked ? registry.linked(module) : registry.read(module));
  TRY(write_output(*options.out, wasm));
  print(options, invocation, module, "wrote");
  return {};
}

// --- Changing. ---

Result<int> remove(const ModuleOptions& options, ModuleRegistry& registry,
                    const Invocation& invocation) {
  const std::size_t at = options.subject.find('@');
  if (at == std::string::npos) {
    return std::unexpected(Error(ErrorCode::kManifestInvalid, "which version?")
                               .at(options.subject)
                               .help("write NAME@1.2.3"));
  }
  const std::string name = options.subject.substr(0, at);
  const SemanticVersion version = TRY(SemanticVersion::parse(options.subject.substr(at + 1)));
  TRY(registry.remove(name, version));
  if (options.json) {
    print_answer(invocation.streams().out, {{"name", name}, {"version", version.to_string()}});
  } else {
    invocation.streams().out << fmt::format("removed {}@{}\n", name, version.to_string());
  }
  return {};
}

/// What cannot be compiled here must not serve here.
Result<void> check_loads(const Bytes& wasm, const RegisteredModule& module,
                         const ModuleManifest& manifest) {
  WasmRuntime runtime = TRY(WasmRuntime::create(config_to_load(RuntimeConfig::production())));
  TRY(runtime.load_module(module.name, wasm, manifest.metadata()));
  return {};
}

Result<int> upgrade(const ModuleOptions& options, ModuleRegistry& registry,
                     const Invocation& invocation) {
  const std::string reference = options.subject.find('@') == std::string::npos
                                    ? fmt::format("{}@*", options.subject)
                                    : options.subject;
  const auto modules = TRY(registry.resolve(reference));
  for (const RegisteredModule& module : modules) {
    const Bytes wasm = TRY(registry.linked(module));
    const ModuleManifest manifest = TRY(registry.manifest(module));
    TRY(check_loads(wasm, module, manifest));
  }
  print(options, invocation, TRY(registry.activate(reference)), "now serving:");
  return {};
}

Result<int> rollback(const ModuleOptions& options, ModuleRegistry& registry,
                      const Invocation& invocation) {
  print(options, invocation, TRY(registry.rollback(options.subject)), "serving again:");
  return {};
}

// --- Upkeep. ---

Result<int> verify(const ModuleOptions& options, ModuleRegistry& registry,
                    const Invocation& invocation) {
  const RegistryReport report = TRY(registry.verify());
  Json problems = Json::array();
  for (const auto& [what, where] : report.problems) {
    problems.push_back({{"what", what}, {"where", where}});
    if (!options.json) invocation.streams().err << printable(fmt::format("{}: {}\n", where, what));
  }
  std::optional<Error> error;
  if (!report.problems.empty()) {
    error = Error(ErrorCode::kRegistryCorrupt,
                  fmt::format("{} of the registry's contents are damaged", report.problems.size()))
                .help("remove these versions and add them again");
  }
  if (!options.json) {
    invocation.streams().out << fmt::format(
        "{} modules, {} snapshots, {} files of {}, {} of them for nothing\n", report.modules,
        report.snapshots, report.blobs, format_bytes(report.bytes), report.unreferenced);
    if (error) return std::unexpected(*error);
    return kSuccess;
  }
  print_json(invocation.streams().out, {{"error", error ? to_json(*error) : Json()},
                                        {"modules", report.modules},
                                        {"snapshots", report.snapshots},
                                        {"files", report.blobs},
                                        {"bytes", report.bytes},
                                        {"unreferenced", report.unreferenced},
                                        {"problems", problems}});
  return error ? exit_code_of(error->error_class()) : kSuccess;
}

Result<int> gc(const ModuleOptions& options, ModuleRegistry& registry, const Invocation& invocation) {
  const RegistryCollected collected = TRY(registry.collect());
  if (options.json) {
    print_answer(invocation.streams().out, {{"files", collected.files}, {"bytes", collected.bytes}});
  } else {
    invocation.streams().out << fmt::format("removed {} files of {}\n", collected.files,
                                            format_bytes(collected.bytes));
  }
  return {};
}

// --- Declarations. ---

void add_subject(CLI::App& app, ModuleOptions& options, const char* name, const char* description) {
  app.add_option(name, options.subject, description)->type_name(name)->required();
}
void declare_add(CLI::App& app, ModuleOptions& options) {
  add_file(app, options.subject);
  add_value(app, "--manifest", options.manifest, "FILE", "Its manifest (default: module.toml beside it)");
  add_value(app, "--name", options.name, "NAME", "Its name, instead of the manifest's or the file's");
  add_value(app, "--version", options.version, "VERSION",
            "Its version, instead of the manifest's (without a manifest: 0.1.0)");
}
void declare_list(CLI::App& app, ModuleOptions& options) {
  app.add_option("NAME", options.subject, "Versions of this module only")->type_name("NAME");
  add_value(app, "--tag", options.tag, "TAG", "Those with this tag only");
  add_value(app, "--capability", options.capability, "NAME", "Those that ask for this capability only");
}
void declare_reference(CLI::App& app, ModuleOptions& options) {
  add_subject(app, options, "REFERENCE", "Which module");
}
void declare_get(CLI::App& app, ModuleOptions& options) {
  declare_reference(app, options);
  add_value(app, "-o,--output", options.out, "FILE", "Where to write, all or nothing")->required();
  app.add_flag("--linked", options.linked, "With the modules that its manifest links into it");
}
void declare_import(CLI::App& app, ModuleOptions& options) {
  app.add_option("DIR", options.subject, "An OCI image layout")->type_name("DIR")->required();
  add_value(app, "--name", options.name, "NAME", "The name of an artifact that does not say one");
}
void declare_export(CLI::App& app, ModuleOptions& options) {
  declare_reference(app, options);
  add_value(app, "-o,--output", options.out, "DIR", "The layout, made if there is none")->required();
}
void declare_remove(CLI::App& app, ModuleOptions& options) {
  add_subject(app, options, "NAME@VERSION", "Which version");
}
void declare_name(CLI::App& app, ModuleOptions& options) {
  add_subject(app, options, "NAME", "Which module");
}
void declare_nothing(CLI::App&, ModuleOptions&) {}

struct Row {
  const char* name;
  const char* description;
  void (*declare)(CLI::App&, ModuleOptions&);
  Act act;
  const char* example;
};

constexpr std::array kRows{
    Row{"add", "Add a module, binary or WAT text", declare_add, add,
        "synapsed module add cart.wasm --name shop/cart --version 1.2.0"},
    Row{"list", "List modules, the newest versions first", declare_list, list,
        "synapsed module list --tag shop"},
    Row{"show", "Show a module and its manifest", declare_reference, show,
        "synapsed module show shop/cart@^1"},
    Row{"deps", "List what a module needs, and itself, in the order of loading", declare_reference, deps,
        "synapsed module deps shop/cart"},
    Row{"get", "Write a module to a file", declare_get, get,
        "synapsed module get shop/cart@^1.2 -o cart.wasm"},
    Row{"import", "Add the modules of an OCI image layout", declare_import, import,
        "synapsed module import layout"},
    Row{"export", "Add a module to an OCI image layout", declare_export, export_module,
        "synapsed module export shop/cart@^1.2 -o layout"},
    Row{"remove", "Remove a version that does not serve", declare_remove, remove,
        "synapsed module remove shop/cart@1.1.0"},
    Row{"upgrade", "Have a version serve its name, if it and all it needs can be loaded",
        declare_reference, upgrade, "synapsed module upgrade shop/cart@^1.2"},
    Row{"rollback", "Have the version serve that served before", declare_name, rollback,
        "synapsed module rollback shop/cart"},
    Row{"verify", "Read everything and check it", declare_nothing, verify, "synapsed module verify"},
    Row{"gc", "Remove files that nothing names", declare_nothing, gc, "synapsed module gc"},
};

Command add_row(CLI::App& parent, SharedOptions& shared, const Row& row) {
  CLI::App& app = *parent.add_subcommand(row.name, row.description);
  app.group("Commands");
  const auto options = std::make_shared<ModuleOptions>();
  row.declare(app, *options);
  add_registry_access(app, options->access);
  app.add_flag("--json", options->json, "Print one JSON object");
  add_shared_options(app, shared);
  app.footer(fmt::format("Examples:\n  {}", row.example));
  return {.app = &app, .act = [options, act = row.act](const Invocation& invocation) {
            auto registry = open_registry(options->access, invocation);
            if (!registry) return report_failure(options->json, invocation, registry.error());
            const Result<int> done = act(*options, *registry, invocation);
            return done ? *done : report_failure(options->json, invocation, done.error());
          }};
}

}  // namespace

std::vector<Command> add_module(CLI::App& parent, SharedOptions& shared) {
  CLI::App& module = *parent.add_subcommand("module", "Keep modules by name and version");
  module.require_subcommand(1);
  module.footer(std::string(kFooter));
  std::vector<Command> commands;
  for (const Row& row : kRows) commands.push_back(add_row(module, shared, row));
  commands.push_back(add_module_compile(module, shared));
  return commands;
}

}  // namespace synapsed::cli
