// The product of two square matrices of doubles, by the definition.
#include "kernel.h"

enum { kSize = 96 };
static double a[kSize][kSize], b[kSize][kSize], product[kSize][kSize];

static void multiply(void) {
  for (u32 row = 0; row < kSize; ++row) {
    for (u32 column = 0; column < kSize; ++column) {
      double sum = 0;
      for (u32 i = 0; i < kSize; ++i) sum += a[row][i] * b[i][column];
      product[row][column] = sum;
    }
  }
}

KERNEL {
  u32 state = 88172645u;
  for (u32 i = 0; i < kSize * kSize; ++i) {
    a[i / kSize][i % kSize] = (double)(next_number(&state) % 1000) / 8;
    b[i / kSize][i % kSize] = (double)(next_number(&state) % 1000) / 16;
  }
  double trace = 0;
  for (u32 round = 0; round < rounds; ++round) {
    multiply();
    for (u32 i = 0; i < kSize; ++i) trace += product[i][i];
    a[round % kSize][(round * 7) % kSize] += 1;
  }
  return (u64)trace;
}
