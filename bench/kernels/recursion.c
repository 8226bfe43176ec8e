// Calls and little else: Fibonacci numbers and Ackermann's function, both by their definitions.
#include "kernel.h"

__attribute__((noinline)) static u32 fibonacci(u32 n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

__attribute__((noinline)) static u32 ackermann(u32 m, u32 n) {
  if (m == 0) return n + 1;
  if (n == 0) return ackermann(m - 1, 1);
  return ackermann(m - 1, ackermann(m, n - 1));
}

KERNEL {
  u64 sum = 0;
  for (u32 round = 0; round < rounds; ++round) {
    sum = sum * 31 + fibonacci(24 + round % 3) + ackermann(2, 150 + round % 5);
  }
  return sum;
}
