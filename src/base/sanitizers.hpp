#pragma once

/// \file
/// Which sanitizer this is built with, as GCC and Clang each say it.

#if defined(__SANITIZE_THREAD__)
#define SYNAPSED_TSAN 1
#elif defined(__SANITIZE_ADDRESS__)
#define SYNAPSED_ASAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SYNAPSED_TSAN 1
#elif __has_feature(address_sanitizer)
#define SYNAPSED_ASAN 1
#endif
#endif
