/*
 * The scheduler: fixed priorities on one or many cores. At any moment no ready task is more urgent
 * than a running one that it could displace.
 *
 * Ready tasks wait in one queue a set of cores (struct affinity). A core takes the most urgent of
 * the queues that it may take from; between equals one that is bound to it goes first, as
 * upstream's SMP scheduler has it.
 *
 * A task that becomes ready goes to the head of its priority's list, one that yields or has used up
 * its time slice to the tail (RT-Thread 4.1 to 5.2). A displaced task counts as not having yielded.
 */
#ifndef HEAPSIM_SCHED_H
#define HEAPSIM_SCHED_H

#include "task.h"

struct ready_queue {
    struct list lists[TASK_PRIORITIES];
    uint32_t bits[TASK_PRIORITIES / 32]; /* priorities with a ready task */
    uint32_t count;
};

/*
 * A set of cores, with the ready tasks that may run on these only. One for each core and one for
 * all are always there; others come when a task is first given them, and stay.
 */
struct affinity {
    uint32_t cores[CORES_MAX / 32];
    struct ready_queue ready;
    struct affinity *next; /* of those of several cores, but not all */
};

struct core {
    struct task *current; /* NULL before the scheduler starts */
    struct task idle;
    struct affinity *own;    /* of the tasks bound to it; NULL if there is one core only */
    volatile bool masked;    /* interrupts are off; only this core looks, in its ISRs too */
    volatile bool deaf;      /* for a moment the port lets none in at all: see irq_dispatch() */
    uint16_t mask_level;     /* lines of this priority and less urgent ones wait; 0: none */
    _Atomic bool reschedule; /* a switch is due as soon as it is allowed; set under the lock */
    uint32_t interrupts;     /* ISR nesting */
    uint8_t isr_priority;    /* of the ISR that runs */
    uint32_t isr_line;
    const void *off_site;  /* who switched interrupts off, if the application did */
    const void *isr_frame; /* where the outermost ISR's stack begins */
};

void sched_init(unsigned cores);

/* Makes a task READY and asks the right core to switch. Kernel lock held. Any context. */
void sched_ready(struct task *task);

/* Takes a READY task off the ready queue. */
void sched_unready(struct task *task);

/* A READY task whose priority is about to change, or has changed. */
void sched_requeue(struct task *task, uint8_t priority);

/* The set of these cores, see task_set_affinity(); NULL if there is no memory for another. */
struct affinity *affinity_of(uint64_t cores);

static inline bool affinity_has(const struct affinity *affinity, unsigned core)
{
    return (affinity->cores[core / 32] >> core % 32 & 1) != 0;
}

/* From now on the task may run on these cores; a RUNNING one stays where it is. */
void sched_move(struct task *task, struct affinity *affinity);

/*
 * Gives this core to the most urgent task; returns when the caller's task runs again. Kernel lock
 * held; not in an ISR.
 */
void sched_switch(void);

/* True if a switch is due on this core and nothing forbids it (ISR, mask, scheduler lock). */
bool sched_due(void);

/* All cores begin to run tasks, their idle tasks first. Does not return. */
_Noreturn void sched_start(void);

/* Counts the running task's time slice down. From the tick interrupt. */
void sched_tick(void);

#endif
