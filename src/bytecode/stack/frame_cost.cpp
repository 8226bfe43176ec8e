#include "bytecode/stack/frame_cost.hpp"

#include <algorithm>
#include <vector>

#include "base/try.hpp"
#include "bytecode/operators.hpp"

namespace synapsed::bytecode {
namespace {

std::uint64_t slots_of(std::span<const ValueCode> types) {
  std::uint64_t slots = 0;
  for (const ValueCode type : types) slots += type.slots();
  return slots;
}

/// Whether a compiler may keep a result of the operator that is neither a local's nor an operand.
/// Small constants are made again where they are used.
bool makes_a_value(Op op) {
  switch (info(op).operator_class) {
    case OperatorClass::kControl:
    case OperatorClass::kBranch:
    case OperatorClass::kLocal:
    case OperatorClass::kStore:
    case OperatorClass::kVectorStore: return false;
    default: return op != Op::kDrop && op != Op::kI32Const && op != Op::kI64Const;
  }
}

/// Adds up what the operators of one function may need.
class FrameScan {
 public:
  explicit FrameScan(const Module& module) : module_(module) {}

  void note(const Operator& op) {
    switch (op.op) {
      case Op::kLoop: open(true); break;
      case Op::kTryTable: catches = catches || op.index != 0; [[fallthrough]];
      case Op::kBlock:
      case Op::kIf: open(false); break;
      case Op::kEnd: close(); break;
      case Op::kCall:
      case Op::kReturnCall: note_call(module_.type_of_function(op.index)); break;
      case Op::kCallIndirect:
      case Op::kReturnCallIndirect:
      case Op::kCallRef:
      case Op::kReturnCallRef: note_call(module_.function_type(op.index)); break;
      default: break;
    }
    if (makes_a_value(op.op)) ++(loops_ == 0 ? values_once : values_in_loops);
  }

  std::uint64_t values_once = 0;
  std::uint64_t values_in_loops = 0;
  std::uint64_t passed_slots = 0;  ///< the most that a callee takes and gives
  bool catches = false;

 private:
  void open(bool is_loop) {
    is_loop_.push_back(is_loop);
    if (is_loop) ++loops_;
  }
  void close() {
    if (is_loop_.empty()) return;
    if (is_loop_.back()) --loops_;
    is_loop_.pop_back();
  }
  void note_call(const Type* type) {
    if (type == nullptr) return;
    passed_slots = std::max(
        passed_slots, slots_of(module_.params(*type)) + slots_of(module_.results(*type)));
  }

  const Module& module_;
  std::vector<bool> is_loop_;
  std::uint32_t loops_ = 0;
};

}  // namespace

Result<FrameCosts::Frame> FrameCosts::of(std::uint32_t function) {
  const Body* body = module_.body_of(function);
  const Type* type = module_.type_of_function(function);
  if (body == nullptr || type == nullptr) return Frame{};
  std::uint64_t slots = slots_of(module_.params(*type)) + slots_of(module_.results(*type));
  for (const LocalGroup& group : module_.local_groups(*body)) {
    slots += std::uint64_t{group.count} * group.type.slots();
  }
  slots += TRY(heights_.of(function));
  FrameScan scan(module_);
  OperatorReader in(body->code(), module_.offset_of(body->code()));
  Operator op;
  while (!in.at_end()) {
    TRY(in.next(op));
    scan.note(op);
  }
  slots += scan.passed_slots + scan.values_in_loops + scan.values_once / 2;
  return Frame{.bytes = kFrameBytes + kSlotBytes * slots, .catches = scan.catches};
}

}  // namespace synapsed::bytecode
