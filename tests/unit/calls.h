/*
 * The memory calls of every dialect, as tables: for tests that hold for all of them. Each dialect's
 * table is a file of its own, since their headers are not made to be included together.
 */
#ifndef HEAPSIM_TESTS_CALLS_H
#define HEAPSIM_TESTS_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CALLS_RAM = 0x20000000, CALLS_RAM_SIZE = 0x400000, CALLS_OWN = 0x20200000 };

enum call_kind {
    CALL_SIZE,    /* make(size, 0) */
    CALL_PRODUCT, /* make(count, size) */
    CALL_ALIGNED, /* make(align, size) */
    CALL_RESIZE,  /* resize(block, size), of NULL and of a block that `make` with a size gives */
    CALL_PAGES    /* make(pages, 0) */
};

/* What an alignment of 0 and one of 3 get. */
enum align_answer { ALIGN_MISUSE, ALIGN_BLOCK };

struct call {
    const char *name;
    enum call_kind kind;
    void *(*make)(size_t a, size_t b);
    void *(*resize)(void *block, size_t size);
    bool (*exists)(void); /* with the heap at hand; NULL: always */
    enum align_answer align_zero, align_three;
};

struct dialect_calls {
    const char *name;
    const char *const *heaps; /* ends with NULL */
    /* Sets the system heap up over half of the RAM, and the application's own heaps over the rest:
     * kernel.heap_config says which. */
    void (*start)(void);
    void *(*take)(size_t size);
    void (*give)(void *block); /* may do nothing */
    const struct call *calls;  /* ends with a NULL name */
};

extern const struct dialect_calls rtthread_calls, freertos_calls, oneos_calls;

#endif
