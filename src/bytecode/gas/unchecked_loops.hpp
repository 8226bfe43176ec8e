#pragma once

/// \file
/// Loops that get a second copy, in which nothing is compared: once a round, at its head, the gas
/// that is left is compared with what the dearest round costs, and charges inside only subtract.
/// Where that much is not left, the first copy goes on, which pays as the rules say
/// (docs/formats/gas.md): what is charged, and where the gas runs out, stays the same.
///
/// Thread rule: a pure function.

#include <cstdint>
#include <span>
#include <vector>

#include <synapsed/error.hpp>

#include "bytecode/gas/flow.hpp"
#include "bytecode/module.hpp"

namespace synapsed::bytecode {

struct UncheckedLoop {
  std::uint32_t first = 0;   ///< the number of the operator `loop`
  std::uint32_t last = 0;    ///< the number of its `end`
  ByteSpan body;             ///< the operators behind the first, up to and with the last
  std::uint64_t offset = 0;  ///< of `body` in the file
  std::uint64_t dearest = 0;  ///< what one round is charged at most
};

/// The innermost loops of a function for which a second copy pays off, in the order of the code:
/// loops without parameters, results, calls and bulk operators, that are charged in more than one
/// place. `charges` are the function's. Error: `load.invalid_module`.
[[nodiscard]] Result<std::vector<UncheckedLoop>> find_unchecked_loops(
    const Module& module, const GasSchedule& schedule, const Body& body,
    std::span<const Charge> charges);

}  // namespace synapsed::bytecode
