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
    NULL,
};
