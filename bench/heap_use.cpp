#include "bench/heap_use.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#include <malloc.h>

namespace {

std::atomic<std::int64_t> held_bytes;
std::atomic<std::int64_t> held_bytes_peak;

void* allocate(std::size_t bytes) {
  void* memory = std::malloc(bytes);
  if (memory == nullptr) std::abort();
  const auto usable = static_cast<std::int64_t>(malloc_usable_size(memory));
  const std::int64_t held = held_bytes.fetch_add(usable, std::memory_order_relaxed) + usable;
  std::int64_t peak = held_bytes_peak.load(std::memory_order_relaxed);
  while (held > peak && !held_bytes_peak.compare_exchange_weak(peak, held)) {
  }
  return memory;
}

void release(void* memory) {
  if (memory == nullptr) return;
  const auto usable = static_cast<std::int64_t>(malloc_usable_size(memory));
  held_bytes.fetch_sub(usable, std::memory_order_relaxed);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }

namespace synapsed::bench {

HeapUse::HeapUse() {
  held_bytes = 0;
  held_bytes_peak = 0;
}

std::uint64_t HeapUse::peak_bytes() const {
  return static_cast<std::uint64_t>(held_bytes_peak.load());
}

}  // namespace synapsed::bench
