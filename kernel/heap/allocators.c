/*
 * The table of all allocators: what the command line, the help, the vector headers, the test grids
 * and the fuzzers can name.
 */
#include "allocators.h"

const struct heap_ops *const heap_allocators[] = {
    &heap_rt_small_mem,         &heap_rt_mempool,       &heap_oneos_first_fit,
    &heap_oneos_first_fit_v201, &heap_oneos_buddy,      &heap_oneos_mixed,
    &heap_oneos_small,          &heap_oneos_small_lite, NULL,
};
