/* Which sanitizer this build has: gcc and clang tell it in different ways. */
#ifndef HEAPSIM_SANITIZERS_H
#define HEAPSIM_SANITIZERS_H

#include <stdbool.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifndef WITH_ASAN
#define WITH_ASAN 0
#endif

#if defined(__SANITIZE_THREAD__)
#define WITH_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#endif
#endif
#ifndef WITH_TSAN
#define WITH_TSAN 0
#endif

/* For a function that looks at what another host thread may be changing, and can bear it. */
#define UNCHECKED_BY_TSAN __attribute__((no_sanitize("thread")))

/* Asking for it makes the linker take sanitizers.c out of the library, and the settings with it. */
extern const bool sanitizers_are_set;

#endif
