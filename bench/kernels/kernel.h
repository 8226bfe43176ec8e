// What a kernel exports: `run(n)` does n rounds of its work and returns a checksum of all of them.
// No imports, no library.
#pragma once

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define KERNEL __attribute__((export_name("run"))) u64 run(u32 rounds)

// A generator of numbers that look random (Marsaglia's xorshift, the 32-bit one).
static inline u32 next_number(u32* state) {
  u32 x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}
