/*
 * Counting semaphore. A give hands the unit straight to the first waiter, if there is one; with
 * hand_over HAND_TO_ANY it counts, and the first waiter looks again with the rest of its time.
 */
#ifndef HEAPSIM_SEM_H
#define HEAPSIM_SEM_H

#include "../task/wait.h"

struct semaphore {
    uint32_t count, count_max;
    enum hand_over hand_over; /* HAND_TO_WAITER after semaphore_init() */
    struct wait_queue queue;
};

void semaphore_init(struct semaphore *s, const char *name, uint32_t count, uint32_t count_max,
                    enum wait_order order);

/* Waits up to ticks; 0 does not wait (TAKE_EMPTY) and may be called in an ISR. */
enum take_result semaphore_take(struct semaphore *s, uint32_t ticks);

/* False if the count is at its maximum. Any context. */
bool semaphore_give(struct semaphore *s);

/* Wakes all waiters with TAKE_DELETED. */
void semaphore_delete(struct semaphore *s);

/* False, and nothing has changed, if the count is above it already. Any context. */
bool semaphore_set_max(struct semaphore *s, uint32_t count_max);

/* Wakes all waiters with TAKE_DELETED and sets the count. */
void semaphore_reset(struct semaphore *s, uint32_t count);

#endif
