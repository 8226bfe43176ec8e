#pragma once

/// \file
/// What is injected into a function beside its gas: the limit of the stack, and flags of dropped
/// segments. The pass that copies the function's operators calls the hooks in order.
///
/// Where the stack is paid back, the function's code is inside a block of its own, whose label takes
/// the place of the function's: whatever branches there passes by the end of the block. An exception
/// pays nothing back: a function that catches keeps what was left at its entry in a local, and sets
/// it again wherever a handler goes on. All that is injected leaves the operand stack as it is.
///
/// Thread rule: a resource of one thread.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <synapsed/error.hpp>

#include "bytecode/gas/code_writer.hpp"
#include "bytecode/module.hpp"
#include "bytecode/operators.hpp"
#include "bytecode/snapshot_exports.hpp"
#include "bytecode/stack/plan.hpp"

namespace synapsed::bytecode {

/// What the functions of a module share.
struct ModuleHooks {
  StackPlan stack;
  std::uint32_t stack_global = kNoIndex;  ///< i64: what is left; negative: exhausted
  SnapshotExports snapshot;
  /// The index of the type from nothing to these values, added where it is missing.
  std::function<std::uint32_t(std::span<const ValueCode>)> type_of_results;
};

class FunctionHooks {
 public:
  FunctionHooks(const Module& module, const ModuleHooks& shared, std::uint32_t function);

  /// i64 locals that the pass declares for the hooks, after all others.
  [[nodiscard]] std::uint32_t locals() const { return payment_.catches ? 1 : 0; }
  /// Before the first operator. `first_local` is the first of the hooks' own.
  [[nodiscard]] Result<void> enter(CodeWriter& out, const Body& body, std::uint32_t first_local);
  /// Before an operator; `is_last` when it is the function's final `end`.
  void before(const Operator& op, bool is_last, CodeWriter& out) const;
  /// After an operator, which is the body's `number`th.
  void after(const Operator& op, std::uint32_t number, CodeWriter& out) const;

 private:
  [[nodiscard]] bool is_active() const { return payment_.taken != 0 || payment_.catches; }
  void pay(CodeWriter& out) const;
  void pay_back(CodeWriter& out) const;
  void begin_block(CodeWriter& out) const;

  const Module& module_;
  const ModuleHooks& shared_;
  const Type& type_;
  StackPayment payment_;
  std::uint32_t left_local_ = 0;
  std::vector<std::uint32_t> handlers_;  ///< operators that handlers go on behind, ascending
};

}  // namespace synapsed::bytecode
