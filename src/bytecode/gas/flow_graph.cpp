#include "bytecode/gas/flow_graph.hpp"

#include <fmt/format.h>

#include "base/try.hpp"

namespace synapsed::bytecode {
namespace {

constexpr NodeIndex kNowhere = UINT32_MAX;  // code that nothing reaches

// A body has fewer bytes than these, and so fewer of anything.
constexpr std::uint32_t kLoopDepthMax = (1U << 24) - 1;
constexpr std::uint32_t kLabelMax = (1U << 24) - 1;
constexpr std::uint32_t kNodeIndexMax = (1U << 31) - 1;
static_assert(ReadLimits{}.body_bytes < kLabelMax);

class Builder {
 public:
  Builder(const Prices& prices, std::uint32_t function, std::uint64_t locals)
      : prices_(prices), function_(function) {
    add_node({});             // the exit
    current_ = add_node({});  // the entry
    FlowNode& entry = graph_.nodes[FlowGraph::kEntry];
    entry.is_barrier = true;
    entry.price = prices.schedule.function_entry + prices.schedule.function_local * locals;
    frames_.push_back({.kind = Op::kEnd});
  }

  /// An operator that is sequential.
  void pass(const Operator& op) { price_ += prices_.schedule.price_of(op); }

  /// Another one. False when there is no block that it could end or leave.
  bool read(const Operator& op, std::uint32_t number) {
    number_ = number;
    pass(op);
    if (current_ != kNowhere) count(op, graph_.nodes[current_]);
    price_ = 0;
    switch (op.op) {
      case Op::kBlock: open(op); return true;
      case Op::kTryTable: return open_try(op);
      case Op::kLoop: open_loop(op); return true;
      case Op::kIf: open_if(op); return true;
      case Op::kElse: return start_else();
      case Op::kEnd: return close();
      case Op::kBr: return branch(op.index, Branch::kAlways) && stop();
      case Op::kBrIf: return branch(op.index, Branch::kConditional) && go_on();
      case Op::kBrTable: return branch_table(op) && stop();
      case Op::kBrOnNull:
      case Op::kBrOnNonNull:
      case Op::kBrOnCast:
      case Op::kBrOnCastFail: return branch(op.index, Branch::kUnsplittable) && go_on();
      case Op::kReturn:
      case Op::kReturnCall:
      case Op::kReturnCallIndirect:
      case Op::kReturnCallRef: link(FlowGraph::kExit); return stop();
      case Op::kUnreachable:
      case Op::kThrow:
      case Op::kThrowRef: return stop();
      default: return true;
    }
  }

  FlowGraph take() { return std::move(graph_); }

 private:
  enum class Branch : std::uint8_t {
    kAlways,
    kConditional,   ///< the way taken can be charged by itself
    kTable,         ///< as well, unless the label has operands
    kUnsplittable,  ///< it cannot
    kCatch,
  };

  struct Frame {
    Op kind = Op::kBlock;       // kEnd: the function itself
    bool has_operands = false;   // its label
    NodeIndex label = kNowhere;  // where its branches go; a block's is made by the first one
    std::uint32_t table = UINT32_MAX;  // the last `br_table` that goes there
    NodeIndex otherwise = kNowhere;  // of an `if`: the node that decides
    NodeIndex then_end = kNowhere;   // of an `if` with an `else`: where the first arm ended
  };

  void count(const Operator& op, FlowNode& node) const {
    node.price += price_;
    if (op.op != Op::kCall && op.op != Op::kReturnCall) return;
    if (op.index == function_) node.calls_itself = true;
    if (op.index < prices_.prepaid.size()) node.price += prices_.prepaid[op.index];
  }

  NodeIndex add_node(ChargePlace place) {
    graph_.nodes.push_back({.place = place, .loop_depth = loops_ & kLoopDepthMax});
    return static_cast<NodeIndex>(graph_.nodes.size() - 1);
  }
  ChargePlace after() const { return {.op = number_}; }

  void link(NodeIndex to, ChargePlace place = {}, bool is_exceptional = false) {
    if (current_ == kNowhere) return;
    graph_.edges.push_back({.from = current_,
                            .to = to & kNodeIndexMax,
                            .is_exceptional = is_exceptional,
                            .place = place});
  }
  bool stop() {
    current_ = kNowhere;
    return true;
  }
  /// What follows a branch that may not be taken.
  bool go_on() {
    if (current_ == kNowhere) return true;
    const NodeIndex next = add_node(after());
    link(next);
    current_ = next;
    return true;
  }

  void open(const Operator& op) {
    frames_.push_back(
        {.kind = op.op, .has_operands = op.block.kind != BlockType::Kind::kEmpty});
  }

  /// The clauses' labels count from outside the block.
  bool open_try(const Operator& op) {
    bool is_valid = true;
    for_each_catch(op, [&](const Catch& clause) {
      is_valid = is_valid && branch(clause.label, Branch::kCatch);
    });
    open(op);
    return is_valid && go_on();
  }

