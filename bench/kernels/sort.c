// Quicksort (Hoare's partition) down to insertion sort, of numbers in memory.
#include "kernel.h"

enum { kNumbers = 4096, kSmall = 12 };
static u32 numbers[kNumbers];

static void insertion_sort(u32* from, u32* to) {
  for (u32* next = from + 1; next < to; ++next) {
    const u32 moving = *next;
    u32* hole = next;
    for (; hole > from && hole[-1] > moving; --hole) *hole = hole[-1];
    *hole = moving;
  }
}

static u32* partition(u32* from, u32* to) {
  const u32 pivot = from[(to - from) / 2];
  u32* low = from - 1;
  u32* high = to;
  for (;;) {
    do ++low; while (*low < pivot);
    do --high; while (*high > pivot);
    if (low >= high) return high + 1;
    const u32 kept = *low;
    *low = *high;
    *high = kept;
  }
}

static void sort(u32* from, u32* to) {
  while (to - from > kSmall) {
    u32* middle = partition(from, to);
    sort(from, middle);
    from = middle;
  }
  insertion_sort(from, to);
}

KERNEL {
  u32 state = 2463534242u;
  u64 sum = 0;
  for (u32 round = 0; round < rounds; ++round) {
    for (u32 i = 0; i < kNumbers; ++i) numbers[i] = next_number(&state);
    sort(numbers, numbers + kNumbers);
    for (u32 i = 0; i < kNumbers; i += 64) sum = sum * 33 + numbers[i];
  }
  return sum;
}
