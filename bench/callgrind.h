/* Where callgrind is to count, for bench/instructions.sh; nothing where its header is not there. */
#ifndef HEAPSIM_BENCH_CALLGRIND_H
#define HEAPSIM_BENCH_CALLGRIND_H

#if defined(__has_include)
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#endif
#endif
#ifndef CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_START_INSTRUMENTATION (void)0
#define CALLGRIND_STOP_INSTRUMENTATION  (void)0
#endif

#endif
