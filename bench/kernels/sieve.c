// The sieve of Eratosthenes: strided writes, then a count.
#include "kernel.h"

enum { kLimit = 65536 };
static u8 composite[kLimit];

static u32 count_primes(u32 limit) {
  u32 primes = 0;
  for (u32 i = 0; i < limit; ++i) composite[i] = 0;
  for (u32 i = 2; i * i < limit; ++i) {
    if (composite[i]) continue;
    for (u32 multiple = i * i; multiple < limit; multiple += i) composite[multiple] = 1;
  }
  for (u32 i = 2; i < limit; ++i) primes += !composite[i];
  return primes;
}

KERNEL {
  u64 sum = 0;
  for (u32 round = 0; round < rounds; ++round) sum = sum * 31 + count_primes(kLimit - round % 100);
  return sum;
}
