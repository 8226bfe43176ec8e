#pragma once

/// \file
/// What execution costs: the prices a module is instrumented with.
///
/// The default is generated from `abi/gas_schedule.toml`; docs/formats/gas.md says what is charged
/// when. Thread rule: a value.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bytecode/operators.hpp"

namespace synapsed::bytecode {

/// What a table calls a price: `operators.load`, `bulk.byte`.
struct GasPriceName {
  std::string_view group;
  std::string_view name;

  bool operator==(const GasPriceName&) const = default;
};

/// Every price, in the order of the default table.
[[nodiscard]] std::span<const GasPriceName> gas_price_names();

/// Why a schedule cannot be used.
struct GasProblem {
  GasPriceName price;  ///< the one to change
  std::string sentence;
};

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

  /// The price called so in a table; null when there is none.
  [[nodiscard]] std::uint32_t* find(std::string_view group, std::string_view name);
  [[nodiscard]] std::uint32_t price_named(const GasPriceName& name) const;
  /// Of one operator, without what its operands add.
  [[nodiscard]] std::uint64_t price_of(const Operator& op) const;

  /// Every reason this cannot be used; empty when there is none.
  [[nodiscard]] std::vector<GasProblem> problems() const;
};

/// That of `abi/gas_schedule.toml`.
[[nodiscard]] const GasSchedule& default_gas_schedule();

}  // namespace synapsed::bytecode
