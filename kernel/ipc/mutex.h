/*
 * Mutex, with priority inheritance. As mutex_init() makes it, it is RT-Thread's; what other RTOSes
 * do otherwise are fields to set before its first use.
 *
 * - While tasks wait, the owner runs at least at the priority of the most urgent of them, and so
 * does the task that the owner itself waits for, through any number of mutexes.
 * - A raised priority falls back when its cause goes: on release, on a waiter's timeout, when a
 * waiter is deleted or loses priority.
 * - A release hands the mutex to its first waiter.
 */
#ifndef HEAPSIM_MUTEX_H
#define HEAPSIM_MUTEX_H

#include "sem.h"

enum inheritance {
    INHERIT_CHAIN, /* as above */
    INHERIT_ONCE, /* not further than the owner; and it falls back with its last mutex (FreeRTOS) */
    INHERIT_NOT
};

struct mutex {
    struct task *owner;
    uint32_t holds;
    uint32_t holds_max;    /* its owner can't take it more often */
    bool waits_for_itself; /* an owner that can't waits as others do: till its time is over */
    enum hand_over hand_over;
    enum inheritance inheritance;
    struct wait_queue queue;
    struct list held_link; /* on owner->held */
};

void mutex_init(struct mutex *m, const char *name, enum wait_order order, uint32_t holds_max);

/* Thread context. TAKE_OVERFLOW: held holds_max times already. */
enum take_result mutex_take(struct mutex *m, uint32_t ticks);

/* False if the caller is not the owner. Thread context. */
bool mutex_release(struct mutex *m);

/* Takes it away from its owner and wakes all waiters with TAKE_DELETED. */
void mutex_delete(struct mutex *m);

/* Sets a task's priority to what its base and the mutexes it holds demand, and so on up the chain.
 */
void mutex_update_priority(struct task *task);

/* A task ends: what it holds goes to the next waiters. */
void mutex_release_all(struct task *task);

#endif
