// `synapsed snapshot`: states of instances, in files and in a registry.

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <synapsed/snapshot.hpp>

#include "base/hex.hpp"
#include "base/try.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/registry.hpp"
#include "cli/run_snapshot.hpp"
#include "cli/text.hpp"

namespace synapsed::cli {
namespace {

constexpr std::string_view kShowExamples = R"(Examples:
  synapsed run counter.wasm --save-snapshot one.snapshot --invoke next
  synapsed snapshot show one.snapshot
  synapsed snapshot show one.snapshot --json)";
constexpr std::string_view kDiffExamples = R"(Examples:
  synapsed run counter.wasm --from-snapshot one.snapshot --save-snapshot two.snapshot --invoke next
  synapsed snapshot diff one.snapshot two.snapshot)";

struct Options {
  std::string file;
  std::string other;
  bool json = false;
};

// --- show ---

Json to_json(const SnapshotInfo& info, const std::string& digest) {
  Json memories = Json::array();
  for (const auto& [index, bytes, pages] : info.memories) {
    memories.push_back({{"index", index}, {"bytes", bytes}, {"changed_pages", pages}});
  }
  Json tables = Json::array();
  for (const auto& [index, elements] : info.tables) {
    tables.push_back({{"index", index}, {"elements", elements}});
  }
  return {{"digest", digest},
          {"module_sha256", info.module_sha256},
          {"globals", info.globals},
          {"memories", memories},
          {"tables", tables},
          {"dropped_data", info.dropped_data},
          {"dropped_elements", info.dropped_elements}};
}

std::string segments(const std::vector<std::uint32_t>& numbers) {
  return numbers.empty() ? "none" : fmt::format("{}", fmt::join(numbers, ", "));
}

std::string text_of(const SnapshotInfo& info, const std::string& digest) {
  Table table;
  table.add_row({"state", digest});
  table.add_row({"module", info.module_sha256});
  table.add_row({"globals", fmt::format("{} that can change", info.globals)});
  for (const auto& [index, bytes, pages] : info.memories) {
    table.add_row({fmt::format("memory {}", index),
                   fmt::format("{}, {} of its pages of 4 KiB changed", format_bytes(bytes), pages)});
  }
  for (const auto& [index, elements] : info.tables) {
    table.add_row({fmt::format("table {}", index), fmt::format("{} elements", elements)});
  }
  table.add_row({"dropped data", segments(info.dropped_data)});
  table.add_row({"dropped elements", segments(info.dropped_elements)});
  return table.text();
}

Result<void> show(const Options& options, std::ostream& out) {
  const Snapshot snapshot = TRY(read_snapshot(options.file));
  const std::string digest = to_hex(TRY(snapshot.digest()));
  if (options.json) {
    print_answer(out, to_json(snapshot.info(), digest));
  } else {
    out << text_of(snapshot.info(), digest);
  }
  return {};
}

// --- diff ---

Json to_json(const SnapshotDifference& difference) {
  Json globals = Json::array();
  for (const auto& [index, before, after] : difference.globals) {
    globals.push_back({{"index", index}, {"before", before}, {"after", after}});
  }
  Json resized = Json::array();
  for (const auto& [memory, before, after] : difference.resized) {
    resized.push_back({{"memory", memory}, {"before", before}, {"after", after}});
  }
  Json ranges = Json::array();
  for (const auto& [memory, offset, bytes] : difference.ranges) {
    ranges.push_back({{"memory", memory}, {"offset", offset}, {"bytes", bytes}});
  }
  return {{"same", difference.is_none()}, {"globals", globals},           {"resized", resized},
          {"ranges", ranges},             {"tables", difference.tables},  {"segments", difference.segments}};
}

std::string text_of(const SnapshotDifference& difference) {
  if (difference.is_none()) return "the same state\n";
  Table table;
  for (const auto& [index, before, after] : difference.globals) {
    table.add_row({fmt::format("global {}", index), fmt::format("{} -> {}", before, after)});
  }
  for (const auto& [memory, before, after] : difference.resized) {
    table.add_row({fmt::format("memory {}", memory),
                   fmt::format("{} -> {}", format_bytes(before), format_bytes(after))});
  }
  for (const auto& [memory, offset, bytes] : difference.ranges) {
    table.add_row({fmt::format("memory {}", memory),
                   fmt::format("{:#x}, {} bytes", offset, bytes)});
  }
  for (const std::uint32_t index : difference.tables) {
    table.add_row({fmt::format("table {}", index), "other elements"});
  }
  if (difference.segments) table.add_row({"segments", "others were dropped"});
  return table.text();
}

Result<void> diff(const Options& options, std::ostream& out) {
  const Snapshot before = TRY(read_snapshot(options.file));
  const Snapshot after = TRY(read_snapshot(options.other));
  const SnapshotDifference difference = TRY(after.difference(before));
  if (options.json) {
    print_answer(out, to_json(difference));
  } else {
    out << text_of(difference);
  }
  return {};
}

// --- In a registry. ---

Json registered_json(const RegisteredSnapshot& snapshot) {
  return {{"name", snapshot.name},
          {"module_sha256", snapshot.module_sha256},
          {"sha256", snapshot.sha256},
          {"bytes", snapshot.bytes}};
}

