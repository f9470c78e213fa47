/*
 * Mutex: recursive, with priority inheritance.
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

struct mutex {
    struct task *owner;
    uint32_t holds;
    uint32_t holds_max;
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
