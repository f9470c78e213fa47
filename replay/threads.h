/* One trace on one heap, with one task a thread of the traced program. */
#ifndef HEAPSIM_REPLAY_THREADS_H
#define HEAPSIM_REPLAY_THREADS_H

#include "run.h"

struct threads_result {
    uint32_t tasks;
    uint32_t lock_waits;  /* times a task found the heap locked by another */
    uint64_t duration_us; /* virtual */
};

/*
 * As run_trace(), on a simulated board of one core: each task does its own thread's operations at
 * the times they had, a tick being the unit; the heap is locked by a mutex, as in the RTOSes.
 * Interrupts and time slices come in at every heap step. An operation on a block waits for the one
 * that made the block. Ends the calling process, with EXIT_PASSED and both results written.
 */
_Noreturn void threads_run(const struct trace *trace, const struct heap_config *config,
                           const struct heap_region *regions, unsigned region_count,
                           struct run_result *result, struct threads_result *threads);

#endif
