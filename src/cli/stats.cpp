// `synapsed stats`: what is kept on this machine.

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include <fmt/format.h>
#include <synapsed/config.hpp>

#include "base/try.hpp"
#include "base/units.hpp"
#include "cli/cache.hpp"
#include "cli/command.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/options.hpp"
#include "cli/registry.hpp"
#include "cli/text.hpp"
#include "code_cache/cache.hpp"

namespace synapsed::cli {
namespace {

struct StatsOptions {
  RegistryAccess access;
  std::optional<std::string> code_cache;
  bool json = false;
};

struct RegistryStats {
  std::set<std::string> names;
  std::uint64_t versions = 0;
  std::uint64_t serving = 0;
  std::uint64_t module_bytes = 0;  ///< the same bytes once
  std::uint64_t snapshots = 0;
  std::uint64_t snapshot_bytes = 0;
};

Result<RegistryStats> count(const ModuleRegistry& registry) {
  RegistryStats stats;
  std::set<std::string> digests;
  for (const RegisteredModule& module : TRY(registry.list())) {
    stats.names.insert(module.name);
    ++stats.versions;
    if (module.is_active) ++stats.serving;
    if (digests.insert(module.sha256).second) stats.module_bytes += module.bytes;
  }
  for (const RegisteredSnapshot& snapshot : TRY(registry.list_snapshots())) {
    ++stats.snapshots;
    if (digests.insert(snapshot.sha256).second) stats.snapshot_bytes += snapshot.bytes;
  }
  return stats;
}

/// None: no code cache is named.
Result<std::optional<code_cache::Contents>> count_code(const std::optional<std::string>& directory) {
  if (!directory) return std::nullopt;
  const auto cache =
      TRY(code_cache::Cache::open(*directory, CompilationConfig{}.cache_bytes_max));
  return TRY(cache->contents());
}

Json to_json(const RegistryStats& stats) {
  return {{"modules", stats.names.size()},       {"versions", stats.versions},
          {"serving", stats.serving},            {"module_bytes", stats.module_bytes},
          {"snapshots", stats.snapshots},        {"snapshot_bytes", stats.snapshot_bytes}};
}

std::string text_of(const RegistryStats& stats,
                    const std::optional<code_cache::Contents>& code) {
  Table table;
  table.add_row({"modules", fmt::format("{}, {} of them serve", stats.names.size(), stats.serving)});
  table.add_row({"versions", fmt::format("{}, {}", stats.versions, format_bytes(stats.module_bytes))});
  table.add_row(
      {"snapshots", fmt::format("{}, {}", stats.snapshots, format_bytes(stats.snapshot_bytes))});
  table.add_row({"compiled", code ? fmt::format("{}, {}", code->entries, format_bytes(code->bytes))
                                  : std::string("no code cache is named")});
  return table.text();
}

Result<void> go(const StatsOptions& options, const Invocation& invocation) {
  const ModuleRegistry registry = TRY(open_registry(options.access, invocation));
  const RegistryStats stats = TRY(count(registry));
  const auto code = TRY(count_code(
      code_cache_directory(options.code_cache, invocation.surroundings.environment)));
  std::ostream& out = invocation.streams().out;
  if (!options.json) {
    out << text_of(stats, code);
    return {};
  }
  Json compiled;
  if (code) compiled = {{"entries", code->entries}, {"bytes", code->bytes}};
  print_answer(out, {{"registry", to_json(stats)}, {"code_cache", compiled}});
  return {};
}

}  // namespace

Command add_stats(CLI::App& parent, SharedOptions& shared) {
  CLI::App& app = *parent.add_subcommand("stats", "Print what is kept: modules, snapshots, code");
  const auto options = std::make_shared<StatsOptions>();
  add_registry_access(app, options->access);
  add_code_cache_option(app, options->code_cache);
  app.add_flag("--json", options->json, "Print one JSON object");
  add_shared_options(app, shared);
  app.footer(
      "What one execution takes: synapsed run --stats.\n\nExamples:\n  synapsed stats --json");
  return {.app = &app, .act = [options](const Invocation& invocation) {
            const auto done = go(*options, invocation);
            return done ? kSuccess : report_failure(options->json, invocation, done.error());
          }};
}

}  // namespace synapsed::cli
