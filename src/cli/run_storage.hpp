#pragma once

/// \file
/// Storage for a guest of `synapsed run`.

#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <synapsed/runtime.hpp>

#include "cli/command.hpp"
#include "cli/run_crypto.hpp"

namespace synapsed::cli {

struct RunStorageOptions {
  std::optional<std::string> url;
  bool read_only = false;
};

/// Nothing in builds without the capability.
void add_storage_options(CLI::App& app, RunStorageOptions& options);

/// Defines the host functions if they were asked for, and grants them to the module. Values are sealed
/// under data keys of the key file, where one is named. Errors: those of opening a storage.
Result<void> grant_storage(const RunStorageOptions& options, const RunCryptoOptions& crypto,
                           const Invocation& invocation, WasmRuntime& runtime,
                           ModuleMetadata& module);

}  // namespace synapsed::cli
