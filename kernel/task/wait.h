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
    WAKE_GIVEN, /* what it waited for is its own */
    WAKE_TIMEOUT,
    WAKE_DELETED, /* the object went away */
    WAKE_RESUMED, /* by task_resume() */
    WAKE_AGAIN,   /* what it waits for may be there: it must look again */
    WAKE_REASONS
};

/* What a call that takes something, and may wait for it, answers. */
enum take_result { TAKEN, TAKE_EMPTY, TAKE_TIMEOUT, TAKE_DELETED, TAKE_RESUMED, TAKE_OVERFLOW };

/* Whose is what is given while tasks wait. */
enum hand_over {
    HAND_TO_WAITER, /* the first waiter's, before it runs (RT-Thread, OneOS) */
    HAND_TO_ANY     /* whose who takes it first: the first waiter looks again (FreeRTOS) */
};

#define WAIT_FOREVER UINT32_MAX
#define WAIT_MAX     ((uint32_t)INT32_MAX) /* the longest time limit */

struct wait_queue {
    struct list waiters;
    struct list woken; /* with WAKE_AGAIN or WAKE_RESUMED, and have not run since */
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

/* What a wait that ended for this reason answers; WAKE_AGAIN as WAKE_GIVEN. */
enum take_result take_result(enum wake_reason reason);

/*
 * One round of a loop that tries, waits and tries again. TAKEN: the caller tries again, *ticks
 * being what is left of its time; else why it must not. TAKE_EMPTY: nothing is left. Thread
 * context.
 */
enum take_result wait_for_change(struct wait_queue *queue, uint32_t *ticks);

/* The first waiter looks again; false if there is none. */
bool wait_wake_first(struct wait_queue *queue);

/* The task to be woken next, or NULL. */
struct task *wait_first(const struct wait_queue *queue);

/* Makes that task READY. Kernel lock held. Any context. */
void wait_wake(struct task *task, enum wake_reason reason);

/* Takes a BLOCKED task off what it waits for without making it ready; the reason is what it will
 * find. */
void wait_end(struct task *task, enum wake_reason reason);

/* Wakes all, the first one first. Returns how many. */
unsigned wait_wake_all(struct wait_queue *queue, enum wake_reason reason);

/* The object goes away: all learn it, also who was woken to look again and has not yet. */
void wait_close(struct wait_queue *queue);

/* A task ends that may have been woken to look again. */
void wait_forget(struct task *task);

/* A waiter's priority changed: puts it in its place. */
void wait_requeue(struct task *task);

/* --- timeouts, by tick --- */

/* Starts the task's timeout, of 1 to WAIT_MAX ticks; one a task. */
void timeout_start(struct task *task, uint32_t ticks);
void timeout_stop(struct task *task);

/* Ends what is due at `now`: waits, timers of the tick. From the tick interrupt, see deadline.h. */
void timeout_expire(uint32_t now, bool masked);

/* Ticks from `now` to the next deadline, at least 1; WAIT_FOREVER if there is none. */
uint32_t timeout_next(uint32_t now);

#endif
