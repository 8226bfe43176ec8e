// A machine with a stack of operands in memory and a switch over its instructions, some of which
// call.
#include "kernel.h"

enum Operation {
  kPush, kLoad, kStore, kAdd, kSubtract, kMultiply, kLess, kJumpIf, kHash, kRandom, kEnd
};
typedef struct {
  u32 operation;
  int number;
} Instruction;
static u32 stack[64];
static u32 variables[8];

__attribute__((noinline)) static u32 hash(u32 a, u32 b) {
  u32 h = (a ^ 0x9e3779b9u) * 0x85ebca6bu;
  h ^= h >> 13;
  return (h + b) * 0xc2b2ae35u;
}
__attribute__((noinline)) static u32 numbers(u32* state) { return next_number(state); }

static const Instruction program[] = {
    {kPush, 0}, {kStore, 1}, {kPush, 1}, {kStore, 2},
    {kLoad, 1}, {kPush, 1}, {kAdd, 0}, {kStore, 1},  // 4: the next round
    {kLoad, 2}, {kLoad, 1}, {kMultiply, 0}, {kPush, 7}, {kAdd, 0}, {kStore, 2},
    {kLoad, 2}, {kPush, 3}, {kSubtract, 0}, {kLoad, 1}, {kAdd, 0}, {kStore, 3},
    {kLoad, 3}, {kLoad, 2}, {kHash, 0}, {kStore, 2},
    {kLoad, 1}, {kLoad, 0}, {kLess, 0}, {kJumpIf, 4},
    {kRandom, 0}, {kLoad, 2}, {kAdd, 0}, {kStore, 2}, {kEnd, 0},
};

__attribute__((noinline)) static u32 interpret(const Instruction* code, u32 last, u32* state) {
  variables[0] = last;
  u32* top = stack;
  for (const Instruction* at = code;;) {
    const Instruction i = *at++;
    switch (i.operation) {
      case kPush: *top++ = (u32)i.number; break;
      case kLoad: *top++ = variables[i.number]; break;
      case kStore: variables[i.number] = *--top; break;
      case kAdd: --top; top[-1] += top[0]; break;
      case kSubtract: --top; top[-1] -= top[0]; break;
      case kMultiply: --top; top[-1] *= top[0]; break;
      case kLess: --top; top[-1] = top[-1] < top[0]; break;
      case kJumpIf: if (*--top) at = code + i.number; break;
      case kHash: --top; top[-1] = hash(top[-1], top[0]); break;
      case kRandom: *top++ = numbers(state); break;
      case kEnd: return variables[2];
    }
  }
}

KERNEL {
  u32 state = 521288629u;
  u64 sum = 0;
  for (u32 round = 0; round < rounds; ++round) {
    sum = sum * 17 + interpret(program, 1000 + round % 10, &state);
  }
  return sum;
}
