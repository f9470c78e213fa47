/*
 * What allocators are timed on: a list of operations with everything worked out beforehand that a
 * driver would otherwise have to find out between two calls.
 *
 * - w1, w2 and w3 are files beside this one: their lines at time 0 fill the heap and are not
 *   counted, the rest is measured. w4 has no file: 100 blocks of 64 bytes are taken and given back
 *   in the same order, 1,000 times.
 * - Any other name is the path of a trace (docs/traces.md), which is measured whole.
 * - A request for 0 bytes is made as one for 1: not every allocator answers it with a block.
 */
#ifndef HEAPSIM_BENCH_WORKLOAD_H
#define HEAPSIM_BENCH_WORKLOAD_H

#include "../kernel/target.h"
#include "../replay/text.h"

enum operation_kind {
    OPERATION_ALLOC,
    OPERATION_FREE,
    OPERATION_CLEARED,
    OPERATION_ALIGNED,
    OPERATION_RESIZE,
    OPERATION_FREE_ALIGNED,  /* of a block that OPERATION_ALIGNED made */
    OPERATION_RESIZE_ALIGNED /* the same */
};

struct operation {
    uint32_t slot; /* which block */
    tsize_t size;  /* OPERATION_CLEARED: of each element */
    tsize_t extra; /* CLEARED: elements; ALIGNED: alignment; RESIZE: bytes it has so far */
    uint32_t kind; /* enum operation_kind */
};

struct workload {
    char name[160];
    char title[160];
    struct operation *operations;
    size_t fill; /* the first that is measured */
    size_t count;
    uint32_t slots;
    tsize_t largest;      /* request, bytes */
    bool plain;           /* nothing but OPERATION_ALLOC and OPERATION_FREE */
    tsize_t region_bytes; /* RAM that the heap gets */
};

/* False, with a sentence in `why` (TEXT_WHY_MAX bytes), if there is no such workload. */
bool workload_load(struct workload *workload, const char *name, char *why);

void workload_free(struct workload *workload);

#endif
