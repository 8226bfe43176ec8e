#pragma once

/// \file
/// Who calls whom in a module.
///
/// The module should be valid; of any other the graph is some graph. Time and memory are linear in
/// the bytes. Thread rule: a value; building is for one thread.

#include <cstdint>
#include <span>
#include <vector>

#include <synapsed/error.hpp>

#include "bytecode/module.hpp"
#include "bytecode/operators.hpp"

namespace synapsed::bytecode {

/// Nodes are functions, by their index, and after them the types that are called through tables
/// and references. Such a type leads to every function of it that some segment or `ref.func`
/// names.
struct CallGraph {
  std::uint32_t functions = 0;
  std::vector<std::uint32_t> first;    ///< of each node's edges in `targets`, and one more
  std::vector<std::uint32_t> targets;  ///< nodes; each once for one source

  [[nodiscard]] std::span<const std::uint32_t> from(std::uint32_t node) const {
    return std::span(targets).subspan(first[node], first[node + 1] - first[node]);
  }
  [[nodiscard]] std::uint32_t nodes() const {
    return static_cast<std::uint32_t>(first.size()) - 1;
  }
  [[nodiscard]] bool is_function(std::uint32_t node) const { return node < functions; }
  /// The functions that something can call without naming them, exports and `start` not counted.
  [[nodiscard]] std::span<const std::uint32_t> named() const { return from(functions); }
};

/// Error: `load.invalid_module` with the offset.
[[nodiscard]] Result<CallGraph> call_graph_of(const Module& module);

/// Makes the graph while somebody reads the code. It refers to the module.
class CallGraphBuilder {
 public:
  explicit CallGraphBuilder(const Module& module);

  /// The operators that follow are this function's; functions come in order, imported ones too.
  void begin_function() { begin_node(); }
  /// Of the function's code, or of a constant expression.
  void note(const Operator& read);
  /// Adds the nodes of the types, which lead to the functions that are named somewhere.
  [[nodiscard]] CallGraph finish();

 private:
  void begin_node() { graph_.first.push_back(static_cast<std::uint32_t>(graph_.targets.size())); }
  void add(std::uint32_t node);
  void name(std::uint32_t function);

  const Module& module_;
  std::vector<std::uint32_t> number_of_type_;  ///< by index; types that are called alike have one
  std::uint32_t types_ = 0;                    ///< that have numbers
  std::vector<std::uint32_t> seen_;  ///< the last source with an edge to each node
  std::vector<bool> is_named_;       ///< in a segment or by `ref.func`
  CallGraph graph_;
};

}  // namespace synapsed::bytecode