  void open_loop(const Operator& op) {
    ++loops_;
    // Only a function type has parameters.
    frames_.push_back(
        {.kind = Op::kLoop, .has_operands = op.block.kind == BlockType::Kind::kType});
    if (current_ == kNowhere) return;
    const NodeIndex header = add_node(after());
    graph_.nodes[header].is_loop_head = true;
    link(header);
    frames_.back().label = current_ = header;
  }

  void open_if(const Operator& op) {
    open(op);
    frames_.back().otherwise = current_;
    go_on();
  }

  bool start_else() {
    Frame& frame = frames_.back();
    if (frame.kind != Op::kIf) return false;
    frame.kind = Op::kElse;
    frame.then_end = current_;
    current_ = frame.otherwise;
    return go_on();
  }

  bool close() {
    if (frames_.empty()) return false;
    const Frame frame = frames_.back();
    frames_.pop_back();
    switch (frame.kind) {
      case Op::kEnd: link(FlowGraph::kExit); return stop();
      case Op::kLoop: --loops_; return true;
      case Op::kIf: join_if(frame); return true;
      case Op::kElse: join_else(frame); return true;
      default: join(frame.label); return true;
    }
  }

  /// Behind a block: the same node goes on where nothing branches to it.
  void join(NodeIndex label) {
    if (label == kNowhere) return;
    settle(label);
  }
  void join_if(const Frame& frame) {
    if (frame.otherwise == kNowhere) return;
    const NodeIndex label = frame.label == kNowhere ? add_node({}) : frame.label;
    graph_.edges.push_back({.from = frame.otherwise,
                            .to = label & kNodeIndexMax,
                            .place = {.op = number_, .kind = ChargePlace::Kind::kElse}});
    settle(label);
  }
  void join_else(const Frame& frame) {
    NodeIndex label = frame.label;
    if (label == kNowhere) {
      if (current_ == kNowhere && frame.then_end == kNowhere) return;
      label = add_node({});
    }
    if (frame.then_end != kNowhere) {
      graph_.edges.push_back({.from = frame.then_end, .to = label & kNodeIndexMax});
    }
    settle(label);
  }
  void settle(NodeIndex label) {
    graph_.nodes[label].place = after();
    graph_.nodes[label].loop_depth = loops_ & kLoopDepthMax;
    link(label);
    current_ = label;
  }

  bool branch(std::uint32_t depth, Branch how) {
    if (depth >= frames_.size()) return false;
    if (current_ == kNowhere) return true;
    Frame& target = frames_[frames_.size() - 1 - depth];
    if (target.kind == Op::kEnd) {
      link(FlowGraph::kExit, {}, how == Branch::kCatch);
      return true;
    }
    if (target.label == kNowhere) target.label = add_node({});
    const bool cannot_pay = how == Branch::kUnsplittable || how == Branch::kCatch ||
                            (how == Branch::kTable && target.has_operands);
    if (cannot_pay) graph_.nodes[target.label].is_barrier = true;
    link(target.label, taken(how, depth), how == Branch::kCatch);
    return true;
  }
  [[nodiscard]] ChargePlace taken(Branch how, std::uint32_t depth) const {
    switch (how) {
      case Branch::kConditional: return {.op = number_, .kind = ChargePlace::Kind::kTaken};
      case Branch::kTable: return {.op = number_, .kind = ChargePlace::Kind::kTable, .label = depth & kLabelMax};
      default: return {};
    }
  }

  bool branch_table(const Operator& op) {
    bool is_valid = true;
    for_each_label(op, [&](std::uint32_t label) {
      is_valid = is_valid && label < frames_.size();
      if (!is_valid) return;
      Frame& target = frames_[frames_.size() - 1 - label];
      if (target.table == number_) return;
      target.table = number_;
      branch(label, Branch::kTable);
    });
    return is_valid;
  }

  const Prices& prices_;
  const std::uint32_t function_;
  FlowGraph graph_;
  std::vector<Frame> frames_;
  NodeIndex current_ = kNowhere;
  std::uint32_t number_ = 0;
  std::uint64_t price_ = 0;  // of the operators that were read since a node was last told of them
  std::uint32_t loops_ = 0;
};

}  // namespace

Result<FlowGraph> flow_of(const Module& module, std::uint32_t function, const Prices& prices,
                          FunctionShape* shape) {
  const Body& body = *module.body_of(function);
  std::uint64_t locals = 0;
  for (const LocalGroup& group : module.local_groups(body)) locals += group.count;
  Builder builder(prices, function, locals);
  ShapeReader shape_reader(module, prices.schedule, body);
  OperatorReader in(body.code(), module.offset_of(body.code()));
  Operator op;
  for (std::uint32_t number = 0; !in.at_end(); ++number) {
    TRY(in.next(op));
    if (is_sequential(op.op)) {
      builder.pass(op);
      continue;
    }
    if (builder.read(op, number)) {
      if (shape != nullptr) shape_reader.read(op, number);
      continue;
    }
    return std::unexpected(Error(ErrorCode::kLoadInvalidModule,
                                 "malformed module: no block is open that this could end or leave")
                               .at(fmt::format("offset {:#x}", op.offset)));
  }
  if (shape != nullptr) *shape = shape_reader.take();
  return builder.take();
}

}  // namespace synapsed::bytecode
