#include "bytecode/gas/schedule.hpp"

#include <utility>

#include <fmt/format.h>

namespace synapsed::bytecode {
namespace {

struct Name {
  std::string_view group;
  std::string_view name;
  std::uint32_t GasSchedule::* price;
};

constexpr std::array kNames{
    Name{"functions", "entry", &GasSchedule::function_entry},
    Name{"functions", "local", &GasSchedule::function_local},
    Name{"bulk", "byte", &GasSchedule::bulk_byte},
    Name{"bulk", "element", &GasSchedule::bulk_element},
    Name{"growth", "page", &GasSchedule::memory_page},
    Name{"growth", "table_element", &GasSchedule::table_element},
};

GasSchedule make_default() {
  GasSchedule schedule;
#define SYNAPSED_GAS_VERSION(number) schedule.version = number;
#define SYNAPSED_GAS_PRICE(group, name, price) *schedule.find(#group, #name) = price;
#include "bytecode/gas/schedule.def"
#undef SYNAPSED_GAS_PRICE
#undef SYNAPSED_GAS_VERSION
  return schedule;
}

}  // namespace

std::uint32_t* GasSchedule::find(std::string_view group, std::string_view name) {
  if (group == "operators") {
    const auto operator_class = find_operator_class(name);
    return operator_class ? &operators[static_cast<std::size_t>(*operator_class)] : nullptr;
  }
  for (const Name& row : kNames) {
    if (row.group == group && row.name == name) return &(this->*row.price);
  }
  return nullptr;
}

std::uint64_t GasSchedule::price_of(const Operator& op) const {
  const std::uint64_t price = operators[static_cast<std::size_t>(info(op.op).operator_class)];
  if (op.op != Op::kArrayNewFixed) return price;
  return price + std::uint64_t{bulk_element} * op.index2;
}

std::vector<std::string> GasSchedule::problems() const {
  std::vector<std::string> problems;
  const auto check = [&](std::string_view group, std::string_view name, std::uint32_t price) {
    if (price <= kPriceMax) return;
    problems.push_back(
        fmt::format("{}.{} is {}, and may be at most {}", group, name, price, kPriceMax));
  };
  for (std::size_t i = 0; i < operators.size(); ++i) {
    check("operators", to_string(static_cast<OperatorClass>(i)), operators[i]);
  }
  for (const Name& row : kNames) check(row.group, row.name, this->*row.price);
  // Otherwise a guest could execute for ever and pay nothing.
  const auto free = [&](OperatorClass operator_class) {
    return operators[static_cast<std::size_t>(operator_class)] == 0;
  };
  if (free(OperatorClass::kBranch)) problems.emplace_back("operators.branch is 0: loops are free");
  if (free(OperatorClass::kCall) && function_entry == 0) {
    problems.emplace_back("operators.call and functions.entry are 0: recursion is free");
  }
  if (free(OperatorClass::kCallIndirect) && function_entry == 0) {
    problems.emplace_back("operators.call_indirect and functions.entry are 0: recursion is free");
  }
  return problems;
}

const GasSchedule& default_gas_schedule() {
  static const GasSchedule schedule = make_default();
  return schedule;
}

}  // namespace synapsed::bytecode
