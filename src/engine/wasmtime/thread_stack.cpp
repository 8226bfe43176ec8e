#include "engine/wasmtime/thread_stack.hpp"

#include <pthread.h>

#include <bit>
#include <cstddef>

namespace synapsed::engine {
namespace {

ThreadStack ask() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return {};
  void* lowest = nullptr;
  std::size_t size = 0;
  const int failed = pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  if (failed != 0) return {};
  const auto start = std::bit_cast<std::uintptr_t>(lowest);
  return {.lowest = start, .end = start + size};
}

}  // namespace

const ThreadStack& this_threads_stack() {
  thread_local const ThreadStack stack = ask();
  return stack;
}

}  // namespace synapsed::engine
