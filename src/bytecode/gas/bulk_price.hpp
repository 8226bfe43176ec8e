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

/// Whether it works on as many bytes, elements or pages as it is asked for.
[[nodiscard]] constexpr bool is_bulk(Op op) {
  switch (op) {
    case Op::kMemoryFill:
    case Op::kMemoryCopy:
    case Op::kMemoryInit:
    case Op::kMemoryGrow:
    case Op::kTableFill:
    case Op::kTableCopy:
    case Op::kTableGrow:
    case Op::kTableInit:
    case Op::kArrayNew:
    case Op::kArrayNewDefault:
    case Op::kArrayNewData:
    case Op::kArrayNewElem:
    case Op::kArrayFill:
    case Op::kArrayCopy:
    case Op::kArrayInitData:
    case Op::kArrayInitElem: return true;
    default: return false;
  }
}

/// Of an operator that `is_bulk`. Numbers have the type of addresses; between a 64-bit and a 32-bit
/// memory or table, the smaller type.
[[nodiscard]] BulkPrice price_of_bulk(const Module& module, const GasSchedule& schedule,
                                      const Operator& op);

/// Null for other operators; asked of each one.
[[nodiscard]] inline std::optional<BulkPrice> bulk_price(const Module& module,
                                                         const GasSchedule& schedule,
                                                         const Operator& op) {
  if (!is_bulk(op.op)) return std::nullopt;
  return price_of_bulk(module, schedule, op);
}

}  // namespace synapsed::bytecode
