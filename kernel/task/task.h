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
#include "deadline.h"
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

/* What suspending a task does that is BLOCKED. */
enum suspend_blocked {
    SUSPEND_NOT,       /* nothing, the call fails (RT-Thread) */
    SUSPEND_ENDS_WAIT, /* it waits no more: once resumed it looks again (FreeRTOS) */
    SUSPEND_KEEPS_WAIT /* it waits on, but does not run when that is over (OneOS) */
};

struct affinity;
struct mutex;

struct task {
    char name[TASK_NAME_MAX];
    uint32_t id;    /* from 1, in order of creation; 0: this record is no live task */
    taddr_t object; /* its control block on the board, where that lies in the heap; or 0 */
    enum task_state state;
    uint8_t priority;      /* now: raised while it holds a mutex that a more urgent task wants */
    uint8_t base_priority; /* as set; 0 is the most urgent */
    uint8_t core;          /* where it runs, or TASK_NO_CORE */
    struct affinity *affinity; /* the cores it may run on */
    bool yielding;             /* goes behind its equals when it leaves the core */
    bool has_waited;           /* was BLOCKED once */
    bool held_back;            /* BLOCKED, and SUSPENDED when that is over */
    bool system;               /* the kernel's own: idle, clean-up and timer tasks */
    uint32_t stack_size;       /* declared, in bytes; 0: not known. By whoever makes the task */
    uint32_t slice;            /* ticks it may run before its equals */
    uint32_t slice_left;
    /* The task itself changes these two without the kernel lock, by task_count(); others look. */
    uint32_t schedule_locks; /* rt_enter_critical() nesting */
    uint32_t heap_locks;     /* of heaps: those it holds, and one more while it waits for one */
    struct list ready_link;
    struct list all_link;     /* kernel.tasks */
    struct task *next_in_use; /* of kernel.tasks_in_use, by address */

    struct wait_queue *waiting_on; /* while BLOCKED on an object */
    struct list wait_link;
    uint8_t wait_priority; /* by which it stands there, and the other end of its run: wait.c */
    struct task *run_end;
    void *wait_data; /* what exactly it waits for, by kind of object */
    enum wake_reason wake_reason;
    struct deadline timeout;

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
 * READY or RUNNING -> SUSPENDED, BLOCKED as `blocked` says, or false. The caller itself goes on
 * until it next enters the kernel.
 */
bool task_suspend(struct task *task, enum suspend_blocked blocked);

/*
 * SUSPENDED or BLOCKED -> READY, a BLOCKED one with WAKE_RESUMED, unless it waits on though
 * suspended: then it is that no more. Or false.
 */
bool task_resume(struct task *task);

/* Kernel lock held: the wait of a task that was suspended meanwhile is over. */
void task_hold(struct task *task);

/* Sets the base priority; the present one follows, unless raised by inheritance. */
void task_set_priority(struct task *task, uint8_t priority);

/*
 * Restricts the task to the cores of a bit mask; bits of cores that are not there do not count, and
 * without any that is there it may run on all. It leaves a core that is forbidden at once. False,
 * and nothing has changed, if there is no memory for yet another mask. O(masks in use); a mask of
 * several cores, but not all, that was never used before: not in an ISR.
 */
bool task_set_affinity(struct task *task, uint64_t cores);
uint64_t task_affinity(const struct task *task);

/* The same with one core, or with any (TASK_NO_CORE). Any context. */
void task_bind(struct task *task, uint8_t core);

/* True for the memory of a task that lives or is not cleaned up yet, whatever else it holds. */
bool task_is_in_use(const struct task *task);

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
