#pragma once

/// \file
/// The pass that makes a module count its gas: bytes in, bytes out.
///
/// Semantics: docs/formats/gas.md. The instrumented module has the same imports, the same function
/// indices and the same behaviour. It has no start function: the runtime sets the gas first, then
/// calls what was one. Thread rule: pure functions.

#include <cstdint>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

#include "base/bytes.hpp"
#include "bytecode/gas/function_pass.hpp"
#include "bytecode/gas/schedule.hpp"

namespace synapsed::bytecode {

/// Exports that begin so are the runtime's; a module that has one of its own is refused.
inline constexpr std::string_view kReservedPrefix = "synapsed:";
/// Of an instrumented module: the gas that is left, a mutable i64. Negative: exhausted.
inline constexpr std::string_view kGasExport = "synapsed:gas";
/// What the original calls when it is instantiated, if anything.
inline constexpr std::string_view kStartExport = "synapsed:start";

struct InstrumentOptions {
  GasSchedule gas = default_gas_schedule();
};

struct Instrumented {
  Bytes module;
  PositionMap positions;
  std::uint32_t functions = 0;  ///< of the original; those behind them were added
};

/// `module` need not be valid: what is wrong with it and matters here is an error, the rest is the
/// engine's to find. Errors: `load.invalid_module` with the offset.
[[nodiscard]] Result<Instrumented> instrument(ByteSpan module, const InstrumentOptions& options);

}  // namespace synapsed::bytecode
