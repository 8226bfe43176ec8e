#include "bytecode/gas/bulk_price.hpp"

namespace synapsed::bytecode {

std::optional<BulkPrice> bulk_price(const Module& module, const GasSchedule& schedule,
                                    const Operator& op) {
  const auto memory_64 = [&](std::uint32_t index) {
    return index < module.memories.size() && module.memories[index].is_64;
  };
  const auto table_64 = [&](std::uint32_t index) {
    return index < module.tables.size() && module.tables[index].is_64;
  };
  switch (op.op) {
    case Op::kMemoryFill: return BulkPrice{schedule.bulk_byte, memory_64(op.index)};
    case Op::kMemoryCopy:
      return BulkPrice{schedule.bulk_byte, memory_64(op.index) && memory_64(op.index2)};
    case Op::kMemoryInit: return BulkPrice{schedule.bulk_byte, false};
    case Op::kMemoryGrow: return BulkPrice{schedule.memory_page, memory_64(op.index)};
    case Op::kTableFill: return BulkPrice{schedule.bulk_element, table_64(op.index)};
    case Op::kTableCopy:
      return BulkPrice{schedule.bulk_element, table_64(op.index) && table_64(op.index2)};
    case Op::kTableGrow: return BulkPrice{schedule.table_element, table_64(op.index)};
    case Op::kTableInit:
    case Op::kArrayNew:
    case Op::kArrayNewDefault:
    case Op::kArrayNewData:
    case Op::kArrayNewElem:
    case Op::kArrayFill:
    case Op::kArrayCopy:
    case Op::kArrayInitData:
    case Op::kArrayInitElem: return BulkPrice{schedule.bulk_element, false};
    default: return std::nullopt;
  }
}

}  // namespace synapsed::bytecode
