#include "cli/run_snapshot.hpp"

#include <fmt/format.h>

#include "base/files.hpp"
#include "base/try.hpp"
#include "cli/diagnostics.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"

namespace synapsed::cli {
namespace {

/// Of a file, compressed; what it takes uncompressed is limited by `SnapshotLimits`.
constexpr std::uint64_t kFileBytesMax = std::uint64_t{2} << 30;

}  // namespace

void add_snapshot_options(CLI::App& app, RunSnapshotOptions& options) {
  add_value(app, "--from-snapshot", options.from, "FILE",
            "Start from the state in FILE, which --save-snapshot wrote");
  add_value(app, "--save-snapshot", options.to, "FILE",
            "Write the state after the call to FILE, if the call succeeds");
}

Result<Snapshot> read_snapshot(const std::string& file) {
  const Bytes bytes = TRY(read_file(file, kFileBytesMax));
  auto snapshot = Snapshot::from_bytes(bytes);
  if (snapshot) return snapshot;
  return std::unexpected(in_file(std::move(snapshot).error(), file));
}

Result<ExecutionResult> call_with_snapshots(const RunSnapshotOptions& options, WasmRuntime& runtime,
                                            ModuleId module, std::string_view function,
                                            std::span<const WasmValue> arguments,
                                            ExecutionContext context) {
  if (options.from) context.with_snapshot(TRY(read_snapshot(*options.from)));
  Session session = TRY(runtime.open_session(module, std::move(context)));
  ExecutionResult result = TRY(session.call(function, arguments));
  if (!options.to) return result;
  if (result.exit_code) {
    return std::unexpected(
        Error(ErrorCode::kInstanceStopped, "a guest that has exited leaves no state to save")
            .help("call a function that returns, with --invoke"));
  }
  const Snapshot snapshot = TRY(session.snapshot());
  const Bytes bytes = TRY(snapshot.to_bytes());
  TRY(write_output(*options.to, bytes));
  return result;
}

}  // namespace synapsed::cli
