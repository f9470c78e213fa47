/*
 * The kernel's whole mutable state, in one struct, so that it can be reset, saved and looked at;
 * and the lock that guards it.
 */
#ifndef HEAPSIM_KERNEL_H
#define HEAPSIM_KERNEL_H

#include "heap/heap.h"
#include "ipc/mutex.h"
#include "ipc/sem.h"
#include "irq/irq.h"
#include "port.h"
#include "task/sched.h"
#include "task/timer.h"

enum { KERNEL_HEAPS_MAX = 32, KERNEL_IDLE_HOOKS = 4, KERNEL_TASK_HASH_BITS = 9 };

/* How a dialect's heap calls exclude each other. */
enum heap_lock {
    HEAP_LOCK_MUTEX,      /* a mutex; no calls from interrupts (RT-Thread's standard) */
    HEAP_LOCK_INTERRUPTS, /* interrupts off; calls from interrupts allowed (RT_USING_HEAP_ISR) */
    HEAP_LOCK_SEMAPHORE /* a semaphore: no calls from interrupts, not recursive (TLSF's package) */
};

/* What RT-Thread keeps in static variables beside the kernel's own objects. */
struct rtthread_state {
    uint32_t release; /* HEAP_VERSION(): whose behaviour counts */
    long error;       /* errno outside threads */
    void (*malloc_hook)(void **block, unsigned long size);
    void (*free_hook)(void **block);
    void (*realloc_entry_hook)(void **block, unsigned long size);
    void (*realloc_exit_hook)(void **block, unsigned long size);
    void (*assert_hook)(const char *condition, const char *function, unsigned long line);
    void (*pool_alloc_hook)(void *pool, void *block);
    void (*pool_free_hook)(void *pool, void *block);
    void (*timer_enter_hook)(void *timer);
    void (*timer_exit_hook)(void *timer);
};

/* What FreeRTOS keeps in static variables beside the kernel's own objects. */
struct freertos_core {
    uint32_t critical_nesting;
    bool was_masked; /* before the outermost critical section */
};

struct freertos_state {
    struct task *suspender; /* several cores: who has the scheduler suspended */
    bool was_reset;         /* heap_5 takes its regions anew */
    struct freertos_core cores[CORES_MAX];
};

struct os_memheap;

/* What OneOS keeps in static variables beside the kernel's own objects. */
struct oneos_state {
    struct os_memheap *memheaps; /* the application's, newest first */
    void (*malloc_hook)(void *block, unsigned long size);
    void (*free_hook)(void *block);
};

struct kernel {
    uint32_t core_count;
    struct core cores[CORES_MAX];
    bool running;                                          /* the scheduler has started */
    struct affinity any_core;                              /* of tasks that may run on all cores */
    struct affinity *some_cores;                           /* sets of several cores, newest first */
    struct deadlines timeouts;                             /* of tasks, and timers of the tick */
    struct list timer_runs;                                /* timers whose functions run: timer.c */
    struct timer_service timers;                           /* of the dialect's timer task */
    struct list tasks;                                     /* live ones, oldest first */
    struct task *tasks_in_use[1 << KERNEL_TASK_HASH_BITS]; /* by address, until cleaned up */
    struct list closed;                                    /* to be cleaned up, last closed first */
    void (*closed_hook)(void); /* a task was closed: wakes the clean-up task, if there is one */
    struct wait_queue sleepers;
    void (*_Atomic idle_hooks[KERNEL_IDLE_HOOKS])(void);
    _Atomic uint32_t tick; /* core 0 writes it */
    uint32_t ticks_per_second;
    _Atomic uint32_t next_id; /* of tasks and objects */
    struct irq_controller irq;

    struct heap_config heap_config; /* what the system heap is made of: --heap, --quirks */
    enum heap_lock heap_lock;
    struct mutex heap_mutex;
    struct semaphore heap_semaphore;
    struct heap system_heap; /* live from the dialect's start-up call on */
    bool system_heap_live;
    struct heap
        heaps[KERNEL_HEAPS_MAX]; /* further heaps, whose control blocks lie in their region */
    struct heap *heap_list;      /* live heaps, newest first */
    uint32_t heap_count;         /* of heaps that were made */
    struct rtthread_state rtthread;
    struct freertos_state freertos;
    struct oneos_state oneos;
};

extern struct kernel kernel;

/* Sets up everything but heaps: cores, queues, interrupt lines. Before any task call. */
void kernel_init(unsigned cores, uint32_t ticks_per_second);

/* The next of the numbers that tell tasks and objects apart. Any context. */
uint32_t kernel_new_id(void);

/* An unused one of kernel.heaps, or NULL. */
struct heap *kernel_free_heap(void);

/* The core that executes the caller. */
static inline struct core *kernel_core(void)
{
    return &kernel.cores[port_core()];
}

/* Takes pending interrupts and makes a switch that is due. By the port, at a safepoint. */
void kernel_settle(void);

/*
 * The kernel lock: masks interrupts on this core, then excludes the other cores. Entering is a
 * safepoint first, if interrupts were on; leaving takes what became pending and switches if due.
 * Nests: the outer kernel_leave() unlocks.
 *
 * kernel_mask() is for a section of the application's own (interrupts off). They differ for a task
 * that suspended itself: kernel_enter() does not let it go on, kernel_mask() does.
 *
 * Every call does this, so what happens nearly always on one core is inline, and has no calls in
 * it: nothing is due, nobody else is there, and masking is a flag.
 */
static inline bool kernel_enter(void);
static inline bool kernel_mask(void);
static inline void kernel_leave(bool masked);

bool kernel_mask_slowly(void);
void kernel_leave_slowly(void);

/* Gives the core away if its task was suspended, closed or forbidden it, and has not left yet. */
void kernel_leave_core(void);

static inline bool kernel_mask(void)
{
    struct port_seat *const here = port_here;
    struct core *const c = &kernel.cores[here->core];
    const int64_t left = here->budget - port_point_costs[POINT_KERNEL];

    if (c->masked)
        return true;
    if (left <= 0 || !here->alone || c->reschedule || kernel.irq.watched)
        return kernel_mask_slowly();
    here->budget = left;
    c->masked = true;
    return false;
}

static inline bool kernel_enter(void)
{
    const bool masked = kernel_mask();
    const struct task *const self = kernel_core()->current;

    if (!masked && self != NULL && self->state >= TASK_SUSPENDED)
        kernel_leave_core();
    return masked;
}

static inline void kernel_leave(bool masked)
{
    struct port_seat *const here = port_here;
    struct core *const c = &kernel.cores[here->core];
    const int64_t left = here->budget - port_point_costs[POINT_KERNEL];

    if (masked)
        return;
    if (left <= 0 || !here->alone || c->reschedule || kernel.irq.watched ||
        irq_any_pending(kernel.irq.pending[here->core])) {
        kernel_leave_slowly();
    } else {
        c->masked = false;
        here->budget = left;
    }
}

/* The body of an idle task: cleans up, then waits for something to do, for ever. */
_Noreturn void kernel_idle(void);

/* The tick interrupt's work on the calling core; core 0 counts the time. */
void kernel_tick(void);

/* Passes over `ticks` ticks at which nothing happens (the port, when every core idles). */
void kernel_skip_ticks(uint32_t ticks);

#endif
