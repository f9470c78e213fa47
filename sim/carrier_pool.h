/*
 * What all kinds of carriers share: their stacks in the host window, and the pool of those that
 * carry nothing.
 *
 * The first few hundred stacks are large. A program of thousands of tasks gets small ones for the
 * rest, since the window is half a gigabyte; large ones are used again first.
 */
#ifndef HEAPSIM_CARRIER_POOL_H
#define HEAPSIM_CARRIER_POOL_H

#include <stdint.h>

#include "carrier.h"

enum { STACK_USE_FRAMES = 16 };

/* Of the task's frames (stack_use.h). Nothing changes while they lie in [lowest, lowest + span). */
struct stack_use {
    uintptr_t lowest, span;
    uintptr_t entry; /* where the task's own frames begin */
    size_t objects;  /* bytes of its stack that are objects larger here than on the board */
    /* Its limit, for the first time: `lowest` is the deepest frame so far. Also read when the run
     * ends, maybe before a core has begun. */
    _Atomic bool is_beyond;
    uint32_t frames[STACK_USE_FRAMES];
};

struct carrier {
    void (*run)(void *);
    void *argument;
    char *stack; /* its lowest address; the page below it is a guard */
    size_t stack_size;
    bool small;
    struct carrier *next_free;
    struct carrier *next_made; /* of all there are */
    uint32_t context;          /* steer.h */
    struct stack_use use;
    const void *_Atomic top; /* of a stack that is not in use now, if known: NULL */
};

/* All that were ever made: the one after `carrier`, the first for NULL; NULL at the end. */
const struct carrier *carrier_pool_next(const struct carrier *carrier);

/* One from the pool, or NULL: a new one should be made. */
struct carrier *carrier_pool_get(void);

/* True if there are that many in the pool. */
bool carrier_pool_has(unsigned count);

/* A zeroed object of that size, which begins with a struct carrier, and a stack. NULL: no memory.
 */
struct carrier *carrier_pool_new(size_t object_size, size_t small_stack);

void carrier_pool_put(struct carrier *carrier);

#endif
