#pragma once

/// \file
/// Loops all of whose rounds pay, and pay at the loop's head: one charge for all ways back, none of
/// which becomes longer by a branch.
///
/// Such a loop is given what its head takes before it is entered, so that only coming back costs
/// anything; gas runs out where it would if the ways back paid (docs/formats/gas.md).
///
/// Thread rule: a pure function.

#include <cstdint>
#include <functional>
#include <vector>

#include "bytecode/gas/flow.hpp"

namespace synapsed::bytecode {

struct HeadCharge {
  std::uint32_t first = 0;   ///< the number of the operator `loop`
  std::uint64_t amount = 0;  ///< the least that a way back costs
};

/// Takes it out of `charges`, of those loops that `is_chosen`; in the order of the loops.
[[nodiscard]] std::vector<HeadCharge> move_to_heads(
    std::vector<Charge>& charges, const std::function<bool(std::uint32_t first)>& is_chosen);

}  // namespace synapsed::bytecode
