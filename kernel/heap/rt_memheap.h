/* What RT-Thread's dialect asks of a memheap beyond heap_ops. */
#ifndef HEAPSIM_RT_MEMHEAP_H
#define HEAPSIM_RT_MEMHEAP_H

#include "heap.h"

/* The figures of one region (heap_ops.stats adds up all of them), in h's order of regions. */
void rt_memheap_stats(struct heap *h, unsigned region, struct heap_stats *stats);

/* True if `block` is a live block of this heap, going by the headers around it. O(regions). */
bool rt_memheap_owns(struct heap *h, taddr_t block);

#endif
