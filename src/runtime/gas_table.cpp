#include "runtime/gas_table.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace synapsed {

using bytecode::gas_price_names;
using bytecode::GasPriceName;
using bytecode::GasSchedule;

std::vector<std::string_view> gas_price_groups() {
  std::vector<std::string_view> groups;
  for (const GasPriceName& each : gas_price_names()) {
    if (groups.empty() || groups.back() != each.group) groups.push_back(each.group);
  }
  return groups;
}

std::vector<std::string_view> gas_prices_in(std::string_view group) {
  std::vector<std::string_view> names;
  for (const GasPriceName& each : gas_price_names()) {
    if (each.group == group) names.push_back(each.name);
  }
  return names;
}

std::string write_gas_table(const GasSchedule& schedule) {
  std::string text = fmt::format("version = {}\n", schedule.version);
  for (const std::string_view group : gas_price_groups()) {
    text += fmt::format("\n[{}]\n", group);
    for (const std::string_view name : gas_prices_in(group)) {
      text += fmt::format("{} = {}\n", name, schedule.price_named({group, name}));
    }
  }
  return text;
}

std::string canonical_gas_table(const GasSchedule& schedule) {
  std::vector<std::string> lines{fmt::format("version = {}\n", schedule.version)};
  for (const GasPriceName& name : gas_price_names()) {
    lines.push_back(fmt::format("{}.{} = {}\n", name.group, name.name, schedule.price_named(name)));
  }
  std::ranges::sort(lines);
  return fmt::format("{}", fmt::join(lines, ""));
}

}  // namespace synapsed
