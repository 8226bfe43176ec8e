#include "bytecode/gas/function_shape.hpp"

#include <algorithm>

#include "base/try.hpp"
#include "bytecode/gas/bulk_price.hpp"

namespace synapsed::bytecode {
namespace {

constexpr std::uint32_t kNoLoop = UINT32_MAX;

}  // namespace

ShapeReader::ShapeReader(const Module& module, const GasSchedule& schedule, const Body& body)
    : module_(module),
      schedule_(schedule),
      code_(body.code()),
      offset_(module.offset_of(code_)) {}

void ShapeReader::read(const Operator& op, std::uint32_t number) {
  switch (op.op) {
    case Op::kTryTable: shape_.catches = true; [[fallthrough]];
    case Op::kBlock:
    case Op::kIf: blocks_.push_back(kNoLoop); break;
    case Op::kLoop: open(op, number); break;
    case Op::kEnd: close(op, number); break;
    case Op::kBrTable:
      if (!open_loops_.empty()) ++shape_.loops[open_loops_.back()].tables;
      break;
    default: {
      const auto bulk = bulk_price(module_, schedule_, op);
      if (bulk) (bulk->is_64 ? shape_.has_bulk_64 : shape_.has_bulk_32) = true;
      if (bulk || is_call(op.op)) {
        shape_.calls += weight_at(static_cast<std::uint32_t>(open_loops_.size()));
        if (!open_loops_.empty()) shape_.loops[open_loops_.back()].calls = true;
      }
    }
  }
}

void ShapeReader::open(const Operator& op, std::uint32_t number) {
  const auto loop = static_cast<std::uint32_t>(shape_.loops.size());
  blocks_.push_back(loop);
  open_loops_.push_back(loop);
  shape_.loops.push_back({.first = number,
                          .is_plain = op.block.kind == BlockType::Kind::kEmpty,
                          .body = {},
                          .offset = op.offset + op.bytes.size()});
}

/// The last `end` is the function's.
void ShapeReader::close(const Operator& op, std::uint32_t number) {
  if (blocks_.empty()) return;
  const std::uint32_t closed = blocks_.back();
  blocks_.pop_back();
  if (closed == kNoLoop) return;
  LoopRange& loop = shape_.loops[closed];
  loop.last = number;
  loop.body = code_.subspan(static_cast<std::size_t>(loop.offset - offset_),
                            static_cast<std::size_t>(op.offset + 1 - loop.offset));
  open_loops_.pop_back();
  if (open_loops_.empty()) return;
  LoopRange& outer = shape_.loops[open_loops_.back()];
  outer.height = std::max(outer.height, loop.height + 1);
}

std::uint64_t weight_at(std::uint32_t loop_depth) {
  return std::uint64_t{1} << (3 * std::min(loop_depth, 10U));
}

bool is_call(Op op) {
  return op == Op::kCall || op == Op::kCallIndirect || op == Op::kCallRef;
}

Result<FunctionShape> shape_of(const Module& module, const GasSchedule& schedule,
                               const Body& body) {
  ShapeReader reader(module, schedule, body);
  OperatorReader in(body.code(), module.offset_of(body.code()));
  Operator op;
  for (std::uint32_t number = 0; !in.at_end(); ++number) {
    TRY(in.next(op));
    reader.read(op, number);
  }
  return reader.take();
}

}  // namespace synapsed::bytecode
