#pragma once

/// \file
/// What execution costs: the prices a module is instrumented with.
///
/// The default is generated from `abi/gas_schedule.toml`; docs/formats/gas.md says what is charged
/// when. Thread rule: a value.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bytecode/operators.hpp"

namespace synapsed::bytecode {

struct GasSchedule {
  /// No price is higher, so that the sum over a function fits 63 bits.
  static constexpr std::uint32_t kPriceMax = 1'000'000;

  std::uint32_t version = 1;
  /// Of one operator, by its class.
  std::array<std::uint32_t, kOperatorClasses> operators{};
  std::uint32_t function_entry = 0;  ///< of entering a function of the module
  std::uint32_t function_local = 0;  ///< of each local it declares, parameters not
  std::uint32_t bulk_byte = 0;       ///< of each byte copied, filled or initialised in a memory
  std::uint32_t bulk_element = 0;    ///< of each element copied, filled or made in a table or array
  std::uint32_t memory_page = 0;     ///< of each page a memory is asked to grow by
  std::uint32_t table_element = 0;   ///< of each element a table is asked to grow by

  bool operator==(const GasSchedule&) const = default;

  /// The price called so in a table, `operators.load` or `bulk.byte`; null when there is none.
  [[nodiscard]] std::uint32_t* find(std::string_view group, std::string_view name);
  /// Of one operator, without what its operands add.
  [[nodiscard]] std::uint64_t price_of(const Operator& op) const;

  /// Every reason this cannot be used, one sentence each; empty when there is none.
  [[nodiscard]] std::vector<std::string> problems() const;
};

/// That of `abi/gas_schedule.toml`.
[[nodiscard]] const GasSchedule& default_gas_schedule();

}  // namespace synapsed::bytecode
