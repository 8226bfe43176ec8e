#include "bytecode/gas/schedule.hpp"

#include <fmt/format.h>

namespace synapsed::bytecode {
namespace {

struct Row {
  GasPriceName name;
  std::uint32_t GasSchedule::* price;
};

/// The prices that are not of operators.
constexpr std::array kRows{
    Row{{"functions", "entry"}, &GasSchedule::function_entry},
    Row{{"functions", "local"}, &GasSchedule::function_local},
    Row{{"bulk", "byte"}, &GasSchedule::bulk_byte},
    Row{{"bulk", "element"}, &GasSchedule::bulk_element},
    Row{{"growth", "page"}, &GasSchedule::memory_page},
    Row{{"growth", "table_element"}, &GasSchedule::table_element},
};

#define SYNAPSED_GAS_VERSION(number)
#define SYNAPSED_GAS_PRICE(group, name, price) GasPriceName{#group, #name},
constexpr std::array kNames{
#include "bytecode/gas/schedule.def"
};
#undef SYNAPSED_GAS_PRICE
#undef SYNAPSED_GAS_VERSION
static_assert(kNames.size() == kOperatorClasses + kRows.size());

GasSchedule make_default() {
  GasSchedule schedule;
#define SYNAPSED_GAS_VERSION(number) schedule.version = number;
#define SYNAPSED_GAS_PRICE(group, name, price) *schedule.find(#group, #name) = price;
#include "bytecode/gas/schedule.def"
#undef SYNAPSED_GAS_PRICE
#undef SYNAPSED_GAS_VERSION
  return schedule;
}

/// Null when there is none. `Schedule` may be const.
template <typename Schedule>
auto* find_in(Schedule& schedule, const GasPriceName& wanted) {
  using Price = decltype(schedule.operators.data());
  if (wanted.group == "operators") {
    const auto operator_class = find_operator_class(wanted.name);
    return operator_class ? &schedule.operators[static_cast<std::size_t>(*operator_class)]
                          : Price{};
  }
  for (const Row& row : kRows) {
    if (row.name == wanted) return &(schedule.*row.price);
  }
  return Price{};
}

}  // namespace

std::span<const GasPriceName> gas_price_names() { return kNames; }

std::uint32_t* GasSchedule::find(std::string_view group, std::string_view name) {
  return find_in(*this, {group, name});
}

std::uint32_t GasSchedule::price_named(const GasPriceName& name) const {
  const std::uint32_t* found = find_in(*this, name);
  return found == nullptr ? 0 : *found;
}

std::uint64_t GasSchedule::price_of(const Operator& op) const {
  const std::uint64_t price = operators[static_cast<std::size_t>(class_of(op.op))];
  if (op.op != Op::kArrayNewFixed) return price;
  return price + std::uint64_t{bulk_element} * op.index2;
}

std::vector<GasProblem> GasSchedule::problems() const {
  std::vector<GasProblem> problems;
  for (const GasPriceName& name : kNames) {
    const std::uint32_t price = price_named(name);
    if (price <= kPriceMax) continue;
    problems.push_back({name, fmt::format("{}.{} is {}, and may be at most {}", name.group,
                                          name.name, price, kPriceMax)});
  }
  // Otherwise a guest could execute for ever and pay nothing.
  const auto refuse_free = [&](std::string_view name, std::string_view what) {
    problems.push_back({{"operators", name}, fmt::format("operators.{} {}", name, what)});
  };
  const auto is_free = [&](OperatorClass operator_class) {
    return operators[static_cast<std::size_t>(operator_class)] == 0;
  };
  constexpr std::string_view kFreeRecursion = "and functions.entry are 0: recursion is free";
  if (is_free(OperatorClass::kBranch)) refuse_free("branch", "is 0: loops are free");
  if (function_entry != 0) return problems;
  if (is_free(OperatorClass::kCall)) refuse_free("call", kFreeRecursion);
  if (is_free(OperatorClass::kCallIndirect)) refuse_free("call_indirect", kFreeRecursion);
  return problems;
}

const GasSchedule& default_gas_schedule() {
  static const GasSchedule schedule = make_default();
  return schedule;
}

}  // namespace synapsed::bytecode
