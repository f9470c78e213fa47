/*
 * Whether the kernel's records agree with each other. Each prints what is wrong and returns how
 * much is. From a task, at any moment.
 */
#ifndef HEAPSIM_TESTS_INVARIANTS_H
#define HEAPSIM_TESTS_INVARIANTS_H

struct event;
struct queue;
struct semaphore;

/*
 * Every task is in the state that the lists say it is in, each core runs one, queues of waiters and
 * deadlines are in order.
 */
unsigned kernel_faults(void);

/* Nobody waits for what is there, but who was told and has not looked yet. */
unsigned queue_faults(const struct queue *q);
unsigned event_faults(const struct event *e);
unsigned semaphore_faults(const struct semaphore *s);

#endif
