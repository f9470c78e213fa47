/*
 * Wait queues: tasks that wait for something, with or without a timeout. Every kernel object that a
 * task can wait for has one.
 */
#ifndef HEAPSIM_WAIT_H
#define HEAPSIM_WAIT_H

#include "../list.h"
#include "../target.h"

struct task;

enum wait_order { WAIT_FIFO, WAIT_PRIORITY, WAIT_LIFO };

enum wake_reason {
    WAKE_GIVEN, /* what it waited for happened */
    WAKE_TIMEOUT,
    WAKE_DELETED, /* the object went away */
    WAKE_RESUMED  /* by task_resume() */
};

#define WAIT_FOREVER UINT32_MAX
#define WAIT_MAX     ((uint32_t)INT32_MAX) /* the longest time limit */

struct wait_queue {
    struct list waiters;
    enum wait_order order;
    const char *kind;    /* for reports: "semaphore" */
    const char *name;    /* the object's */
    uint32_t id;         /* the object's, for the trace */
    struct mutex *mutex; /* NULL unless it is a mutex's queue: whose owner is to blame */
};

/* An object's id and name, for events after a wait: the object may be gone by then. */
struct wait_label {
    uint32_t id;
    char name[32];
};

struct wait_label wait_label(const struct wait_queue *queue);

void wait_queue_init(struct wait_queue *queue, enum wait_order order, const char *kind,
                     const char *name);

/*
 * Blocks the running task until it is woken or `ticks` ticks have passed (at most WAIT_MAX;
 * WAIT_FOREVER: no limit). Kernel lock held on entry and on return; thread context, scheduler
 * unlocked.
 */
enum wake_reason wait_on(struct wait_queue *queue, uint32_t ticks);

/* The task to be woken next, or NULL. */
struct task *wait_first(const struct wait_queue *queue);

/* Makes that task READY. Kernel lock held. Any context. */
void wait_wake(struct task *task, enum wake_reason reason);

/* Takes a BLOCKED task off what it waits for without making it ready. */
void wait_cancel(struct task *task);

/* Wakes all, the first one first. Returns how many. */
unsigned wait_wake_all(struct wait_queue *queue, enum wake_reason reason);

/* A waiter's priority changed: puts it in its place. */
void wait_requeue(struct task *task);

/* --- timeouts, by tick --- */

/* Starts the task's timeout, of 1 to WAIT_MAX ticks; one a task. */
void timeout_start(struct task *task, uint32_t ticks);
void timeout_stop(struct task *task);

/* Wakes every task whose deadline is reached. From the tick interrupt. */
void timeout_expire(uint32_t now);

/* Ticks from `now` to the next deadline, at least 1; WAIT_FOREVER if there is none. */
uint32_t timeout_next(uint32_t now);

#endif
