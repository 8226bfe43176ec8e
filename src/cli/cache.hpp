#pragma once

/// \file
/// Which code cache a command is about.

#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"

namespace synapsed::cli {

/// Declares `--code-cache`.
void add_code_cache_option(CLI::App& app, std::optional<std::string>& directory);

/// Returns the exit code.
int report_no_code_cache(const Invocation& invocation);

/// The directory that the option or the environment names; none: code is not kept.
[[nodiscard]] std::optional<std::string> code_cache_directory(
    const std::optional<std::string>& given, const Environment& environment);

}  // namespace synapsed::cli
