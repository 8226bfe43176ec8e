#include "bytecode/gas/bulk_price.hpp"

namespace synapsed::bytecode {

BulkPrice price_of_bulk(const Module& module, const GasSchedule& schedule, const Operator& op) {
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
    default: return BulkPrice{schedule.bulk_element, false};
  }
}

}  // namespace synapsed::bytecode
