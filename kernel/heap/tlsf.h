/* What RT-Thread's package of TLSF asks beyond heap_ops. */
#ifndef HEAPSIM_TLSF_H
#define HEAPSIM_TLSF_H

#include "heap.h"

/*
 * rt_memory_info: payload bytes of the first pool, however many there are; `used_max` is what is
 * used now, since the package keeps no peak.
 */
void tlsf_memory_info(struct heap *h, struct heap_stats *stats);

#endif
