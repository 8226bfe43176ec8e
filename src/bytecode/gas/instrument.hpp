#pragma once

/// \file
/// The pass that makes a module count its gas and its stack, and export its state: bytes in, bytes
/// out, whatever is asked for in one reading of the code.
///
/// Semantics: docs/formats/gas.md and stack.md. The instrumented module has the same imports, the
/// same function indices and the same behaviour. One that counts has no start function: the
/// runtime looks at the counters once the instance is made, then calls what was one. Thread rule: pure functions.

#include <cstdint>
#include <optional>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

#include "base/bytes.hpp"
#include "bytecode/gas/function_pass.hpp"
#include "bytecode/gas/schedule.hpp"
#include "bytecode/reserved_names.hpp"

namespace synapsed::bytecode {

/// Grows with every change of what the pass writes for a module: compiled code that was kept is of one of them.
inline constexpr std::uint32_t kInstrumentVersion = 3;

struct InstrumentOptions {
  std::optional<GasSchedule> gas = default_gas_schedule();
  /// Where its gas does not suffice the guest calls what `kRefillExport` holds before it stops.
  bool refills = false;
  /// The bytes of counted stack that the module starts with (docs/formats/stack.md), at most
  /// `INT32_MAX`; none: the stack is not counted.
  std::optional<std::uint32_t> call_stack_bytes = std::nullopt;
  /// All state is exported (snapshot_exports.hpp).
  bool snapshot_exports = false;
};

struct Instrumented {
  Bytes module;
  PositionMap positions;
  std::uint32_t functions = 0;  ///< of the original; those behind them were added
};

/// Error: `load.invalid_module` when the module exports a name that is the runtime's.
[[nodiscard]] Result<void> check_reserved_exports(const Module& module);

/// `module` need not be valid: what is wrong with it and matters here is an error, the rest is the
/// engine's to find. Errors: `load.invalid_module` with the offset.
[[nodiscard]] Result<Instrumented> instrument(ByteSpan module, const InstrumentOptions& options);

}  // namespace synapsed::bytecode
