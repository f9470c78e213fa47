/* One line an allocator; each is defined in the file of its name. */
#ifndef HEAPSIM_ALLOCATORS_H
#define HEAPSIM_ALLOCATORS_H

#include "heap.h"

extern const struct heap_ops heap_rt_small_mem; /* rt_small_mem.c */
extern const struct heap_ops heap_rt_slab;      /* rt_slab.c */
extern const struct heap_ops heap_rt_memheap;   /* rt_memheap.c */
extern const struct heap_ops heap_rt_mempool;   /* ../pool/mempool_blocks.c */

#endif
