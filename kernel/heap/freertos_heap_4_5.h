/*
 * The state of heap_4 and heap_5, for the files that know it: freertos_heap_4_5.c, where the layout
 * stands at the top, and freertos_heap_4_5_check.c.
 */
#ifndef HEAPSIM_FREERTOS_HEAP_4_5_H
#define HEAPSIM_FREERTOS_HEAP_4_5_H

#include "freertos_common.h"

/* A region, as laid out: blocks from start to end, where the end marker is. */
struct extent {
    taddr_t start, end;
};

struct heap_4_5 {
    struct freertos_heap common;
    taddr_t end; /* the last marker; 0: not laid out */
    uint32_t canary;
    tsize_t allocations, frees; /* that succeeded */
    tsize_t quick_places;       /* where blocks of the first region can begin, for the quick forms;
                                   0: not for this heap */
    taddr_t quick_minus_end;    /* what turns an address in it into its distance from the end */
    bool rest_takes_marker; /* up to V10.6.2 the rest of a split takes in the marker behind it */
    unsigned extent_count;
    struct extent extents[HEAP_REGIONS_MAX];
};

static inline struct heap_4_5 *heap_4_5(struct heap *h)
{
    _Static_assert(sizeof(struct heap_4_5) <= HEAP_STATE_BYTES, "state fits");
    return (struct heap_4_5 *)(void *)h->state.bytes;
}

bool freertos_heap_4_5_check(struct heap *h, struct heap_fault *fault);
void freertos_heap_4_5_walk(struct heap *h, heap_visit *visit, void *context);

#endif
