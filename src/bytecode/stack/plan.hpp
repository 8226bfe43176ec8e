#pragma once

/// \file
/// Which functions of a module count the stack, and how much each of them takes.
///
/// Not every frame needs to be counted by itself. A *payer* takes its own frame and the deepest way
/// from it to the next payer; at its entry there must be as much left as the deepest way below it
/// needs that meets none. Every cycle of the call graph has a payer, every way that would take or
/// need too much has one, and so does every entry from outside that leads to one. All others count
/// nothing at run time.
///
/// Invariants: on any chain of calls from an entry, what payers have taken is at least what the
/// frames up to the last payer cost, and what is left at it at least what the frames above it that
/// pay nothing cost. A function of the module alone. Thread rule: a value; planning is pure.

#include <cstdint>
#include <vector>

#include <synapsed/error.hpp>

#include "bytecode/call_graph.hpp"
#include "bytecode/module.hpp"

namespace synapsed::bytecode {

/// The most that functions between two payers count together: recursion takes it again and again.
inline constexpr std::uint32_t kBetweenBytesMax = 512;
/// The most that functions count which lead to no payer; an entry may need it without asking.
inline constexpr std::uint32_t kBelowBytesMax = 16 << 10;

/// What one function does for the limit; nothing when all is zero.
struct StackPayment {
  std::uint32_t taken = 0;   ///< bytes, from entry to exit; 0: it is no payer
  std::uint32_t needed = 0;  ///< bytes that must be left at its entry; at least `taken`
  bool catches = false;      ///< it goes on after callees that were left without paying back
};

struct StackPlan {
  std::vector<StackPayment> functions;  ///< by index; empty when nobody pays
};

/// `module` must be valid, `calls` its graph. Error: `load.invalid_module` with offset and function.
[[nodiscard]] Result<StackPlan> plan_stack(const Module& module, const CallGraph& calls);

}  // namespace synapsed::bytecode
