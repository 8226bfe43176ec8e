#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <synapsed/config.hpp>

#include "base/try.hpp"
#include "cli/command.hpp"
#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/input.hpp"
#include "cli/json.hpp"
#include "cli/options.hpp"
#include "cli/text.hpp"
#include "runtime/config_fields.hpp"

namespace synapsed::cli {
namespace {

constexpr std::string_view kExamples = R"(Examples:
  synapsed config show
  synapsed config show --profile blockchain
  synapsed config show --markdown > profiles.md
  synapsed config show --gas-table > prices.toml
  synapsed config show --gas-prices prices.toml)";

struct Options {
  std::optional<std::string> profile;
  std::optional<std::string> gas_prices;  ///< a file
  bool gas_table = false;
  bool json = false;
  bool markdown = false;
};

Result<GasPrices> chosen_prices(const Options& options) {
  return options.gas_prices ? read_gas_prices(*options.gas_prices) : GasPrices();
}

Result<std::vector<RuntimeConfig>> chosen_profiles(const Options& options) {
  const GasPrices prices = TRY(chosen_prices(options));
  std::vector<std::string_view> names = RuntimeConfig::profile_names();
  if (options.profile) names = {*options.profile};
  std::vector<RuntimeConfig> configs;
  for (const std::string_view name : names) {
    configs.push_back(TRY(RuntimeConfig::named(name)));
    configs.back().metering.prices = prices;
  }
  return configs;
}

std::string full_name(const ConfigField& field) {
  return fmt::format("{}.{}", field.group, field.name);
}

/// A row for each field: name, one value for each profile, and what the caller adds.
template <typename AddRow>
void for_each_row(const std::vector<RuntimeConfig>& configs, const AddRow& add_row) {
  for (const ConfigField& field : config_fields()) {
    std::vector<std::string> cells{full_name(field)};
    for (const RuntimeConfig& config : configs) cells.push_back(field.text(config));
    add_row(field, std::move(cells));
  }
}

std::vector<std::string> header(const std::vector<RuntimeConfig>& configs) {
  std::vector<std::string> cells{"field"};
  for (const RuntimeConfig& config : configs) cells.push_back(config.profile);
  return cells;
}

std::string as_text_table(const std::vector<RuntimeConfig>& configs) {
  Table table;
  table.add_row(header(configs));
  for_each_row(configs, [&](const ConfigField& field, std::vector<std::string> cells) {
    if (configs.size() == 1) cells.emplace_back(field.why);
    table.add_row(std::move(cells));
  });
  return table.text();
}

std::string markdown_row(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const std::string& cell : cells) {
    row += ' ';
    for (const char c : cell) row += c == '|' ? std::string("\\|") : std::string(1, c);
    row += " |";
  }
  return row + '\n';
}

std::string as_markdown(const std::vector<RuntimeConfig>& configs) {
  std::vector<std::string> head = header(configs);
  head.emplace_back("unit");
  head.emplace_back("why");
  std::string text = markdown_row(head) + markdown_row({head.size(), "---"});
  for_each_row(configs, [&](const ConfigField& field, std::vector<std::string> cells) {
    cells.front() = fmt::format("`{}`", cells.front());
    cells.emplace_back(field.unit);
    cells.emplace_back(field.why);
    text += markdown_row(cells);
  });
  return text;
}

Json profile_json(const RuntimeConfig& config) {
  Json groups = Json::object();
  for (const ConfigField& field : config_fields()) {
    std::visit([&](const auto& value) { groups[field.group][field.name] = value; },
               field.value(config));
  }
  return groups;
}

Json profiles_json(const std::vector<RuntimeConfig>& configs) {
  Json profiles = Json::object();
  for (const RuntimeConfig& config : configs) profiles[config.profile] = profile_json(config);
  return profiles;
}

int show(const Options& options, const Invocation& invocation) {
  const auto configs = chosen_profiles(options);
  if (!configs) return report_bad_usage(invocation, configs.error());
  std::ostream& out = invocation.streams().out;
  if (options.gas_table) {
    out << configs->front().metering.prices.to_toml();
  } else if (options.json) {
    print_json(out, profiles_json(*configs));
  } else {
    out << (options.markdown ? as_markdown(*configs) : as_text_table(*configs));
  }
  return kSuccess;
}

}  // namespace

Command add_config_show(CLI::App& parent, SharedOptions& shared) {
  CLI::App& config = *parent.add_subcommand("config", "Show the configuration profiles");
  config.require_subcommand(1);
  CLI::App& app =
      *config.add_subcommand("show", "Show every field, one profile or all side by side");
  app.group("Commands");
  const auto options = std::make_shared<Options>();
  add_choice(app, "--profile", options->profile, RuntimeConfig::profile_names(),
             "Only this profile, with the reason for each field");
  CLI::Option* json = app.add_flag("--json", options->json, "Print one JSON object");
  CLI::Option* markdown =
      app.add_flag("--markdown", options->markdown, "Print a Markdown table")->excludes(json);
  add_value(app, "--gas-prices", options->gas_prices, "FILE",
            "Gas prices to check and to show instead of the built-in ones");
  app.add_flag("--gas-table", options->gas_table, "Print the gas prices themselves, as TOML")
      ->excludes(json, markdown);
  add_shared_options(app, shared);
  app.footer(std::string(kExamples));
  return {.app = &app,
          .act = [options](const Invocation& invocation) { return show(*options, invocation); }};
}

}  // namespace synapsed::cli
