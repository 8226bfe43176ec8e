#pragma once

/// \file
/// Tells ThreadSanitizer what it cannot see: that the engine, whose code it does not watch, hands a
/// fiber's stack from one thread to the next in order. Nothing in other builds.
///
/// Thread rule: safe from any thread.

#if defined(__SANITIZE_THREAD__)
#define SYNAPSED_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SYNAPSED_TSAN 1
#endif
#endif

#ifdef SYNAPSED_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace synapsed::engine {

#ifdef SYNAPSED_TSAN

inline char fiber_stacks;  // only its address counts

/// Code of ours begins to run on a stack that another thread may have used.
inline void enter_fiber_stack() { __tsan_acquire(&fiber_stacks); }
/// This thread has left the stack it ran a guest on.
inline void leave_fiber_stack() { __tsan_release(&fiber_stacks); }

#else

inline void enter_fiber_stack() {}
inline void leave_fiber_stack() {}

#endif

}  // namespace synapsed::engine
