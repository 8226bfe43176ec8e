#include "bytecode/stack/plan.hpp"

#include <algorithm>
#include <span>

#include "base/try.hpp"
#include "bytecode/stack/frame_cost.hpp"

namespace synapsed::bytecode {
namespace {

bool has_reference(std::span<const ValueCode> types) {
  return std::ranges::any_of(types, &ValueCode::is_reference);
}

bool type_has_reference(const Module& module, const Type* type) {
  return type != nullptr &&
         (has_reference(module.params(*type)) || has_reference(module.results(*type)));
}

/// Whether a reference that crosses the module's border may be a function's.
bool carries_functions(const Module& module, ExternKind kind, std::uint32_t index) {
  switch (kind) {
    case ExternKind::kTable: return true;
    case ExternKind::kFunction: return type_has_reference(module, module.type_of_function(index));
    case ExternKind::kGlobal:
      return index < module.globals.size() && module.globals[index].type.is_reference();
    case ExternKind::kTag:
      return index < module.tags.size() &&
             type_has_reference(module, module.function_type(module.tags[index]));
    case ExternKind::kMemory: return false;
  }
  return true;
}

bool functions_escape(const Module& module) {
  const auto carries = [&module](const auto& item) {
    return carries_functions(module, item.kind, item.index);
  };
  return std::ranges::any_of(module.imports, carries) ||
         std::ranges::any_of(module.exports, carries);
}

class Planner {
 public:
  Planner(const Module& module, const CallGraph& graph)
      : module_(module), graph_(graph), nodes_(graph.nodes()) {}

  Result<StackPlan> run() {
    find_entries();
    find_components();
    break_cycles();
    TRY(count_frames());
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) settle_from(i);
    return make();
  }

 private:
  struct Node {
    std::uint64_t own = 0;      // bytes of its frame
    std::uint64_t below = 0;    // of the deepest way that meets no payer, its own included
    std::uint64_t between = 0;  // of the deepest way to a payer, likewise; 0 when none leads there
    std::uint32_t component = 0;
    std::uint32_t order = 0;  // in which it was found; 0: not yet
    std::uint32_t low = 0;    // Tarjan's: the first node found that it leads back to
    bool is_on_way = false;   // of the search
    bool is_in_component = false;  // not yet given one
    bool is_entry = false;
    bool is_payer = false;
    bool is_settled = false;
    bool leads_to_payer = false;
    bool catches = false;
  };
  /// A node whose edges are being followed.
  struct Visit {
    std::uint32_t node;
    std::uint32_t edge = 0;
  };

  // --- Where the module can be entered from outside. ---

  void find_entries() {
    const auto enter = [this](std::uint32_t function) {
      if (function < graph_.functions) nodes_[function].is_entry = true;
    };
    for (const Export& exported : module_.exports) {
      if (exported.kind == ExternKind::kFunction) enter(exported.index);
    }
    if (module_.start) enter(*module_.start);
    has_foreign_ = functions_escape(module_);
    if (!has_foreign_) return;
    for (std::uint32_t node = graph_.functions; node < graph_.nodes(); ++node) {
      std::ranges::for_each(graph_.from(node), enter);
    }
  }

  // --- Tarjan's strongly connected components, without recursion. ---

