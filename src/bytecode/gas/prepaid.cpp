#include "bytecode/gas/prepaid.hpp"

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "bytecode/gas/flow.hpp"

namespace synapsed::bytecode {
namespace {

/// True for functions that are entered by direct calls only. Code may take references of functions
/// only that are named outside of it as well (core specification 3.4.10).
std::vector<bool> find_direct(const Module& module, const CallGraph& calls) {
  std::vector<bool> direct(module.functions.size(), true);
  std::fill_n(direct.begin(), module.imported_functions, false);
  const auto exclude = [&](std::uint32_t function) {
    if (function < direct.size()) direct[function] = false;
  };
  for (const Export& exported : module.exports) {
    if (exported.kind == ExternKind::kFunction) exclude(exported.index);
  }
  if (module.start) exclude(*module.start);
  std::ranges::for_each(calls.named(), exclude);
  return direct;
}

/// Visits direct functions after those they call; those that call each other in a circle, together
/// (Tarjan, "Depth-first search and linear graph algorithms", 1972).
template <typename Visit>
class Components {
 public:
  Components(const CallGraph& calls, const std::vector<bool>& direct, Visit visit)
      : calls_(calls), direct_(direct), states_(direct.size()), visit_(std::move(visit)) {}

  Result<void> run() {
    for (std::uint32_t root = 0; root < states_.size(); ++root) {
      if (direct_[root] && states_[root].number == 0) TRY(run_from(root));
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
      const auto callees = calls_.from(frame.function);
      if (frame.next < callees.size()) {
        follow(frame.function, callees[frame.next++]);
      } else {
        TRY(leave(frame.function));
      }
    }
    return {};
  }
  void follow(std::uint32_t from, std::uint32_t to) {
    if (!calls_.is_function(to) || !direct_[to]) return;
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

  const CallGraph& calls_;
  const std::vector<bool>& direct_;
  std::vector<State> states_;
  Visit visit_;
  std::uint32_t discovered_ = 0;
  std::vector<std::uint32_t> open_;
  std::vector<Frame> path_;
};

}  // namespace

Result<std::vector<std::uint32_t>> prepaid_prices(const Module& module, const CallGraph& calls,
                                                  const GasSchedule& schedule) {
  const std::vector<bool> direct = find_direct(module, calls);
  std::vector<std::uint32_t> prices(module.functions.size());
  const auto visit = [&](std::uint32_t function) -> Result<void> {
    const auto price = TRY(least_price(module, function, {schedule, prices}));
    if (price && *price <= kPrepaidMax) prices[function] = static_cast<std::uint32_t>(*price);
    return {};
  };
  TRY(Components(calls, direct, visit).run());
  return prices;
}

}  // namespace synapsed::bytecode
