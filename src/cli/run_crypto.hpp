#pragma once

/// \file
/// The host's crypto for a guest of `synapsed run`.

#include <CLI/CLI.hpp>
#include <synapsed/runtime.hpp>

#include "cli/command.hpp"

#ifdef SYNAPSED_WITH_CRYPTO
#include "cli/keys.hpp"
#endif

namespace synapsed::cli {

struct RunCryptoOptions {
  bool crypto = false;
#ifdef SYNAPSED_WITH_CRYPTO
  KeysOptions keys;
#endif
};

/// Nothing in builds without the capability.
void add_crypto_options(CLI::App& app, RunCryptoOptions& options);

/// Defines the host functions that were asked for, and grants them to the module. Errors: those of
/// opening a key file.
Result<void> grant_crypto(const RunCryptoOptions& options, const Invocation& invocation,
                          WasmRuntime& runtime, ModuleMetadata& module);

}  // namespace synapsed::cli
