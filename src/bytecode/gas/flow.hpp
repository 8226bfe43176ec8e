#pragma once

/// \file
/// How control flows through a function, and what it owes where.
///
/// The body is cut into nodes: runs of operators that execute one after the other. A node's price
/// is the sum of its operators'. Charging follows one rule (docs/formats/gas.md): arriving at a
/// node, the least that any way from there to the function's exit costs has been paid. So a way's
/// charges add up to the prices of what was executed, always in advance, and where ways part, one
/// of them pays nothing.
///
/// Thread rule: pure functions; values.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <synapsed/error.hpp>

#include "bytecode/gas/function_shape.hpp"
#include "bytecode/gas/schedule.hpp"
#include "bytecode/module.hpp"
#include "bytecode/operators.hpp"

namespace synapsed::bytecode {

/// A place between operators, named by one of them.
struct ChargePlace {
  enum class Kind : std::uint8_t {
    kAfter,  ///< on every way that continues behind the operator
    kTaken,  ///< where a `br_if` is taken
    kTable,  ///< where a `br_table` takes the label `label`
    kElse,   ///< where an `if` that ends here without an `else` is not entered
  };
  /// Before the first operator of the function.
  static constexpr std::uint32_t kEntry = UINT32_MAX;

  std::uint32_t op = kEntry;  ///< the operator's number in the body
  Kind kind : 8 = Kind::kAfter;
  std::uint32_t label : 24 = 0;  ///< of `kTable`; there are fewer than the bytes of a body

  bool operator==(const ChargePlace&) const = default;
};

struct Charge {
  ChargePlace place;
  std::uint64_t amount = 0;     ///< not zero
  std::uint32_t loop_depth = 0;  ///< loops around the place
  /// The number of the operator `loop` to whose head the way goes back, where all ways back to it
  /// pay something.
  std::uint32_t back_to = kNoLoop;

  static constexpr std::uint32_t kNoLoop = UINT32_MAX;
};

/// What operators cost in one module.
struct Prices {
  const GasSchedule& schedule;
  /// What direct calls pay for the function they enter, by its index (see `prepaid.hpp`).
  std::span<const std::uint32_t> prepaid;
};

/// What a function is charged with, in the order of its operators. `shape`, if any, is
/// filled as well. Error: `load.invalid_module` when the blocks do not fit together.
[[nodiscard]] Result<std::vector<Charge>> charges_of(const Module& module, std::uint32_t function,
                                                     const Prices& prices,
                                                     FunctionShape* shape = nullptr);

/// What the cheapest way through a function costs that does not call the function itself; null
/// when none leads to its exit. Error as `charges_of`.
[[nodiscard]] Result<std::optional<std::uint64_t>> least_price(const Module& module,
                                                               std::uint32_t function,
                                                               const Prices& prices);

}  // namespace synapsed::bytecode
