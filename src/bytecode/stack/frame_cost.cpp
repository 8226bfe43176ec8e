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

/// What a compiler may keep of the operator's result beside locals and operands, in counted bytes.
/// Integers take half of what lies in vector registers; small constants are made again where they
/// are used.
std::uint64_t kept_bytes(Op op) {
  const OperatorInfo& row = info(op);
  switch (row.operator_class) {
    case OperatorClass::kControl:
    case OperatorClass::kBranch:
    case OperatorClass::kLocal:
    case OperatorClass::kStore:
    case OperatorClass::kVectorStore: return 0;
    default: break;
  }
  if (op == Op::kDrop || op == Op::kGlobalSet || op == Op::kI32Const || op == Op::kI64Const) return 0;
  if (!row.has_fixed_signature()) return kSlotBytes;
  if (row.results().empty()) return 0;
  return row.results().find_first_not_of("ila") == row.results().npos ? kSlotBytes / 2
                                                                      : kSlotBytes;
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
    // Outside of loops it is kept to be used again: two operators, one value.
    kept += loops_ == 0 ? kept_bytes(op.op) / 2 : kept_bytes(op.op);
  }

  std::uint64_t kept = 0;  ///< counted bytes
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
  FrameScan scan(module_);
  slots += TRY(heights_.of(function, [&scan](const Operator& op) { scan.note(op); }));
  slots += scan.passed_slots;
  return Frame{.bytes = kFrameBytes + kSlotBytes * slots + scan.kept, .catches = scan.catches};
}

}  // namespace synapsed::bytecode
