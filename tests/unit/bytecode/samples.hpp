#pragma once

/// \file
/// An example of every operator, for laws that hold for all of them.

#include <algorithm>
#include <utility>

#include "bytecode/writer.hpp"

namespace synapsed::bytecode::test {

/// An operator with telling immediates. What it views is in `storage`, which must outlive it.
inline Operator sample(const OperatorInfo& row, Writer& storage) {
  Operator op{.op = row.op};
  const auto in_storage = [&storage, &op] { op.tail = storage.bytes(); };
  switch (row.immediate) {
    case Immediate::kNone: case Immediate::kFence: break;
    case Immediate::kBlockType:
      op.block = {.kind = BlockType::Kind::kValue,
                  .value = ValueCode::concrete(ValueCode::kRefNull, 300)};
      break;
    case Immediate::kI32: op.bits = 0xfffffe00U; break;
    case Immediate::kI64: op.bits = 0xfffffffe00000000U; break;
    case Immediate::kF32: op.bits = 0x7fc00001U; break;
    case Immediate::kF64: op.bits = 0x7ff8000000000001U; break;
    case Immediate::kLane: op.index = 1; break;
    case Immediate::kMemoryArgument: case Immediate::kMemoryArgumentLane:
      op.align = 1;
      op.bits = 0x123456789aU;
      op.index = 2;
      op.index2 = row.immediate == Immediate::kMemoryArgumentLane ? 1 : 0;
      break;
    case Immediate::kV128: case Immediate::kShuffle:
      storage.fixed(0x0706050403020100U, 8);
      storage.fixed(0x0f0e0d0c0b0a0908U, 8);
      in_storage();
      break;
    case Immediate::kBranchTable:
      op.index = 2;
      for (const std::uint32_t label : {0U, 200U, 1U}) storage.unsigned_leb(label);
      in_storage();
      break;
    case Immediate::kSelectTypes:
      op.index = 1;
      storage.value_type(ValueCode::abstract(ValueCode::kRef, 0x6e));
      in_storage();
      break;
    case Immediate::kTryTable:
      op.block = {.kind = BlockType::Kind::kType, .type = 129};
      op.index = 2;
      storage.fixed(0x0002010701U, 5);  // catch_ref 7 1, catch_all 0
      in_storage();
      break;
    case Immediate::kHeapType: {
      const bool nullable = row.op != Op::kRefTest && row.op != Op::kRefCast;
      op.type = ValueCode::concrete(nullable ? ValueCode::kRefNull : ValueCode::kRef, 65);
      break;
    }
    case Immediate::kBranchCast:
      op.index = 1;
      op.type = ValueCode::abstract(ValueCode::kRefNull, 0x6e);
      op.type2 = ValueCode::concrete(ValueCode::kRef, 64);
      break;
    case Immediate::kLabel: case Immediate::kLocal: case Immediate::kGlobal:
    case Immediate::kFunction: case Immediate::kType: case Immediate::kTable:
    case Immediate::kMemory: case Immediate::kData: case Immediate::kElement:
    case Immediate::kTag:
      op.index = 1000;
      break;
    default:
      op.index = 1000;
      op.index2 = 3;
  }
  return op;
}

/// True when they are the same operator with the same immediates, wherever they stand.
inline bool same(const Operator& a, const Operator& b) {
  return a.op == b.op && a.align == b.align && a.index == b.index && a.index2 == b.index2 &&
         a.bits == b.bits && a.block == b.block && a.type == b.type && a.type2 == b.type2 &&
         std::ranges::equal(a.tail, b.tail);
}

}  // namespace synapsed::bytecode::test
