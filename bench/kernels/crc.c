// CRC-32 (the one of Ethernet and zip): with its table, and bit by bit.
#include "kernel.h"

enum { kBytes = 16384 };
static u8 bytes[kBytes];
static u32 table[256];

static u32 bit_by_bit(u32 crc, u8 byte) {
  crc ^= byte;
  for (u32 bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
  return crc;
}

static u32 with_table(u32 crc) {
  for (u32 i = 0; i < kBytes; ++i) crc = table[(crc ^ bytes[i]) & 255] ^ crc >> 8;
  return crc;
}

static u32 without_table(u32 crc) {
  for (u32 i = 0; i < kBytes / 8; ++i) crc = bit_by_bit(crc, bytes[i]);
  return crc;
}

KERNEL {
  u32 state = 362436069u;
  for (u32 i = 0; i < kBytes; ++i) bytes[i] = (u8)next_number(&state);
  for (u32 i = 0; i < 256; ++i) table[i] = bit_by_bit(0, (u8)i);
  u32 crc = ~0u;
  for (u32 round = 0; round < rounds; ++round) crc = without_table(with_table(crc));
  return ~crc;
}
