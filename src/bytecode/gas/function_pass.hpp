#pragma once

/// \file
/// Puts a function's charges into its code.
///
/// Gas left is a global that the pass adds to the module. A function with loops keeps it in a local
/// and writes it back only where somebody else may look: before calls and where the function is
/// left. Thread rule: a resource of one thread.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <synapsed/error.hpp>

#include "bytecode/function_hooks.hpp"
#include "bytecode/gas/code_writer.hpp"
#include "bytecode/gas/flow.hpp"
#include "bytecode/gas/positions.hpp"
#include "bytecode/gas/schedule.hpp"
#include "bytecode/module.hpp"

namespace synapsed::bytecode {

/// What the functions of a module share.
struct GasModule {
  const Module& module;
  Prices prices;
  std::uint32_t gas_global = 0;     ///< i64, what is left; negative: exhausted
  std::uint32_t bulk_function = 0;  ///< (elements i64, price i64): charges their product
  /// (price i64): has the global raised to a price, or ends the guest; `kNoIndex`: it just ends
  std::uint32_t refill_function = kNoIndex;
  /// The index of the type from these values to these values, added where it is missing.
  std::function<std::uint32_t(std::span<const ValueCode>)> pass_through_type;
  /// The index of the type from these values to nothing, likewise.
  std::function<std::uint32_t(std::span<const ValueCode>)> consuming_type;
  ModuleHooks hooks;       ///< what is injected beside gas
  bool counts_gas = true;  ///< false: nothing is charged, whatever the schedule says
};

/// Writes `body` with its charges, size first, to `out`; offsets of `positions` count from the
/// beginning of `out`. Error: `load.invalid_module`.
[[nodiscard]] Result<void> write_metered(const GasModule& shared, const Body& body,
                                         std::uint32_t function, Bytes& out,
                                         std::vector<Position>& positions);

}  // namespace synapsed::bytecode
