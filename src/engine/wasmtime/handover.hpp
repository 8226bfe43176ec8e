#pragma once

/// \file
/// Tells the sanitizers what they cannot see: that the engine, whose code they do not watch, hands
/// memory from one thread to the next in order: the stacks that guests run on, and the memories of
/// guests that are gone.
/// Nothing in other builds.
///
/// Thread rule: safe from any thread.

#include "base/sanitizers.hpp"

#ifdef SYNAPSED_TSAN
#include <sanitizer/tsan_interface.h>
#endif
#ifdef SYNAPSED_ASAN
#include <cstddef>
#include <cstdint>

#include <sanitizer/common_interface_defs.h>
#endif

namespace synapsed::engine {

#ifdef SYNAPSED_TSAN

inline char handed_memory;  // only its address counts

/// Code of ours is about to use a stack or a guest's memory that another thread may have had.
inline void take_over() { __tsan_acquire(&handed_memory); }
/// This thread has left the stack it ran a guest on, or ended a store.
inline void hand_over() { __tsan_release(&handed_memory); }

#else

inline void take_over() {}
inline void hand_over() {}

#endif

#ifdef SYNAPSED_ASAN

/// While it lives, AddressSanitizer takes the memory around this call for the thread's stack. It
/// must know when an exception passes through frames: otherwise it takes what they leave behind
/// for errors.
class OnGuestStack {
 public:
  OnGuestStack() {
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    const std::uintptr_t top = (here | (kPage - 1)) + 1;
    switch_to(reinterpret_cast<const void*>(top - kBelow), kBelow, &bottom_, &size_);
  }
  ~OnGuestStack() { switch_to(bottom_, size_, nullptr, nullptr); }
  OnGuestStack(const OnGuestStack&) = delete;
  OnGuestStack& operator=(const OnGuestStack&) = delete;

 private:
  static constexpr std::uintptr_t kPage = 4096;
  static constexpr std::size_t kBelow = std::size_t{256} << 10;  // what host functions may use

  static void switch_to(const void* bottom, std::size_t size, const void** old_bottom,
                        std::size_t* old_size) {
    __sanitizer_start_switch_fiber(nullptr, bottom, size);
    __sanitizer_finish_switch_fiber(nullptr, old_bottom, old_size);
  }

  const void* bottom_ = nullptr;
  std::size_t size_ = 0;
};

#else

class OnGuestStack {
 public:
  OnGuestStack() {}
};

#endif

}  // namespace synapsed::engine
