// SHA-256 (FIPS 180-4) of its own last digest and a block of bytes.
#include "kernel.h"

static const u32 kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static u32 rotated(u32 x, u32 by) { return x >> by | x << (32 - by); }

static void expand(const u8* block, u32* words) {
  for (u32 i = 0; i < 16; ++i) {
    words[i] = (u32)block[4 * i] << 24 | (u32)block[4 * i + 1] << 16 | (u32)block[4 * i + 2] << 8 |
               block[4 * i + 3];
  }
  for (u32 i = 16; i < 64; ++i) {
    const u32 low = rotated(words[i - 15], 7) ^ rotated(words[i - 15], 18) ^ words[i - 15] >> 3;
    const u32 high = rotated(words[i - 2], 17) ^ rotated(words[i - 2], 19) ^ words[i - 2] >> 10;
    words[i] = words[i - 16] + low + words[i - 7] + high;
  }
}

__attribute__((noinline)) static void compress(u32* digest, const u8* block) {
  u32 words[64];
  u32 s[8];
  expand(block, words);
  for (u32 i = 0; i < 8; ++i) s[i] = digest[i];
  for (u32 i = 0; i < 64; ++i) {
    const u32 high = rotated(s[4], 6) ^ rotated(s[4], 11) ^ rotated(s[4], 25);
    const u32 choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
    const u32 first = s[7] + high + choice + kRound[i] + words[i];
    const u32 low = rotated(s[0], 2) ^ rotated(s[0], 13) ^ rotated(s[0], 22);
    const u32 second = low + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    s[7] = s[6], s[6] = s[5], s[5] = s[4], s[4] = s[3] + first;
    s[3] = s[2], s[2] = s[1], s[1] = s[0], s[0] = first + second;
  }
  for (u32 i = 0; i < 8; ++i) digest[i] += s[i];
}

KERNEL {
  static u8 block[64];
  u32 digest[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  for (u32 i = 0; i < 64; ++i) block[i] = (u8)(i * 7);
  for (u32 round = 0; round < rounds; ++round) {
    block[round & 63] ^= (u8)digest[0];
    compress(digest, block);
  }
  return (u64)digest[0] << 32 | digest[7];
}
