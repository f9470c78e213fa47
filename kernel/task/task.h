/*
 * Tasks: what runs, in which state, and how it comes and goes.
 *
 * - A task is READY (on the ready queue), RUNNING (holds a core), BLOCKED (on a wait queue, or
 * asleep with a timeout only), SUSPENDED (by another call, for good), or not alive: INITIAL,
 * CLOSED.
 * - All fields are guarded by the kernel lock (kernel_enter()).
 * - The dialect owns the memory of a task: task_closed() tells it when nothing uses it any more.
 */
#ifndef HEAPSIM_TASK_H
#define HEAPSIM_TASK_H

#include "../list.h"
#include "../target.h"
#include "wait.h"

enum { TASK_NAME_MAX = 32, TASK_PRIORITIES = 256, TASK_NO_CORE = 0xff, CORES_MAX = 64 };

enum task_state {
    TASK_INITIAL,
    TASK_READY,
    TASK_RUNNING,
    TASK_BLOCKED,
    TASK_SUSPENDED,
    TASK_CLOSED
};

struct mutex;

struct task {
    char name[TASK_NAME_MAX];
    uint32_t id;    /* from 1, in order of creation; 0: this record is no live task */
    taddr_t object; /* its control block on the board, where that lies in the heap; or 0 */
    enum task_state state;
    uint8_t priority;      /* now: raised while it holds a mutex that a more urgent task wants */
    uint8_t base_priority; /* as set; 0 is the most urgent */
    uint8_t core;          /* where it runs, or TASK_NO_CORE */
    uint8_t bound_core;    /* the one core it may run on, or TASK_NO_CORE: any */
    bool yielding;         /* goes behind its equals when it leaves the core */
    bool has_waited;       /* was BLOCKED once */
    bool system;           /* the kernel's own: idle and clean-up tasks */
    uint32_t slice;        /* ticks it may run before its equals */
    uint32_t slice_left;
    /* The task itself changes these two without the kernel lock, by task_count(); others look. */
    uint32_t schedule_locks; /* rt_enter_critical() nesting */
    uint32_t heap_locks;     /* of heaps: those it holds, and one more while it waits for one */
    struct list ready_link;
    struct list all_link; /* kernel.tasks */

    struct wait_queue *waiting_on; /* while BLOCKED on an object */
    struct list wait_link;
    enum wake_reason wake_reason;
    bool timed;        /* on the list of timeouts */
    uint32_t deadline; /* tick */
    struct list timeout_link;

    struct list held;         /* mutexes it holds */
    struct mutex *blocked_by; /* the mutex it waits for */

    void (*entry)(void *argument);
    void *argument;
    void (*closed)(struct task *task); /* see task_close() */
    struct list closed_link;
    void *carrier; /* the port's: what executes it */
};

/*
 * Makes a task, INITIAL. name is cut at TASK_NAME_MAX - 1 characters; slice in ticks, at least 1.
 * Any context. O(1).
 */
void task_init(struct task *task, const char *name, void (*entry)(void *), void *argument,
               uint8_t priority, uint32_t slice);

/* INITIAL -> READY. False if it is in another state. */
bool task_start(struct task *task);

/*
 * Ends a task in any state. It leaves every queue at once, gives its core back if it runs, and is
 * put on the list of closed tasks; the kernel's clean-up then calls task->closed(task) from the
 * idle task (on several cores from the clean-up task), last closed first. Returns if the task is
 * not the caller. False if it has ended already.
 */
bool task_close(struct task *task);

/* Runs task->closed for all tasks on the list that hold no core any more. */
void task_reap(void);

/*
 * READY or RUNNING -> SUSPENDED, or false. The caller itself goes on until it next enters the
 * kernel.
 */
bool task_suspend(struct task *task);

/* SUSPENDED or BLOCKED -> READY, a BLOCKED one with WAKE_RESUMED; or false. */
bool task_resume(struct task *task);

/* Sets the base priority; the present one follows, unless raised by inheritance. */
void task_set_priority(struct task *task, uint8_t priority);

/* Restricts the task to one core, or to none (TASK_NO_CORE); it moves at its next switch. */
void task_bind(struct task *task, uint8_t core);

/* Sleeps that many ticks, at least 1 (WAIT_FOREVER: until resumed). Thread context only. */
enum wake_reason task_sleep(uint32_t ticks);

/* The running task goes behind the ready ones of its priority. Any context, scheduler started. */
void task_yield(void);

/* Adds to a count that other cores may look at without a lock meanwhile; returns the sum. */
static inline uint32_t task_count(uint32_t *count, int change)
{
    const uint32_t sum = __atomic_load_n(count, __ATOMIC_RELAXED) + (uint32_t)change;

    __atomic_store_n(count, sum, __ATOMIC_RELAXED);
    return sum;
}

static inline uint32_t task_counted(const uint32_t *count)
{
    return __atomic_load_n(count, __ATOMIC_RELAXED);
}

/* The live task of that name, or NULL. */
struct task *task_find(const char *name);

/* The running task; NULL before the scheduler starts. In an ISR: the interrupted one. */
struct task *task_self(void);

#endif
