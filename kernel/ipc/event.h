/*
 * Event: 32 flags, and tasks that wait for some of them.
 *
 * - Setting flags wakes every waiter whose wish they fulfil, in the order of the queue; what these
 * want cleared is cleared when all have been looked at, so that one flag can wake many.
 * - A waiter is told the flags as they were when its wish came true, all of them.
 */
#ifndef HEAPSIM_EVENT_H
#define HEAPSIM_EVENT_H

#include "../task/wait.h"

struct event {
    uint32_t flags;
    struct wait_queue queue;
};

struct event_wish {
    uint32_t flags;
    bool all;   /* all of them, or any */
    bool clear; /* those that are waited for */
};

void event_init(struct event *e, const char *name, enum wait_order order);

/* Any context. Both return the flags then. O(waiters). */
uint32_t event_set(struct event *e, uint32_t flags);
uint32_t event_clear(struct event *e, uint32_t flags);

/*
 * Waits up to `ticks` (0: not at all, TAKE_EMPTY, in any context); *found: the flags when it came
 * true, or when it was given up (TAKE_EMPTY, TAKE_TIMEOUT, TAKE_RESUMED).
 */
enum take_result event_wait(struct event *e, const struct event_wish *wish, uint32_t ticks,
                            uint32_t *found);

/* Sets flags and waits until all of `wanted` are set, then clears them: where tasks meet. */
enum take_result event_sync(struct event *e, uint32_t set, uint32_t wanted, uint32_t ticks,
                            uint32_t *found);

/* Clears all; waiters leave with TAKE_DELETED. */
void event_reset(struct event *e);
void event_delete(struct event *e);

#endif
