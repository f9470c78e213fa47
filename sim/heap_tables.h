/*
 * The allocators' tables of functions, changed in place, so that all that heaps do passes somebody
 * else first: memcheck.c, detour.c. One of them in a run, before the first heap. Tables stay where
 * they are, since a heap is known by its table.
 */
#ifndef HEAPSIM_HEAP_TABLES_H
#define HEAPSIM_HEAP_TABLES_H

#include "../kernel/heap/heap.h"

/* Lets `redirect` change each table. False if the host does not allow it. */
bool heap_tables_change(void (*redirect)(struct heap_ops *ops));

/* The allocator's own functions. */
const struct heap_ops *heap_tables_original(const struct heap *h);

/* In `redirect`: the function pass_MEMBER takes the place of the allocator's, if it has one. */
#define HEAP_TABLE_PASS(ops, member)                                                               \
    do {                                                                                           \
        if ((ops)->member != NULL)                                                                 \
            (ops)->member = pass_##member;                                                         \
    } while (0)

#endif
