#pragma once

/// \file
/// Operators that pay for each of the elements whose number is on top of the stack.
/// Thread rule: a pure function.

#include <cstdint>
#include <optional>

#include "bytecode/gas/schedule.hpp"
#include "bytecode/module.hpp"

namespace synapsed::bytecode {

struct BulkPrice {
  std::uint32_t each = 0;
  bool is_64 = false;  ///< the number is an i64
};

/// Null for other operators. Numbers have the type of addresses; between a 64-bit and a 32-bit
/// memory or table, the smaller type.
[[nodiscard]] std::optional<BulkPrice> bulk_price(const Module& module, const GasSchedule& schedule,
                                                  const Operator& op);

}  // namespace synapsed::bytecode
