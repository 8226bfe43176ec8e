#include "cli/options.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace synapsed::cli {
namespace {

constexpr std::array<std::string_view, 3> kColors{"auto", "always", "never"};
constexpr std::size_t kHelpColumn = 36;

/// A check that says what is allowed.
auto one_of(std::span<const std::string_view> choices) {
  return [choices = std::vector<std::string_view>(choices.begin(), choices.end())](
             const std::string& text) -> std::string {
    if (std::ranges::find(choices, text) != choices.end()) return {};
    return fmt::format("\"{}\" is not one of {}", text, fmt::join(choices, ", "));
  };
}

}  // namespace

CLI::Option* add_value(CLI::App& app, const std::string& name, std::optional<std::string>& value,
                       const std::string& type_name, const std::string& description) {
  const auto assign = [&value](const std::string& text) { value = text; };
  return app.add_option_function<std::string>(name, assign, description)->type_name(type_name);
}

CLI::Option* add_choice(CLI::App& app, const std::string& name, std::optional<std::string>& value,
                        std::span<const std::string_view> choices, const std::string& description) {
  return add_value(app, name, value, fmt::format("{}", fmt::join(choices, "|")), description)
      ->check(one_of(choices));
}

CLI::Option* add_choices(CLI::App& app, const std::string& name, std::vector<std::string>& values,
                         std::span<const std::string_view> choices,
                         const std::string& description) {
  return add_repeated(app, name, values, fmt::format("{}", fmt::join(choices, "|")), description)
      ->delimiter(',')
      ->check(one_of(choices));
}

CLI::Option* add_repeated(CLI::App& app, const std::string& name, std::vector<std::string>& values,
                          const std::string& type_name, const std::string& description) {
  return app.add_option(name, values, description)->type_name(type_name)->allow_extra_args(false);
}

CLI::Option* add_file(CLI::App& app, std::string& file) {
  return app.add_option("FILE", file, "A module: binary or WAT text; - reads standard input")
      ->type_name("FILE")
      ->required();
}

void add_shared_options(CLI::App& app, SharedOptions& shared) {
  app.add_option("--color", shared.color, "Colours in error messages; auto: on a terminal")
      ->type_name(fmt::format("{}", fmt::join(kColors, "|")))
      ->check(one_of(kColors));
  app.add_flag("--no-color", shared.no_color, "The same as --color never");
}

HelpFormatter::HelpFormatter() {
  column_width(kHelpColumn);
  label("SUBCOMMAND", "COMMAND");
  label("Positionals", "Arguments");
}

std::string HelpFormatter::make_usage(const CLI::App* app, std::string name) const {
  return "\n" + CLI::Formatter::make_usage(app, std::move(name));
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  if (option->get_positional() || option->get_type_size() == 0) return {};
  return " " + option->get_type_name();
}

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  const bool repeats = !option->get_positional() && option->get_expected_max() > 1;
  return option->get_description() + (repeats ? " (repeatable)" : "");
}

}  // namespace synapsed::cli