Result<void> save(const Options& options, ModuleRegistry& registry, std::ostream& out) {
  const Snapshot snapshot = TRY(read_snapshot(options.other));
  const RegisteredSnapshot saved = TRY(registry.save_snapshot(options.file, snapshot));
  if (options.json) {
    print_answer(out, registered_json(saved));
  } else {
    out << fmt::format("saved {}, {}\n", saved.name, format_bytes(saved.bytes));
  }
  return {};
}

Result<void> load(const Options& options, ModuleRegistry& registry, std::ostream& out) {
  const Snapshot snapshot = TRY(registry.load_snapshot(options.file));
  const Bytes bytes = TRY(snapshot.to_bytes());
  TRY(write_output(options.other, bytes));
  if (options.json) print_answer(out, {{"name", options.file}, {"bytes", bytes.size()}});
  return {};
}

Result<void> list(const Options& options, ModuleRegistry& registry, std::ostream& out) {
  const auto all = TRY(registry.list_snapshots());
  if (options.json) {
    print_answer(out, {{"snapshots", to_json_array(all, registered_json)}});
    return {};
  }
  Table table;
  for (const RegisteredSnapshot& snapshot : all) {
    table.add_row({snapshot.name, format_bytes(snapshot.bytes),
                   fmt::format("of sha256:{}", snapshot.module_sha256)});
  }
  out << table.text();
  return {};
}

Result<void> remove(const Options& options, ModuleRegistry& registry, std::ostream& out) {
  TRY(registry.remove_snapshot(options.file));
  if (options.json) print_answer(out, {{"name", options.file}});
  return {};
}

struct Row {
  const char* name;
  const char* description;
  bool takes_name;
  const char* file;  ///< what the other argument is called; null: there is none
  Result<void> (*act)(const Options&, ModuleRegistry&, std::ostream&);
  const char* example;
};

constexpr std::array kRows{
    Row{"save", "Keep a state in the registry, under a name", true, "FILE", save,
        "synapsed snapshot save warm one.snapshot"},
    Row{"load", "Write a state of the registry to a file", true, "OUT", load,
        "synapsed snapshot load warm one.snapshot"},
    Row{"list", "List the states in the registry", false, nullptr, list, "synapsed snapshot list"},
    Row{"remove", "Remove a state from the registry", true, nullptr, remove,
        "synapsed snapshot remove warm"},
};

Command add_row(CLI::App& parent, SharedOptions& shared, const Row& row) {
  CLI::App& app = *parent.add_subcommand(row.name, row.description);
  const auto options = std::make_shared<Options>();
  const auto access = std::make_shared<RegistryAccess>();
  if (row.takes_name) {
    app.add_option("NAME", options->file, "What it is called")->type_name("NAME")->required();
  }
  if (row.file != nullptr) {
    app.add_option(row.file, options->other, "A snapshot")->type_name("FILE")->required();
  }
  add_registry_access(app, *access);
  app.add_flag("--json", options->json, "Print one JSON object");
  add_shared_options(app, shared);
  app.footer(fmt::format("Examples:\n  {}", row.example));
  return {.app = &app, .act = [options, access, act = row.act](const Invocation& invocation) {
            auto registry = open_registry(*access, invocation);
            if (!registry) return report_failure(options->json, invocation, registry.error());
            const auto done = act(*options, *registry, invocation.streams().out);
            return done ? kSuccess : report_failure(options->json, invocation, done.error());
          }};
}

Command add_show(CLI::App& parent, SharedOptions& shared) {
  CLI::App& app = *parent.add_subcommand("show", "Print what a snapshot holds");
  const auto options = std::make_shared<Options>();
  app.add_option("FILE", options->file, "A snapshot")->type_name("FILE")->required();
  app.add_flag("--json", options->json, "Print one JSON object");
  add_shared_options(app, shared);
  app.footer(std::string(kShowExamples));
  return {.app = &app, .act = [options](const Invocation& invocation) {
            const auto done = show(*options, invocation.streams().out);
            return done ? kSuccess : report_failure(options->json, invocation, done.error());
          }};
}

Command add_diff(CLI::App& parent, SharedOptions& shared) {
  CLI::App& app = *parent.add_subcommand("diff", "Print what two snapshots of a module have different");
  const auto options = std::make_shared<Options>();
  app.add_option("BEFORE", options->file, "A snapshot")->type_name("FILE")->required();
  app.add_option("AFTER", options->other, "Another")->type_name("FILE")->required();
  app.add_flag("--json", options->json, "Print one JSON object");
  add_shared_options(app, shared);
  app.footer(std::string(kDiffExamples));
  return {.app = &app, .act = [options](const Invocation& invocation) {
            const auto done = diff(*options, invocation.streams().out);
            return done ? kSuccess : report_failure(options->json, invocation, done.error());
          }};
}

}  // namespace

std::vector<Command> add_snapshot(CLI::App& parent, SharedOptions& shared) {
  CLI::App& app = *parent.add_subcommand("snapshot", "Look into states of instances");
  app.require_subcommand(1);
  add_shared_options(app, shared);
  std::vector<Command> commands{add_show(app, shared), add_diff(app, shared)};
  for (const Row& row : kRows) commands.push_back(add_row(app, shared, row));
  return commands;
}

}  // namespace synapsed::cli
