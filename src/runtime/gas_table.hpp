#pragma once

/// \file
/// Tables of gas prices as text: TOML of the shape of `abi/gas_schedule.toml`
/// (docs/formats/gas.md). Thread rule: pure functions.

#include <string>
#include <string_view>
#include <vector>

#include <synapsed/error.hpp>

#include "bytecode/gas/schedule.hpp"

namespace synapsed {

/// The groups of prices, in the order of the default table.
[[nodiscard]] std::vector<std::string_view> gas_price_groups();
/// The names of a group's prices; empty when there is no such group.
[[nodiscard]] std::vector<std::string_view> gas_prices_in(std::string_view group);

/// Native: the parser wants files. `source` is what errors call the text. Error: `config.invalid`
/// with everything that is wrong, each with `source:line:column`.
[[nodiscard]] Result<bytecode::GasSchedule> read_gas_table(std::string_view toml,
                                                           std::string_view source);

[[nodiscard]] std::string write_gas_table(const bytecode::GasSchedule& schedule);

/// What is hashed: every price and the version, one a line, sorted.
[[nodiscard]] std::string canonical_gas_table(const bytecode::GasSchedule& schedule);

}  // namespace synapsed
