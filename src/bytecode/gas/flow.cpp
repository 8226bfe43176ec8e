#include "bytecode/gas/flow.hpp"

#include <algorithm>
#include <queue>
#include <utility>

#include "base/try.hpp"
#include "bytecode/gas/flow_graph.hpp"

namespace synapsed::bytecode {
namespace {

constexpr std::uint64_t kUnknown = UINT64_MAX;

/// The edges into each node, by node: those of `n` are `numbers[starts[n]]` to `starts[n + 1]`.
struct Arrivals {
  explicit Arrivals(const FlowGraph& graph)
      : starts(graph.nodes.size() + 1), numbers(graph.edges.size()) {
    for (const FlowEdge& edge : graph.edges) ++starts[edge.to + 1];
    for (std::size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
    std::vector<std::uint32_t> next(starts.begin(), starts.end() - 1);
    std::uint32_t number = 0;
    for (const FlowEdge& edge : graph.edges) numbers[next[edge.to]++] = number++;
  }
  [[nodiscard]] std::span<const std::uint32_t> of(NodeIndex node) const {
    return {numbers.data() + starts[node], numbers.data() + starts[node + 1]};
  }

  std::vector<std::uint32_t> starts;
  std::vector<std::uint32_t> numbers;
};

/// True for nodes from which the function's exit can be reached without an exception.
std::vector<bool> find_live(const FlowGraph& graph, const Arrivals& arrivals) {
  std::vector<bool> is_live(graph.nodes.size());
  std::vector<NodeIndex> work{FlowGraph::kExit};
  is_live[FlowGraph::kExit] = true;
  while (!work.empty()) {
    const NodeIndex node = work.back();
    work.pop_back();
    for (const std::uint32_t number : arrivals.of(node)) {
      const FlowEdge& edge = graph.edges[number];
      if (is_live[edge.from] || edge.is_exceptional) continue;
      is_live[edge.from] = true;
      work.push_back(edge.from);
    }
  }
  return is_live;
}

/// Nodes that come out by rising price: none is put in below one that came out. Most prices are
/// small, and those have a list each (Dial, "Algorithm 360", 1969).
class NodesByPrice {
 public:
  explicit NodesByPrice(std::size_t nodes)
      : lists_(std::min<std::size_t>(kListsMax, kListsPerNode * nodes), kNone), next_(nodes, kNone) {}

  void put(std::uint64_t price, NodeIndex node) {
    if (price >= lists_.size()) {
      others_.emplace(price, node);
      return;
    }
    next_[node] = lists_[price];
    lists_[price] = node;
  }
  /// Null when there are none.
  std::optional<NodeIndex> take() {
    for (; least_ != lists_.size(); ++least_) {
      const NodeIndex first = lists_[least_];
      if (first == kNone) continue;
      lists_[least_] = next_[first];
      return first;
    }
    if (others_.empty()) return std::nullopt;
    const NodeIndex first = others_.top().second;
    others_.pop();
    return first;
  }

 private:
  using Entry = std::pair<std::uint64_t, NodeIndex>;
  static constexpr NodeIndex kNone = UINT32_MAX;
  static constexpr std::size_t kListsMax = 4096;
  static constexpr std::size_t kListsPerNode = 8;

  std::vector<NodeIndex> lists_;  // the first node of each price
  std::vector<NodeIndex> next_;   // behind each node, in its list
  std::size_t least_ = 0;         // no list before this one has any
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> others_;
};

/// Whether a function's calls of itself cost what is known, or more than any other way: the
/// cheapest way through a function cannot contain the cheapest way through it.
enum class SelfCalls : std::uint8_t { kPriced, kEndless };

/// The least prices of the ways from nodes to the exit, barriers being as good as the exit.
class LeastPrices {
 public:
  LeastPrices(FlowGraph& graph, const Arrivals& arrivals, SelfCalls self_calls)
      : graph_(graph),
        arrivals_(arrivals),
        self_calls_(self_calls),
        is_live_(find_live(graph, arrivals)),
        ahead_(graph.nodes.size(), kUnknown),
        rest_(graph.nodes.size(), kUnknown) {
    NodesByPrice queue(graph.nodes.size());
    for (NodeIndex node = 0; node < graph.nodes.size(); ++node) {
      if (!is_live_[node]) {
        graph.nodes[node].is_barrier = true;
        ahead_[node] = 0;
      } else if (node == FlowGraph::kExit || graph.nodes[node].is_barrier) {
        reach(node, 0, queue);
      }
    }
    while (const auto node = queue.take()) visit(*node, queue);
  }

  /// Whether a way leads on to the exit.
  [[nodiscard]] bool is_known(NodeIndex node) const { return rest_[node] != kUnknown; }
  /// What has been paid when control arrives at `node`.
  [[nodiscard]] std::uint64_t ahead(NodeIndex node) const { return ahead_[node]; }
  /// What has been paid when control leaves `node`.
  [[nodiscard]] std::uint64_t rest(NodeIndex node) const {
    return rest_[node] == kUnknown ? 0 : rest_[node];
  }
  [[nodiscard]] std::uint64_t whole(NodeIndex node) const {
    return graph_.nodes[node].price + rest(node);
  }
  [[nodiscard]] std::uint64_t charge(const FlowEdge& edge) const {
    if (edge.is_exceptional || !is_live_[edge.to]) return 0;
    return ahead_[edge.to] - rest(edge.from);
  }

