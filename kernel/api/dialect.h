/* What a dialect, the calls of one RTOS, tells the simulator. Each dialect library defines it once.
 */
#ifndef HEAPSIM_DIALECT_H
#define HEAPSIM_DIALECT_H

#include "../heap/heap.h"

/*
 * How the RTOS serves the C library's calls of these names when it is linked with one. A block of
 * `memalign` is given back by `free`; where the RTOS has no such block, the call is diagnosed.
 */
struct dialect_libc {
    void *(*malloc)(size_t size, struct heap_call call);
    void *(*calloc)(size_t count, size_t size, struct heap_call call);
    void *(*realloc)(void *block, size_t size, struct heap_call call);
    void *(*memalign)(size_t align, size_t size, struct heap_call call);
    void (*free)(void *block, struct heap_call call);
};

struct dialect {
    const char *key;           /* "rtthread", as heapsim_add_scenario(DIALECT) has it */
    const char *name;          /* "RT-Thread" */
    const char *standard_heap; /* what --heap is without the option */
    uint32_t (*ticks_per_second)(void);
    /* NULL, or why that can't be its system heap: a clause that ends "..., because". */
    const char *(*heap_refusal)(const struct heap_ops *ops);
    /* Bytes of RAM that the application is configured for, or 0: it does not say. */
    tsize_t (*ram_size)(void);
    struct dialect_libc libc;
};

extern const struct dialect dialect;

/*
 * The dialect's start-up, as the board's reset handler would call it: system heap over
 * [begin, begin + size), then the main task or main itself, then the scheduler. Does not return.
 */
_Noreturn void dialect_start(void *begin, unsigned long size);

#endif
