/*
 * What is to happen at a tick: the timeouts of waiting tasks, software timers. A pairing heap, so
 * that ten thousand sleepers cost no more than ten.
 *
 *            first (next deadline)
 *              |
 *            child -> next -> next        each node: its first child, and the next child of its
 *              |                          parent; `back` is the previous sibling, or the parent of
 *            child -> next                a first child
 *
 * - Starting is O(1), the next deadline is O(1), taking it away or stopping one is O(log n)
 *   amortised.
 * - Equal deadlines come in the order in which they were started.
 * - Ticks wrap: all deadlines of a heap lie within 2^31 ticks of each other.
 */
#ifndef HEAPSIM_DEADLINE_H
#define HEAPSIM_DEADLINE_H

#include "../target.h"

struct deadline {
    uint32_t tick;
    uint32_t order; /* of start */
    bool active;
    struct deadline *child, *next, *back;

    /*
     * It is reached, and not active any more. Kernel lock held; may leave it with
     * kernel_leave(masked) for a while.
     */
    void (*expire)(struct deadline *deadline, bool masked);
};

struct deadlines {
    struct deadline *first;
    uint32_t started;
};

void deadline_start(struct deadlines *all, struct deadline *deadline, uint32_t tick);
void deadline_stop(struct deadlines *all, struct deadline *deadline);

/* Takes the first one away if it is reached at `now`; else NULL. */
struct deadline *deadline_take(struct deadlines *all, uint32_t now);

/* Ticks from `now` to the first one, 0 if it is reached; UINT32_MAX if there is none. */
uint32_t deadline_distance(const struct deadlines *all, uint32_t now);

#endif
