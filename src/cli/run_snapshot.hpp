#pragma once

/// \file
/// The state that `synapsed run` starts from and leaves.

#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <synapsed/runtime.hpp>
#include <synapsed/snapshot.hpp>

namespace synapsed::cli {

struct RunSnapshotOptions {
  std::optional<std::string> from;  ///< a file
  std::optional<std::string> to;    ///< likewise

  [[nodiscard]] bool are_given() const { return from || to; }
};

void add_snapshot_options(CLI::App& app, RunSnapshotOptions& options);

/// The snapshot in a file. Errors: `load.unreadable`, `load.too_large`, those of
/// `Snapshot::from_bytes`.
[[nodiscard]] Result<Snapshot> read_snapshot(const std::string& file);

/// Calls the function on an instance that starts from the one file, and writes the state it leaves to the
/// other, all or nothing. Errors besides those of the call: those of `read_snapshot` and
/// `Session::snapshot`, `host.io`.
[[nodiscard]] Result<ExecutionResult> call_with_snapshots(const RunSnapshotOptions& options,
                                                          WasmRuntime& runtime, ModuleId module,
                                                          std::string_view function,
                                                          std::span<const WasmValue> arguments,
                                                          ExecutionContext context);

}  // namespace synapsed::cli
