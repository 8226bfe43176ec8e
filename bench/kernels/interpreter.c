// A machine with eight registers and a switch over its instructions, which counts the steps of
// Collatz's sequences: one large loop with many exits.
#include "kernel.h"

enum Operation { kSet, kMove, kAdd, kAddNumber, kShiftRight, kAnd, kJumpZero, kJumpBelow, kJump, kEnd };

typedef struct {
  u8 operation, target, source, other;
  int number;
} Instruction;

// r0: where to end; r1: the start; r2: its sequence; r3: steps; r4: a bit; r5: two; r6: a double.
static const Instruction program[] = {
    {kSet, 1, 0, 0, 1},        // 0
    {kMove, 2, 1, 0, 0},       // 1: the next sequence
    {kSet, 5, 0, 0, 2},        // 2
    {kJumpBelow, 2, 5, 0, 12}, // 3: the next element
    {kAddNumber, 3, 3, 0, 1},  // 4
    {kAnd, 4, 2, 0, 1},        // 5
    {kJumpZero, 4, 0, 0, 10},  // 6
    {kAdd, 6, 2, 2, 0},        // 7
    {kAdd, 2, 6, 2, 0},        // 8: odd: three times, plus one
    {kAddNumber, 2, 2, 0, 1},  // 9
    {kShiftRight, 2, 2, 0, 1}, // 10: 3n + 1 is even, so it is halved at once
    {kJump, 0, 0, 0, 3},       // 11
    {kAddNumber, 1, 1, 0, 1},  // 12
    {kJumpBelow, 1, 0, 0, 1},  // 13
    {kEnd, 0, 0, 0, 0},        // 14
};

__attribute__((noinline)) static u64 interpret(const Instruction* code, u32 last) {
  u32 r[8] = {last};
  for (const Instruction* at = code;;) {
    const Instruction i = *at++;
    switch (i.operation) {
      case kSet: r[i.target] = (u32)i.number; break;
      case kMove: r[i.target] = r[i.source]; break;
      case kAdd: r[i.target] = r[i.source] + r[i.other]; break;
      case kAddNumber: r[i.target] = r[i.source] + (u32)i.number; break;
      case kShiftRight: r[i.target] = r[i.source] >> i.number; break;
      case kAnd: r[i.target] = r[i.source] & (u32)i.number; break;
      case kJumpZero: if (r[i.target] == 0) at = code + i.number; break;
      case kJumpBelow: if (r[i.target] < r[i.source]) at = code + i.number; break;
      case kJump: at = code + i.number; break;
      case kEnd: return (u64)r[1] << 32 | r[3];
    }
  }
}

KERNEL {
  u64 sum = 0;
  for (u32 round = 0; round < rounds; ++round) sum = sum * 17 + interpret(program, 1000 + round);
  return sum;
}
