/* One line an allocator; each is defined in the file of its name. */
#ifndef HEAPSIM_ALLOCATORS_H
#define HEAPSIM_ALLOCATORS_H

#include "heap.h"

extern const struct heap_ops heap_rt_small_mem;    /* rt_small_mem.c */
extern const struct heap_ops heap_rt_slab;         /* rt_slab.c */
extern const struct heap_ops heap_rt_memheap;      /* rt_memheap.c */
extern const struct heap_ops heap_rt_mempool;      /* ../pool/mempool_blocks.c */
extern const struct heap_ops heap_tlsf;            /* tlsf.c */
extern const struct heap_ops heap_freertos_heap_1; /* freertos_heap_1.c */
extern const struct heap_ops heap_freertos_heap_2; /* freertos_heap_2.c */
extern const struct heap_ops heap_freertos_heap_3; /* freertos_heap_3.c */
extern const struct heap_ops heap_freertos_heap_4; /* freertos_heap_4_5.c */
extern const struct heap_ops heap_freertos_heap_5; /* freertos_heap_4_5.c */
extern const struct heap_ops heap_none;            /* none.c */

extern const struct heap_ops heap_oneos_first_fit;      /* oneos_heap.c */
extern const struct heap_ops heap_oneos_first_fit_v201; /* oneos_heap.c */
extern const struct heap_ops heap_oneos_buddy;          /* oneos_heap.c */
extern const struct heap_ops heap_oneos_mixed;          /* oneos_heap.c */
extern const struct heap_ops heap_oneos_small;          /* oneos_small.c */
extern const struct heap_ops heap_oneos_small_lite;     /* oneos_heap.c */

#endif
