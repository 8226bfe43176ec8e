#pragma once

/// \file
/// The pass that has a module tell what its gas went to: slow and exact, for reports.
///
/// Every segment of straight-line code pays its price when it begins and counts itself, so what was
/// counted adds up to what was paid, however the call ends. A call that returns costs the same as
/// after `instrument`; one that stops on the way costs at most as much, because nothing is paid
/// further ahead than a segment.
///
/// Counters are 64-bit numbers in a memory that the pass adds, one a segment from its beginning.
/// Thread rule: pure functions.

#include <cstdint>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>

#include "bytecode/gas/instrument.hpp"

namespace synapsed::bytecode {

/// Of a profiled module: the memory with the counters.
inline constexpr std::string_view kCountersExport = "synapsed:counters";

/// What a counter stands for.
struct GasCounter {
  /// Of one execution of a segment, or of one unit that a bulk operator was asked for.
  struct Part {
    std::uint8_t cost = 0;  ///< an `OperatorClass`, or `kEntryCost`
    std::uint64_t gas = 0;
  };
  std::uint32_t function = 0;
  std::uint32_t first = 0;  ///< of its parts, in `Profiled::parts`
  std::uint32_t parts = 0;
};

/// What entering a function costs belongs to no class of operators.
inline constexpr std::uint8_t kEntryCost = kOperatorClasses;

struct Profiled {
  Instrumented instrumented;
  std::vector<GasCounter> counters;
  std::vector<GasCounter::Part> parts;
};

/// Exports what `instrument` does, and the counters. Errors: `load.invalid_module`; those of
/// `instrument` for reserved exports.
[[nodiscard]] Result<Profiled> profile(ByteSpan module, const InstrumentOptions& options);

}  // namespace synapsed::bytecode
