/*
 * The table of all allocators: what the command line, the help, the vector headers, the test grids
 * and the fuzzers can name.
 */
#include "allocators.h"

const struct heap_ops *const heap_allocators[] = {
    &heap_rt_small_mem,
    &heap_rt_slab,
    &heap_rt_memheap,
    &heap_rt_mempool,
    &heap_tlsf,
    &heap_freertos_heap_1,
    &heap_freertos_heap_2,
    &heap_freertos_heap_3,
    &heap_freertos_heap_4,
    &heap_freertos_heap_5,
    &heap_oneos_first_fit,
    &heap_oneos_first_fit_v201,
    &heap_oneos_buddy,
    &heap_oneos_mixed,
    &heap_oneos_small,
    &heap_oneos_small_lite,
    &heap_none,
    NULL,
};
