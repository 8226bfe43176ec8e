#include "bytecode/gas/function_shape.hpp"

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "bytecode/gas/bulk_price.hpp"

namespace synapsed::bytecode {
namespace {

class Reading {
 public:
  Reading(const Module& module, const GasSchedule& schedule, const Body& body)
      : module_(module),
        schedule_(schedule),
        code_(body.code()),
        offset_(module.offset_of(code_)) {}

  Result<FunctionShape> run() {
    OperatorReader in(code_, offset_);
    Operator op;
    for (std::uint32_t number = 0; !in.at_end(); ++number) {
      TRY(in.next(op));
      read(op, number);
    }
    return std::move(shape_);
  }

 private:
  static constexpr std::uint32_t kNoLoop = UINT32_MAX;

  void read(const Operator& op, std::uint32_t number) {
    switch (op.op) {
      case Op::kTryTable: shape_.catches = true; [[fallthrough]];
      case Op::kBlock:
      case Op::kIf: blocks_.push_back(kNoLoop); break;
      case Op::kLoop: open(op, number); break;
      case Op::kEnd: close(op, number); break;
      default: {
        const auto bulk = bulk_price(module_, schedule_, op);
        if (bulk) (bulk->is_64 ? shape_.has_bulk_64 : shape_.has_bulk_32) = true;
        if (bulk || is_call(op.op)) {
          shape_.calls += weight_at(static_cast<std::uint32_t>(open_loops_.size()));
        }
      }
    }
  }

  void open(const Operator& op, std::uint32_t number) {
    const auto loop = static_cast<std::uint32_t>(shape_.loops.size());
    blocks_.push_back(loop);
    open_loops_.push_back(loop);
    shape_.loops.push_back({.first = number,
                            .is_plain = op.block.kind == BlockType::Kind::kEmpty,
                            .body = {},
                            .offset = op.offset + op.bytes.size()});
  }

  /// The last `end` is the function's.
  void close(const Operator& op, std::uint32_t number) {
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

  const Module& module_;
  const GasSchedule& schedule_;
  const ByteSpan code_;
  const std::uint64_t offset_;
  FunctionShape shape_;
  std::vector<std::uint32_t> blocks_;  // that are open: their loop, or none
  std::vector<std::uint32_t> open_loops_;
};

}  // namespace

std::uint64_t weight_at(std::uint32_t loop_depth) {
  return std::uint64_t{1} << (3 * std::min(loop_depth, 10U));
}

bool is_call(Op op) {
  return op == Op::kCall || op == Op::kCallIndirect || op == Op::kCallRef;
}

Result<FunctionShape> shape_of(const Module& module, const GasSchedule& schedule,
                               const Body& body) {
  return Reading(module, schedule, body).run();
}

}  // namespace synapsed::bytecode
