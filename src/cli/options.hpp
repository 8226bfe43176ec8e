#pragma once

/// \file
/// Declaring options. The type name of an option is what help shows and what completion offers:
/// `FILE…` completes files, `DIR…` directories, `a|b|c` those words, anything else nothing.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"

namespace synapsed::cli {

/// An option with a value that may be absent.
CLI::Option* add_value(CLI::App& app, const std::string& name, std::optional<std::string>& value,
                       const std::string& type_name, const std::string& description);

/// An option that takes one of `choices`.
CLI::Option* add_choice(CLI::App& app, const std::string& name, std::optional<std::string>& value,
                        std::span<const std::string_view> choices, const std::string& description);

/// An option that takes some of `choices`, separated by commas or one each time.
CLI::Option* add_choices(CLI::App& app, const std::string& name, std::vector<std::string>& values,
                         std::span<const std::string_view> choices,
                         const std::string& description);

/// An option that may be repeated, one value each time.
CLI::Option* add_repeated(CLI::App& app, const std::string& name, std::vector<std::string>& values,
                          const std::string& type_name, const std::string& description);

/// The required positional argument FILE.
CLI::Option* add_file(CLI::App& app, std::string& file);

void add_shared_options(CLI::App& app, SharedOptions& shared);

/// Help as this command line prints it.
class HelpFormatter final : public CLI::Formatter {
 public:
  HelpFormatter();
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
};

}  // namespace synapsed::cli
