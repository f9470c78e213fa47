/* What RT-Thread's package of TLSF asks beyond heap_ops. */
#ifndef HEAPSIM_TLSF_H
#define HEAPSIM_TLSF_H

#include "heap.h"

/*
 * rt_memory_info: payload bytes of the first pool, however many there are; `used_max` is what is
 * used now, since the package keeps no peak.
 */
void tlsf_memory_info(struct heap *h, struct heap_stats *stats);

/*
 * RT-Thread's package knows a region by its list node: that of the region added last, and the
 * begin of the region that has that node; 0 if there is none.
 */
taddr_t tlsf_newest_node(struct heap *h);
taddr_t tlsf_region_of_node(struct heap *h, taddr_t node);

#endif
