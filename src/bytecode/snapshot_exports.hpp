#pragma once

/// \file
/// What a module must export so that its whole state can be read and set: every mutable global, every
/// memory, for each passive segment that its code drops a flag that says so, and, where the code
/// changes tables or keeps functions in mutable globals, every table and every function that may be
/// referred to, so that a reference can be told by its function's index.
///
/// The names are `synapsed:global:N` and so on (reserved_names.hpp), N the index in the module. A
/// flag is a mutable i32 global, 0 until the segment is dropped; the function `kDropExport` drops the
/// segments whose flags are set. Active and declared segments are dropped when the module is
/// instantiated. Thread rule: values; planning is pure.

#include <cstdint>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

#include "bytecode/gas/code_writer.hpp"
#include "bytecode/module.hpp"

namespace synapsed::bytecode {

struct SnapshotExports {
  /// The global that is the flag of each segment; `kNoIndex` when the code never drops it.
  std::vector<std::uint32_t> data_flags;
  std::vector<std::uint32_t> element_flags;
  std::uint32_t flags = 0;  ///< globals that are added
  std::uint32_t exports = 0;
  Bytes entries;  ///< of the export section, without `kDropExport`
};

/// The flags begin at global `first_flag`. Error: `load.invalid_module` with the offset.
[[nodiscard]] Result<SnapshotExports> plan_snapshot_exports(const Module& module,
                                                            std::uint32_t first_flag);

/// The operators of `kDropExport`.
void write_drops(const SnapshotExports& plan, CodeWriter& out);

}  // namespace synapsed::bytecode
