#pragma once

/// \file
/// The control flow of one function as a graph of nodes and edges. Thread rule: values.

#include <cstdint>
#include <deque>

#include <synapsed/error.hpp>

#include "bytecode/gas/flow.hpp"

namespace synapsed::bytecode {

using NodeIndex = std::uint32_t;

struct FlowNode {
  ChargePlace place;  ///< where it begins
  std::uint64_t price = 0;
  std::uint32_t loop_depth : 24 = 0;
  /// Nothing is paid ahead of it: the entry, a label that a `br_on…` or a `catch` can reach, one
  /// with operands that a `br_table` can.
  bool is_barrier : 1 = false;
  bool is_loop_head : 1 = false;
  bool calls_itself : 1 = false;  ///< it has a call of the function it is in
};

struct FlowEdge {
  NodeIndex from = 0;
  NodeIndex to : 31 = 0;
  bool is_exceptional : 1 = false;  ///< of a `catch`: not a way that anything is paid for ahead
  ChargePlace place;  ///< where only this edge is; `kAfter` when that is the place of `to`
};

struct FlowGraph {
  static constexpr NodeIndex kExit = 0;
  static constexpr NodeIndex kEntry = 1;

  // There are many; these are not copied when they grow.
  std::deque<FlowNode> nodes;
  std::deque<FlowEdge> edges;
};

/// Of a function that has a body, whose `shape` is found on the way if it is asked for. Error:
/// `load.invalid_module`.
[[nodiscard]] Result<FlowGraph> flow_of(const Module& module, std::uint32_t function,
                                        const Prices& prices, FunctionShape* shape = nullptr);

}  // namespace synapsed::bytecode
