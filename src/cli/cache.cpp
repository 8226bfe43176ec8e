// `synapsed cache`: compiled code that is kept for the next process.

#include "cli/cache.hpp"

#include <array>
#include <memory>

#include <fmt/format.h>
#include <synapsed/config.hpp>

#include "base/try.hpp"
#include "base/units.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/options.hpp"
#include "cli/text.hpp"
#include "code_cache/cache.hpp"

namespace synapsed::cli {
namespace {

struct Options {
  std::optional<std::string> directory;
  bool json = false;
};

struct Row {
  const char* name;
  const char* description;
  const char* done;  ///< before what it counts
  Result<code_cache::Contents> (*act)(code_cache::Cache&);
  const char* example;
};

constexpr std::array kRows{
    Row{"show", "Print how much compiled code is kept", "kept:",
        [](code_cache::Cache& cache) { return cache.contents(); },
        "synapsed cache show --code-cache ~/.cache/synapsed/code"},
    Row{"clear", "Remove the compiled code", "removed:",
        [](code_cache::Cache& cache) { return cache.clear(); },
        "synapsed cache clear --code-cache ~/.cache/synapsed/code"},
};

Result<void> go(const Options& options, const Row& row, const std::string& directory,
                std::ostream& out) {
  const std::uint64_t bytes_max = CompilationConfig{}.cache_bytes_max;
  const auto cache = TRY(code_cache::Cache::open(directory, bytes_max));
  const code_cache::Contents contents = TRY(row.act(*cache));
  if (options.json) {
    print_answer(out, {{"directory", directory},
                       {"entries", contents.entries},
                       {"bytes", contents.bytes}});
  } else {
    out << fmt::format("{} {} modules, {} in {}\n", row.done, contents.entries,
                       format_bytes(contents.bytes), printable(directory));
  }
  return {};
}

int act(const Options& options, const Row& row, const Invocation& invocation) {
  const auto directory =
      code_cache_directory(options.directory, invocation.surroundings.environment);
  if (!directory) return report_no_code_cache(invocation);
  const auto done = go(options, row, *directory, invocation.streams().out);
  return done ? kSuccess : report_failure(options.json, invocation, done.error());
}

Command add_row(CLI::App& parent, SharedOptions& shared, const Row& row) {
  CLI::App& app = *parent.add_subcommand(row.name, row.description);
  const auto options = std::make_shared<Options>();
  add_code_cache_option(app, options->directory);
  app.add_flag("--json", options->json, "Print one JSON object");
  add_shared_options(app, shared);
  app.footer(fmt::format("Examples:\n  {}", row.example));
  return {.app = &app, .act = [options, &row](const Invocation& invocation) {
            return act(*options, row, invocation);
          }};
}

}  // namespace

void add_code_cache_option(CLI::App& app, std::optional<std::string>& directory) {
  add_value(app, "--code-cache", directory, "DIR",
            "Where compiled code is kept (or the variable SYNAPSED_CODE_CACHE; default: nowhere)");
}

int report_no_code_cache(const Invocation& invocation) {
  return report_bad_usage(invocation.streams(), invocation.coloured_errors,
                          "no code cache is named",
                          "--code-cache DIR, or the variable SYNAPSED_CODE_CACHE");
}

std::optional<std::string> code_cache_directory(const std::optional<std::string>& given,
                                                const Environment& environment) {
  if (given) return given;
  const auto named = environment("SYNAPSED_CODE_CACHE");
  return named && !named->empty() ? named : std::nullopt;
}

std::vector<Command> add_cache(CLI::App& parent, SharedOptions& shared) {
  CLI::App& app = *parent.add_subcommand("cache", "Look at compiled code that is kept");
  app.require_subcommand(1);
  add_shared_options(app, shared);
  std::vector<Command> commands;
  for (const Row& row : kRows) commands.push_back(add_row(app, shared, row));
  return commands;
}

}  // namespace synapsed::cli
