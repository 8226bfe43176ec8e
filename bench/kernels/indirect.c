// Small functions called through a table, the next one chosen by the last one's result.
#include "kernel.h"

typedef u32 (*Step)(u32, u32);

static u32 add(u32 a, u32 b) { return a + b; }
static u32 subtract(u32 a, u32 b) { return a - b * 3; }
static u32 mix(u32 a, u32 b) { return (a ^ b) * 2654435761u; }
static u32 turn(u32 a, u32 b) { return (a << 7 | a >> 25) + b; }
static u32 larger(u32 a, u32 b) { return (a > b ? a : b) + 1; }
static u32 count(u32 a, u32 b) { return (u32)__builtin_popcount(a) + b; }
static u32 choose(u32 a, u32 b) { return a & 16 ? mix(a, b) : add(b, a); }
static u32 both(u32 a, u32 b) { return turn(mix(a, b), subtract(b, a)); }

static Step volatile steps[8] = {add, subtract, mix, turn, larger, count, choose, both};

KERNEL {
  u32 a = 1, b = 2;
  for (u32 round = 0; round < rounds; ++round) {
    for (u32 i = 0; i < 1000; ++i) {
      const u32 next = steps[(a >> 3) & 7](a, b);
      b = a + i;
      a = next;
    }
  }
  return (u64)a << 32 | b;
}