 private:
  void reach(NodeIndex node, std::uint64_t price, NodesByPrice& queue) {
    ahead_[node] = price;
    queue.put(price, node);
  }

  /// Nodes are visited by rising price, so the first way found from a node is its cheapest.
  void visit(NodeIndex node, NodesByPrice& queue) {
    for (const std::uint32_t number : arrivals_.of(node)) {
      const FlowEdge& edge = graph_.edges[number];
      if (edge.is_exceptional || rest_[edge.from] != kUnknown || !is_live_[edge.from]) continue;
      rest_[edge.from] = ahead_[node];
      const FlowNode& from = graph_.nodes[edge.from];
      const bool is_endless = from.calls_itself && self_calls_ == SelfCalls::kEndless;
      if (!from.is_barrier && !is_endless) reach(edge.from, ahead_[node] + from.price, queue);
    }
  }

  FlowGraph& graph_;
  const Arrivals& arrivals_;
  const SelfCalls self_calls_;
  std::vector<bool> is_live_;
  std::vector<std::uint64_t> ahead_;
  std::vector<std::uint64_t> rest_;
};

/// The entry's number, the greatest, comes first; an `else` precedes its `end`.
std::uint64_t rank_of(const Charge& charge) {
  const ChargePlace& place = charge.place;
  const std::uint32_t number = place.op + 1;
  const std::uint64_t is_after = place.kind == ChargePlace::Kind::kAfter ? 1 : 0;
  return std::uint64_t{number} << 32 | is_after << 24 | place.label;
}

/// By their places.
void sort(std::vector<Charge>& charges) {
  // They come nearly in that order, but for those of a table, which lie between others: what merges
  // sorts them faster than what divides.
  std::ranges::stable_sort(charges, {}, rank_of);
}

/// Puts a node's charge at its beginning when all ways to it owe the same, else one on each.
class Placement {
 public:
  Placement(const FlowGraph& graph, const Arrivals& arrivals, const LeastPrices& prices)
      : graph_(graph), arrivals_(arrivals), prices_(prices) {}

  std::vector<Charge> take() {
    charges_.reserve(graph_.nodes.size());  // about as many
    for (NodeIndex node = 0; node < graph_.nodes.size(); ++node) {
      if (node != FlowGraph::kExit) charge_node(node);
    }
    return std::move(charges_);
  }

 private:
  void charge_node(NodeIndex node) {
    const FlowNode& to = graph_.nodes[node];
    if (to.is_barrier) {
      add(to.place, prices_.whole(node), to.loop_depth);
      return;
    }
    const auto edges = arrivals_.of(node);
    if (edges.empty()) return;
    const auto amount_of = [&](std::uint32_t number) {
      return prices_.charge(graph_.edges[number]);
    };
    const std::uint64_t first = amount_of(edges.front());
    if (std::ranges::all_of(edges, [&](auto number) { return amount_of(number) == first; })) {
      add(to.place, first, to.loop_depth);
      return;
    }
    // The way into a loop comes first, and nothing is charged on it: it is the only one on from there.
    const bool all_rounds_pay = to.is_loop_head && std::ranges::all_of(edges.subspan(1), amount_of);
    const std::uint32_t back_to = all_rounds_pay ? to.place.op : Charge::kNoLoop;
    for (const std::uint32_t number : edges) {
      const FlowEdge& edge = graph_.edges[number];
      add(edge.place, amount_of(number), graph_.nodes[edge.from].loop_depth, back_to);
    }
  }

  void add(ChargePlace place, std::uint64_t amount, std::uint32_t loop_depth,
           std::uint32_t back_to = Charge::kNoLoop) {
    if (amount == 0) return;
    charges_.push_back(
        {.place = place, .amount = amount, .loop_depth = loop_depth, .back_to = back_to});
  }

  const FlowGraph& graph_;
  const Arrivals& arrivals_;
  const LeastPrices& prices_;
  std::vector<Charge> charges_;
};

}  // namespace

Result<std::vector<Charge>> charges_of(const Module& module, std::uint32_t function,
                                       const Prices& prices, FunctionShape* shape) {
  std::vector<Charge> charges;
  {  // what is large is gone before more memory is taken for sorting
    FlowGraph graph = TRY(flow_of(module, function, prices, shape));
    graph.nodes[FlowGraph::kEntry].is_barrier = prices.prepaid[function] == 0;
    const Arrivals arrivals(graph);
    const LeastPrices least(graph, arrivals, SelfCalls::kPriced);
    charges = Placement(graph, arrivals, least).take();
  }
  sort(charges);
  return charges;
}

Result<std::optional<std::uint64_t>> least_price(const Module& module, std::uint32_t function,
                                                 const Prices& prices) {
  FlowGraph graph = TRY(flow_of(module, function, prices));
  FlowNode& entry = graph.nodes[FlowGraph::kEntry];
  entry.is_barrier = false;
  const Arrivals arrivals(graph);
  const LeastPrices least(graph, arrivals, SelfCalls::kEndless);
  if (entry.is_barrier || entry.calls_itself || !least.is_known(FlowGraph::kEntry)) {
    return std::nullopt;
  }
  return least.whole(FlowGraph::kEntry);
}

}  // namespace synapsed::bytecode
