#include "bytecode/gas/prepaid.hpp"

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "bytecode/gas/flow.hpp"

namespace synapsed::bytecode {
namespace {

Result<void> exclude_named(ByteSpan expression, std::uint64_t offset, std::vector<bool>& direct) {
  if (expression.empty()) return {};
  OperatorReader in(expression, offset);
  Operator op;
  while (!in.at_end()) {
    TRY(in.next(op));
    if (op.op == Op::kRefFunc && op.index < direct.size()) direct[op.index] = false;
  }
  return {};
}

/// True for functions that are entered by direct calls only. Code may take references of functions
/// only that are named outside of it as well (core specification 3.4.10).
Result<std::vector<bool>> find_direct(const Module& module) {
  std::vector<bool> direct(module.functions.size(), true);
  std::fill_n(direct.begin(), module.imported_functions, false);
  const auto exclude = [&](std::uint32_t function) {
    if (function < direct.size()) direct[function] = false;
  };
  for (const Export& exported : module.exports) {
    if (exported.kind == ExternKind::kFunction) exclude(exported.index);
  }
  if (module.start) exclude(*module.start);
  for (const std::uint32_t function : module.element_functions) exclude(function);
  for (const Global& global : module.globals) {
    TRY(exclude_named(global.initialiser, 0, direct));
  }
  for (const Table& table : module.tables) TRY(exclude_named(table.initialiser, 0, direct));
  return direct;
}

/// The direct functions that each direct function calls.
class Calls {
 public:
  static Result<Calls> read(const Module& module, const std::vector<bool>& direct) {
    Calls calls;
    calls.starts_.assign(module.functions.size() + 1, 0);
    for (std::uint32_t function = 0; function < module.functions.size(); ++function) {
      const Body* body = module.body_of(function);
      if (body != nullptr && direct[function]) TRY(calls.read_body(module, *body, direct));
      calls.starts_[function + 1] = static_cast<std::uint32_t>(calls.callees_.size());
    }
    return calls;
  }
  [[nodiscard]] std::span<const std::uint32_t> of(std::uint32_t function) const {
    return {callees_.data() + starts_[function], callees_.data() + starts_[function + 1]};
  }

 private:
  Result<void> read_body(const Module& module, const Body& body,
                         const std::vector<bool>& direct) {
    const auto first = static_cast<std::ptrdiff_t>(callees_.size());
    OperatorReader in(body.code(), module.offset_of(body.code()));
    Operator op;
    while (!in.at_end()) {
      TRY(in.next(op));
      const bool is_call = op.op == Op::kCall || op.op == Op::kReturnCall;
      if (is_call && op.index < direct.size() && direct[op.index]) callees_.push_back(op.index);
    }
    std::sort(callees_.begin() + first, callees_.end());
    callees_.erase(std::unique(callees_.begin() + first, callees_.end()), callees_.end());
    return {};
  }

  std::vector<std::uint32_t> starts_;
  std::vector<std::uint32_t> callees_;
};

/// Visits functions after those they call; those that call each other in a circle, together
/// (Tarjan, "Depth-first search and linear graph algorithms", 1972).
template <typename Visit>
class Components {
 public:
  Components(const Calls& calls, std::size_t functions, Visit visit)
      : calls_(calls), states_(functions), visit_(std::move(visit)) {}

  Result<void> run(const std::vector<bool>& wanted) {
    for (std::uint32_t root = 0; root < states_.size(); ++root) {
      if (wanted[root] && states_[root].number == 0) TRY(run_from(root));
    }
    return {};
  }

 private:
  struct State {
    std::uint32_t number = 0;  // in the order of discovery, from 1
    std::uint32_t lowest = 0;
    bool is_open = false;
  };
  struct Frame {
    std::uint32_t function;
    std::size_t next = 0;
  };

  void enter(std::uint32_t function) {
    states_[function] = {.number = ++discovered_, .lowest = discovered_, .is_open = true};
    open_.push_back(function);
    path_.push_back({function});
  }

  Result<void> run_from(std::uint32_t root) {
    enter(root);
    while (!path_.empty()) {
      Frame& frame = path_.back();
      const auto callees = calls_.of(frame.function);
      if (frame.next < callees.size()) {
        follow(frame.function, callees[frame.next++]);
      } else {
        TRY(leave(frame.function));
      }
    }
    return {};
  }
  void follow(std::uint32_t from, std::uint32_t to) {
    if (states_[to].number == 0) {
      enter(to);
    } else if (states_[to].is_open) {
      states_[from].lowest = std::min(states_[from].lowest, states_[to].number);
    }
  }
  Result<void> leave(std::uint32_t function) {
    path_.pop_back();
    const State state = states_[function];
    if (!path_.empty()) {
      State& caller = states_[path_.back().function];
      caller.lowest = std::min(caller.lowest, state.lowest);
    }
    if (state.lowest != state.number) return {};
    const bool is_alone = open_.back() == function;
    std::uint32_t member = 0;
    do {
      member = open_.back();
      open_.pop_back();
      states_[member].is_open = false;
    } while (member != function);
    return is_alone ? visit_(function) : Result<void>{};
  }

  const Calls& calls_;
  std::vector<State> states_;
  Visit visit_;
  std::uint32_t discovered_ = 0;
  std::vector<std::uint32_t> open_;
  std::vector<Frame> path_;
};

}  // namespace

Result<std::vector<std::uint32_t>> prepaid_prices(const Module& module,
                                                  const GasSchedule& schedule) {
  const std::vector<bool> direct = TRY(find_direct(module));
  const Calls calls = TRY(Calls::read(module, direct));
  std::vector<std::uint32_t> prices(module.functions.size());
  const auto visit = [&](std::uint32_t function) -> Result<void> {
    const auto price = TRY(least_price(module, function, {schedule, prices}));
    if (price && *price <= kPrepaidMax) prices[function] = static_cast<std::uint32_t>(*price);
    return {};
  };
  TRY(Components(calls, module.functions.size(), visit).run(direct));
  return prices;
}

}  // namespace synapsed::bytecode
