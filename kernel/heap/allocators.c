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
    &heap_none,
    NULL,
};