  void find_components() {
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].order == 0) search(i);
    }
  }

  void search(std::uint32_t root) {
    open(root);
    while (!way_.empty()) {
      Visit& visit = way_.back();
      Node& node = nodes_[visit.node];
      const auto targets = graph_.from(visit.node);
      if (visit.edge == targets.size()) {
        close();
        continue;
      }
      const std::uint32_t target = targets[visit.edge++];
      Node& next = nodes_[target];
      if (next.order == 0) {
        open(target);
        continue;
      }
      if (next.is_in_component) node.low = std::min(node.low, next.order);
      if (next.is_on_way) returns_.push_back(target);
    }
  }

  void open(std::uint32_t index) {
    Node& node = nodes_[index];
    node.order = node.low = ++found_;
    node.is_on_way = node.is_in_component = true;
    way_.push_back({.node = index});
    open_.push_back(index);
  }

  void close() {
    const std::uint32_t index = way_.back().node;
    way_.pop_back();
    Node& node = nodes_[index];
    node.is_on_way = false;
    if (!way_.empty()) {
      Node& parent = nodes_[way_.back().node];
      parent.low = std::min(parent.low, node.low);
    }
    if (node.low != node.order) return;
    std::uint32_t member = 0;
    do {
      member = open_.back();
      open_.pop_back();
      nodes_[member].is_in_component = false;
      nodes_[member].component = node.order;
    } while (member != index);
  }

  /// Every cycle returns to a node that the search was coming from: all of these pay. Types cannot:
  /// there, the functions that lead back to them do.
  void break_cycles() {
    std::ranges::sort(returns_);
    const auto [first, last] = std::ranges::unique(returns_);
    returns_.erase(first, last);
    for (const std::uint32_t target : returns_) {
      if (graph_.is_function(target)) {
        nodes_[target].is_payer = true;
        continue;
      }
      for (const std::uint32_t function : graph_.from(target)) {
        Node& node = nodes_[function];
        node.is_payer = node.is_payer || node.component == nodes_[target].component;
      }
    }
  }

  // --- How deep the ways between payers are. ---

  Result<void> count_frames() {
    FrameCosts costs(module_);
    for (std::uint32_t i = module_.imported_functions; i < graph_.functions; ++i) {
      const FrameCosts::Frame frame = TRY(costs.of(i));
      nodes_[i].own = frame.bytes;
      nodes_[i].catches = frame.catches;
    }
    return {};
  }

  /// Callees first; without payers there are no cycles.
  void settle_from(std::uint32_t root) {
    if (nodes_[root].is_settled) return;
    way_.push_back({.node = root});
    while (!way_.empty()) {
      Visit& visit = way_.back();
      const auto targets = graph_.from(visit.node);
      if (visit.edge == targets.size()) {
        settle(visit.node);
        way_.pop_back();
        continue;
      }
      const std::uint32_t target = targets[visit.edge++];
      if (!nodes_[target].is_settled && !nodes_[target].is_payer) way_.push_back({.node = target});
    }
  }

  void settle(std::uint32_t index) {
    Node& node = nodes_[index];
    std::uint64_t below = 0;
    std::uint64_t between = 0;
    node.leads_to_payer = leads_outside(index);
    for (const std::uint32_t target : graph_.from(index)) {
      const Node& next = nodes_[target];
      node.leads_to_payer = node.leads_to_payer || next.is_payer || next.leads_to_payer;
      if (next.is_payer) continue;
      below = std::max(below, next.below);
      between = std::max(between, next.between);
    }
    node.below = node.own + below;
    node.between = node.leads_to_payer ? node.own + between : 0;
    node.is_payer = node.is_payer || must_pay(index);
    node.is_settled = true;
  }

  /// What others provide may call back.
  [[nodiscard]] bool leads_outside(std::uint32_t index) const {
    return index < module_.imported_functions || (has_foreign_ && !graph_.is_function(index));
  }

  [[nodiscard]] bool must_pay(std::uint32_t index) const {
    const Node& node = nodes_[index];
    if (!graph_.is_function(index) || index < module_.imported_functions) return false;
    return node.between > kBetweenBytesMax || node.below > kBelowBytesMax ||
           (node.is_entry && node.leads_to_payer);
  }

  // --- What comes of it. ---

  [[nodiscard]] StackPlan make() const {
    StackPlan plan;
    if (std::ranges::none_of(nodes_, &Node::is_payer)) return plan;
    plan.functions.resize(graph_.functions);
    for (std::uint32_t i = 0; i < graph_.functions; ++i) {
      const Node& node = nodes_[i];
      StackPayment& payment = plan.functions[i];
      payment.catches = node.catches && node.leads_to_payer;
      if (!node.is_payer) continue;
      payment.taken = limited(std::max(node.own, node.between));
      payment.needed = limited(node.below);
    }
    return plan;
  }
  /// More than any limit is as good as more.
  static std::uint32_t limited(std::uint64_t bytes) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, INT32_MAX));
  }

  const Module& module_;
  const CallGraph& graph_;
  std::vector<Node> nodes_;
  std::vector<Visit> way_;
  std::vector<std::uint32_t> open_;     // of components that are not closed
  std::vector<std::uint32_t> returns_;  // nodes that an edge returns to
  std::uint32_t found_ = 0;
  bool has_foreign_ = false;  // functions that others know, and references that others made
};

}  // namespace

Result<StackPlan> plan_stack(const Module& module, const CallGraph& calls) {
  return Planner(module, calls).run();
}

}  // namespace synapsed::bytecode
