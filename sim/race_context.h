/*
 * Who accesses memory, and what is ordered: vector clocks.
 *
 * - A context is a task, an interrupt line on a core, or what runs before the scheduler starts.
 * Each has a clock, which goes on when it releases something.
 * - A context knows of each other one up to which clock that one's accesses come before its own
 *   (`seen`). An access is ordered before the running context's if its clock is not beyond that.
 * - What orders is a sync: a context that releases it leaves there what it has seen, one that
 *   acquires it takes that up. Semaphores, masked sections, timers... are syncs, by key.
 */
#ifndef HEAPSIM_RACE_CONTEXT_H
#define HEAPSIM_RACE_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../kernel/task/task.h"
#include "sparse.h"

enum {
    RACE_CONTEXTS = 1024,
    RACE_BOOT = 0, /* before the scheduler starts: comes before everything */
    RACE_CROWD = 1 /* tasks beyond that number: they share one, and are not looked at */
};

struct race_clock {
    uint32_t at[RACE_CONTEXTS]; /* 0 beyond those in use */
};

struct race_context {
    uint64_t epoch;       /* its clock << 32 | its index << 16: as an access is noted */
    uint32_t serial;      /* of no other context, from 1 */
    uint32_t version;     /* goes on, from 1, when it takes up what others have seen */
    uint32_t pending;     /* address of a volatile read that may be half of a read-modify-write */
    uint32_t call;        /* where it is: a node of race_stack.h */
    uint32_t calls_above; /* calls that are nested too deep for it */
    uint32_t born;        /* its clock when it began: an index is used again */
    uintptr_t own_stack;  /* of an ISR: below this lies its own stack; 0: a task */
    struct race_context *caller; /* of an ISR: who raised the line, and was interrupted for it */
    uint32_t id;                 /* of the task; or the line */
    uint32_t next_same;          /* of the tasks of one hash: an index, or 0 */
    bool is_isr;
    bool is_closed;
    bool is_woken;           /* and the event READY that follows says nothing new */
    bool waits_for_heap;     /* for the lock of a heap, which orders nothing */
    uint8_t core;            /* of an ISR */
    uint16_t sections;       /* open ones: bits by enum port_section */
    bool stays;              /* in its sections: on its core */
    uint16_t level;          /* of its section with interrupts off from some priority on */
    uint32_t scheduler_nest; /* nested scheduler locks */
    char name[TASK_NAME_MAX];
    struct race_clock seen;
};

/* The running one. */
struct race_context *race_self(void);

/* Of an index as in an epoch. */
const struct race_context *race_context(uint32_t index);

/* --- syncs --- */

enum race_sync {
    SYNC_OBJECT = 1,   /* of the kernel, by id */
    SYNC_ROOM,         /* of a queue, by id */
    SYNC_WORD,         /* an atomic or volatile one, by address */
    SYNC_LEVEL,        /* core; sections with interrupts off from a priority on */
    SYNC_PRIORITY,     /* core; ends of ISRs of a priority */
    SYNC_NO_SWITCH,    /* core; sections in which it passes to no other task */
    SYNC_CORES,        /* sections that exclude each other on all cores */
    SYNC_LINE,         /* line; was set up, let in or raised */
    SYNC_LINE_END,     /* line; ends of its ISRs */
    SYNC_TASKS_CLOSED, /* closed tasks, for who cleans up */
};

void race_release(struct race_context *self, enum race_sync kind, unsigned core, uint32_t value);
void race_acquire(struct race_context *self, enum race_sync kind, unsigned core, uint32_t value);

/* Everything `from` did so far comes before what `to` does next. */
void race_order(struct race_context *from, struct race_context *to);

bool race_syncs_start(void);
void race_syncs_reset(void);

/* Highest index in use, plus 1. */
uint32_t race_contexts_used(void);

#endif
