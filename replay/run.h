/* One trace on one heap, and what came of it. */
#ifndef HEAPSIM_REPLAY_RUN_H
#define HEAPSIM_REPLAY_RUN_H

#include "../kernel/heap/heap.h"
#include "trace.h"

struct run_result {
    const char *refusal; /* why there could be no such heap in the RAM, or NULL */
    size_t failures;
    size_t first_failure; /* operation index, if failures > 0 */
    tsize_t first_live;   /* bytes live when it failed */
    tsize_t used_max;     /* bytes of the region taken at the peak: headers and fixed parts too */
    tsize_t live_at_used_max; /* bytes the program had asked for at that moment */
    tsize_t largest_free;     /* at the end */
    tsize_t reach;            /* from the first region's begin to the highest end of a block */
    uint64_t history;         /* hash of every operation's address, steps, bytes used */
    double steps_mean;        /* per operation */
    uint32_t steps_p99;
    uint32_t steps_worst;
    size_t emulated_reallocs; /* done as allocate, copy, free */
    size_t emulated_aligns;   /* done as a larger block */
    size_t frees_dropped;     /* the allocator has no free */
};

enum run_mode {
    RUN_WHOLE,        /* goes on after failures, and counts them */
    RUN_UNTIL_FAILURE /* ends at the first one */
};

enum run_outcome {
    RUN_DONE,
    RUN_NO_HEAP,   /* the heap can't be set up in these regions */
    RUN_IMPOSSIBLE /* memory for the run itself is short */
};

/*
 * Lays the heap out over the regions (zeroed first) and replays the trace. Unless RUN_DONE, `why`
 * (TEXT_WHY_MAX bytes) has a sentence.
 */
enum run_outcome run_trace(const struct trace *trace, const struct heap_config *config,
                           const struct heap_region *regions, unsigned region_count,
                           enum run_mode mode, struct run_result *result, char *why);

/* The same in three parts, for one run at a time; run_operation() one operation after the other. */
enum run_outcome run_begin(const struct trace *trace, const struct heap_config *config,
                           const struct heap_region *regions, unsigned region_count,
                           struct run_result *result, char *why);
void run_operation(size_t operation);
void run_end(size_t operations);

#endif
