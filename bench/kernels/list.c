// A hash table with chains: allocation from an array, pointers followed, short loops that end early.
#include "kernel.h"

enum { kBuckets = 1024, kNodes = 4096 };
typedef struct Node {
  struct Node* next;
  u32 key, value;
} Node;
static Node nodes[kNodes];
static Node* buckets[kBuckets];

static Node* find(u32 key) {
  Node* node = buckets[key * 2654435761u >> 22];
  while (node && node->key != key) node = node->next;
  return node;
}

static void insert(u32 key, Node* node) {
  Node** bucket = &buckets[key * 2654435761u >> 22];
  *node = (Node){*bucket, key, 0};
  *bucket = node;
}

static u64 fill_and_read(u32* state) {
  u32 used = 0;
  u64 sum = 0;
  for (u32 i = 0; i < kBuckets; ++i) buckets[i] = 0;
  for (u32 i = 0; i < 2 * kNodes; ++i) {
    const u32 key = next_number(state) % (2 * kNodes);
    Node* node = find(key);
    if (!node && used < kNodes) insert(key, node = &nodes[used++]);
    if (node) sum += ++node->value;
  }
  return sum;
}

KERNEL {
  u32 state = 521288629u;
  u64 sum = 0;
  for (u32 round = 0; round < rounds; ++round) sum = sum * 31 + fill_and_read(&state);
  return sum;
}
