// How long points of the complex plane stay near under z² + c: a short loop of floating point.
#include "kernel.h"

enum { kWidth = 64, kHeight = 48, kSteps = 200 };

static u32 steps_of(double real, double imaginary) {
  double x = 0, y = 0;
  u32 step = 0;
  while (step < kSteps && x * x + y * y <= 4) {
    const double next = x * x - y * y + real;
    y = 2 * x * y + imaginary;
    x = next;
    ++step;
  }
  return step;
}

KERNEL {
  u64 sum = 0;
  for (u32 round = 0; round < rounds; ++round) {
    const double zoom = 1 + round * 0.01;
    for (u32 row = 0; row < kHeight; ++row) {
      for (u32 column = 0; column < kWidth; ++column) {
        sum += steps_of((column * 3.0 / kWidth - 2) / zoom, (row * 2.0 / kHeight - 1) / zoom);
      }
    }
  }
  return sum;
}
