#pragma once

/// \file
/// Which registry a command is about.

#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <synapsed/config.hpp>
#include <synapsed/registry.hpp>

#include "cli/command.hpp"

namespace synapsed::cli {

struct RegistryAccess {
  std::optional<std::string> directory;
};

/// Declares `--registry`.
void add_registry_access(CLI::App& app, RegistryAccess& access);

/// The directory that is named by `--registry` or the environment, or the user's own. Errors: those of
/// `ModuleRegistry::open`; `config.invalid` when nothing names one.
[[nodiscard]] Result<ModuleRegistry> open_registry(const RegistryAccess& access,
                                                   const Invocation& invocation);

/// To load modules and make no instance of them: nothing is reserved for any, and what they import may be missing.
[[nodiscard]] RuntimeConfig config_to_load(RuntimeConfig config);

}  // namespace synapsed::cli
