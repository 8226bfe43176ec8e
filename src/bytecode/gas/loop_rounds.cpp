#include "bytecode/gas/loop_rounds.hpp"

#include <bit>

namespace synapsed::bytecode {

void LoopRounds::get(const Invariant& value) {
  if (value.is_local) return get(value.local);
  out_.op(Op::kI32Const);
  out_.s64(value.constant);
}

void LoopRounds::write_guard() {
  get(loop_.bound);
  widen();
  if (loop_.step.is_local) {
    get(loop_.step);
    widen();
    out_.op(loop_.is_rising ? Op::kI64Add : Op::kI64Sub);
  }
  out_.i64_const(loop_.bound_limit());
  out_.op(loop_.is_rising ? Op::kI64LeS : Op::kI64GeS);
  if (!loop_.step.is_local) return;
  get(loop_.step);
  i32_const(0);
  out_.op(loop_.is_signed ? Op::kI32GtS : Op::kI32Ne);
  out_.op(Op::kI32And);
}

void LoopRounds::write() {
  if (loop_.condition == CountedLoop::Condition::kNotEqual) {
    write_distance();
    i32_const(loop_.step.constant);
    out_.op(Op::kI32Sub);
    if (loop_.step.constant != 1) {
      i32_const(std::countr_zero(static_cast<std::uint32_t>(loop_.step.constant)));
      out_.op(Op::kI32ShrU);
    }
    out_.op(Op::kI64ExtendI32U);
    return;
  }
  write_at_most();
  out_.op(Op::kLocalTee, scratch_);
  divide_by_step();
  out_.i64_const(0);
  get(scratch_);
  out_.i64_const(0);
  out_.op(Op::kI64GtS);
  out_.op(Op::kSelect);
}

/// How far the variable is before the bound once it has made one step. That one may wrap around,
/// the others may not.
void LoopRounds::write_at_most() {
  const auto get_bound = [&] {
    get(loop_.bound);
    widen();
  };
  if (loop_.is_rising) {
    get_bound();
    write_first_step();
  } else {
    write_first_step();
    get_bound();
  }
  out_.op(Op::kI64Sub);
  if (loop_.condition == CountedLoop::Condition::kOrEqual) {
    out_.i64_const(1);
    out_.op(Op::kI64Add);
  }
}

bool LoopRounds::may_miss() const {
  return loop_.condition == CountedLoop::Condition::kNotEqual && loop_.step.constant != 1;
}

void LoopRounds::write_misses() {
  write_distance();
  i32_const(loop_.step.constant - 1);
  out_.op(Op::kI32And);
}

/// i32: how far the variable is before the bound, in the direction of the loop.
void LoopRounds::write_distance() {
  if (loop_.is_rising) {
    get(loop_.bound);
    get(loop_.variable);
  } else {
    get(loop_.variable);
    get(loop_.bound);
  }
  out_.op(Op::kI32Sub);
}

/// i64: the variable after the first iteration.
void LoopRounds::write_first_step() {
  get(loop_.variable);
  get(loop_.step);
  out_.op(loop_.is_rising ? Op::kI32Add : Op::kI32Sub);
  widen();
}

/// Rounds up, what is positive; 32 bits hold it less one, and are divided faster than 64.
void LoopRounds::divide_by_step() {
  if (loop_.step.constant == 1) return;
  out_.op(Op::kI32WrapI64);
  i32_const(1);
  out_.op(Op::kI32Sub);
  i32_const(loop_.step.constant);
  out_.op(Op::kI32DivU);
  out_.op(Op::kI64ExtendI32U);
  out_.i64_const(1);
  out_.op(Op::kI64Add);
}

}  // namespace synapsed::bytecode
