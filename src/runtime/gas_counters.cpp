#include <array>
#include <utility>

#include "runtime/load.hpp"

namespace synapsed {

GasCounters::GasCounters(const bytecode::Module& module, bytecode::Profiled profiled)
    : counters_(std::move(profiled.counters)),
      parts_(std::move(profiled.parts)),
      counts_(counters_.size()) {
  for (const bytecode::GasCounter& counter : counters_) {
    names_.try_emplace(counter.function, module.name_of(counter.function));
  }
}

void GasCounters::collect(engine::Store& store, const engine::Instance& instance) {
  const auto memory = store.memory(instance, bytecode::kCountersExport);
  if (!memory) return;
  const engine::MemoryView view = store.view(*memory);
  const Lock<Mutex> lock(mutex_);
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const std::uint64_t offset = i * sizeof(std::uint64_t);
    counts_[i] += view.read<std::uint64_t>(offset).value_or(0);
    (void)view.write<std::uint64_t>(offset, 0);
  }
}

GasProfile GasCounters::profile() const {
  using Costs = std::array<std::uint64_t, bytecode::kEntryCost + 1>;
  std::map<std::uint32_t, Costs> by_function;
  {
    const Lock<Mutex> lock(mutex_);
    for (std::size_t i = 0; i < counters_.size(); ++i) {
      Costs& costs = by_function[counters_[i].function];
      for (std::uint32_t part = 0; part < counters_[i].parts; ++part) {
        const auto& [cost, gas] = parts_[counters_[i].first + part];
        costs[cost] += gas * counts_[i];
      }
    }
  }
  GasProfile profile;
  for (const auto& [function, costs] : by_function) {
    for (std::size_t cost = 0; cost < costs.size(); ++cost) {
      if (costs[cost] == 0) continue;
      profile.rows.push_back(
          {.function = function,
           .function_name = names_.at(function),
           .cost = cost == bytecode::kEntryCost
                       ? std::string_view("entry")
                       : to_string(static_cast<bytecode::OperatorClass>(cost)),
           .gas = costs[cost]});
    }
  }
  return profile;
}

}  // namespace synapsed
