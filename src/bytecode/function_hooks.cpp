#include "bytecode/function_hooks.hpp"

#include <algorithm>

#include "base/try.hpp"

namespace synapsed::bytecode {
namespace {

/// Finds where the handlers of a function go on: behind the `end` of a block, or behind a `loop`.
class HandlerSearch {
 public:
  Result<std::vector<std::uint32_t>> run(const Module& module, const Body& body) {
    OperatorReader in(body.code(), module.offset_of(body.code()));
    Operator op;
    for (std::uint32_t number = 0; !in.at_end(); ++number) {
      TRY(in.next(op));
      note(op, number);
    }
    std::ranges::sort(found_);
    return std::move(found_);
  }

 private:
  struct Block {
    std::uint32_t loop = kNoIndex;  // the number of the operator, of a loop
    bool is_target = false;
  };

  void note(const Operator& op, std::uint32_t number) {
    switch (op.op) {
      case Op::kTryTable:
        for_each_catch(op, [this](const Catch& clause) { aim(clause.label); });
        [[fallthrough]];
      case Op::kBlock:
      case Op::kIf: blocks_.push_back({}); break;
      case Op::kLoop: blocks_.push_back({.loop = number}); break;
      case Op::kEnd: close(number); break;
      default: break;
    }
  }
  /// The function's own label needs nothing: it pays back from the local.
  void aim(std::uint32_t label) {
    if (label < blocks_.size()) blocks_[blocks_.size() - 1 - label].is_target = true;
  }
  void close(std::uint32_t number) {
    if (blocks_.empty()) return;
    const Block block = blocks_.back();
    blocks_.pop_back();
    if (block.is_target) found_.push_back(block.loop == kNoIndex ? number : block.loop);
  }

  std::vector<Block> blocks_;
  std::vector<std::uint32_t> found_;
};

StackPayment payment_of(const StackPlan& plan, std::uint32_t function) {
  return function < plan.functions.size() ? plan.functions[function] : StackPayment{};
}

bool leaves(Op op) {
  return op == Op::kReturn || op == Op::kReturnCall || op == Op::kReturnCallIndirect ||
         op == Op::kReturnCallRef;
}

void set_flag(std::span<const std::uint32_t> flags, std::uint32_t segment, CodeWriter& out) {
  if (segment >= flags.size() || flags[segment] == kNoIndex) return;
  out.op(Op::kI32Const, 1);
  out.op(Op::kGlobalSet, flags[segment]);
}

}  // namespace

FunctionHooks::FunctionHooks(const Module& module, const ModuleHooks& shared,
                             std::uint32_t function)
    : module_(module),
      shared_(shared),
      type_(*module.type_of_function(function)),
      payment_(payment_of(shared.stack, function)) {}

Result<void> FunctionHooks::enter(CodeWriter& out, const Body& body, std::uint32_t first_local) {
  if (!is_active()) return {};
  left_local_ = first_local;
  if (payment_.taken != 0) pay(out);
  if (payment_.catches) {
    handlers_ = TRY(HandlerSearch().run(module_, body));
    out.op(Op::kGlobalGet, shared_.stack_global);
    out.op(Op::kLocalSet, left_local_);
  }
  begin_block(out);
  return {};
}

/// Compared first, so that nothing is live on the way where it does not suffice.
void FunctionHooks::pay(CodeWriter& out) const {
  out.op(Op::kGlobalGet, shared_.stack_global);
  out.i64_const(payment_.needed);
  out.op(Op::kI64LtS);
  out.exhaust_if(shared_.stack_global);
  out.op(Op::kGlobalGet, shared_.stack_global);
  out.i64_const(payment_.taken);
  out.op(Op::kI64Sub);
  out.op(Op::kGlobalSet, shared_.stack_global);
}

void FunctionHooks::pay_back(CodeWriter& out) const {
  if (payment_.catches) {
    out.op(Op::kLocalGet, left_local_);
  } else {
    out.op(Op::kGlobalGet, shared_.stack_global);
  }
  if (payment_.taken != 0) {
    out.i64_const(payment_.taken);
    out.op(Op::kI64Add);
  }
  out.op(Op::kGlobalSet, shared_.stack_global);
}

void FunctionHooks::begin_block(CodeWriter& out) const {
  out.op(Op::kBlock);
  const auto results = module_.results(type_);
  if (results.empty()) return out.byte(0x40);
  if (results.size() == 1 && !results.front().has_heap_type()) {
    return out.byte(results.front().code());
  }
  out.s64(shared_.type_of_results(results));
}

void FunctionHooks::before(const Operator& op, bool is_last, CodeWriter& out) const {
  if (!is_active() || (!is_last && !leaves(op.op))) return;
  if (is_last) out.op(Op::kEnd);
  pay_back(out);
}

void FunctionHooks::after(const Operator& op, std::uint32_t number, CodeWriter& out) const {
  if (op.op == Op::kDataDrop) set_flag(shared_.snapshot.data_flags, op.index, out);
  if (op.op == Op::kElemDrop) set_flag(shared_.snapshot.element_flags, op.index, out);
  if (!std::ranges::binary_search(handlers_, number)) return;
  out.op(Op::kLocalGet, left_local_);
  out.op(Op::kGlobalSet, shared_.stack_global);
}

}  // namespace synapsed::bytecode
