/*
 * Which call may be made where: one table a dialect, and the judge over all of them.
 *
 * Principle. Where a call is made is a set of circumstances, a bit each: in an interrupt, with the
 * scheduler locked, with interrupts off... A plain task has none of them, and there every call may
 * be made: the judge is asked for the rest. A kind of calls ("heap", "waits") forbids some
 * circumstances, and in others only forbids to wait. A row gives a call its kind.
 *
 *   kernel/api/DIALECT/calls.def   CALL(rt_malloc, HEAP, "NULL")     one row a call
 *   kernel/api/DIALECT/rules.c     the kinds, and why each forbids what it does
 *
 * - A row begins with its call's name, and the dialect's functions pass that very string on as
 * struct heap_call.name: so the name leads to the row without a search.
 * - Every function of a dialect's public headers has a row; a test compares.
 * - docs/context-rules.md shows the tables; a test compares that, too.
 */
#ifndef HEAPSIM_RULES_H
#define HEAPSIM_RULES_H

#include "../kernel.h"

/* Ordered: the first that forbids a call is the one that is told. */
enum circumstance {
    IN_URGENT_ISR = 1 << 0, /* in an ISR more urgent than kernel.irq.ceiling */
    IN_ISR = 1 << 1,
    IN_BOOT_ISR = 1 << 2, /* in an ISR, before the scheduler starts */
    BEFORE_START = 1 << 3,
    SCHEDULER_LOCKED = 1 << 4,
    INTERRUPTS_OFF = 1 << 5, /* all of them, or those from some priority on */
    IN_IDLE = 1 << 6         /* in the idle task: its hooks */
};

enum {
    NOWHERE = 0,
    ISRS = IN_URGENT_ISR | IN_ISR | IN_BOOT_ISR,
    LOCKS = SCHEDULER_LOCKED | INTERRUPTS_OFF,
    NOT_A_TASK = ISRS | BEFORE_START,
    CIRCUMSTANCES = 7
};

/* Circumstances in which a call is forbidden, and in which it may be made but must not wait. */
struct rule_limits {
    uint8_t forbidden, no_wait;
};

struct rule_kind {
    const char *name;    /* for the table in the documentation */
    const char *reason;  /* a sentence: why it is so */
    const char *instead; /* a sentence: what to do instead in an interrupt */
    struct rule_limits limits;
    bool (*otherwise)(void); /* NULL, or whether those hold instead: */
    struct rule_limits other_limits;
    const char *other_when; /* in words: "--heap-lock=interrupts" */
};

/* One row. */
struct call_rule {
    char name[48]; /* first: see above */
    const struct rule_kind *kind;
    const char *refused; /* what the call answers where it is forbidden; "" if it returns nothing */
};

/* A dialect's table. */
struct call_rules {
    const struct call_rule *rows;
    unsigned count;
    const struct rule_kind *fallback; /* of names without a row: the C library's, under LIBC_HEAP */
    const char *task;                 /* what the dialect calls a task: "thread" */
    const char *lock_call, *mask_call; /* "rt_enter_critical" */
    const char *ends_by;     /* NULL: a task function may return; else what it does instead */
    const char *wakes_first; /* NULL: deleting wakes who waits; else what to do before */
};

/* Of the caller: a set of enum circumstance; 0 in a plain task. */
static inline unsigned rules_here(void)
{
    const struct core *const core = kernel_core();
    const struct task *const task = core->current;
    unsigned here = 0;

    if (core->interrupts > 0)
        return core->isr_priority < kernel.irq.ceiling ? IN_URGENT_ISR
               : task == NULL                          ? IN_BOOT_ISR
                                                       : IN_ISR;
    if (task == NULL)
        return BEFORE_START;
    if (task->schedule_locks > 0)
        here |= SCHEDULER_LOCKED;
    if (core->masked || core->mask_level != 0)
        here |= INTERRUPTS_OFF;
    if (task == &core->idle)
        here |= IN_IDLE;
    return here;
}

/* The limits of a kind as the run is set up. */
static inline struct rule_limits rules_limits(const struct rule_kind *kind)
{
    return kind->otherwise != NULL && kind->otherwise() ? kind->other_limits : kind->limits;
}

/* --- two rules that are about no context --- */

/* A task's function returned: true if the dialect's may; else diagnosed. */
bool rules_allow_return(const struct call_rules *rules, void (*function)(void *));

/* An object is to be deleted: true if no task waits for it, or the dialect wakes those; else
 * diagnosed. */
bool rules_allow_delete(const struct call_rules *rules, const struct wait_queue *queue,
                        struct heap_call call);

/* --- the judge --- */

/* The call's row; NULL if it has none. */
const struct call_rule *rules_row(const struct call_rules *rules, const char *name);

/* The part of the judge that is not inlined; kind NULL: the call's own. */
bool rules_judge(const struct call_rules *rules, const struct rule_kind *kind,
                 struct heap_call call, unsigned here, bool waits, bool tell);

/*
 * True if the call may be made here; else diagnosed. `waits`: it would have to wait. Any context.
 */
static inline bool rules_allow(const struct call_rules *rules, struct heap_call call, bool waits)
{
    const unsigned here = rules_here();

    return here == 0 || rules_judge(rules, NULL, call, here, waits, true);
}

/* The same for a step inside of a call, with a kind of its own. */
static inline bool rules_allow_as(const struct call_rules *rules, const struct rule_kind *kind,
                                  struct heap_call call, bool waits)
{
    const unsigned here = rules_here();

    return here == 0 || rules_judge(rules, kind, call, here, waits, true);
}

/* The same as rules_allow() without a diagnosis. */
static inline bool rules_would_allow(const struct call_rules *rules, struct heap_call call,
                                     bool waits)
{
    const unsigned here = rules_here();

    return here == 0 || rules_judge(rules, NULL, call, here, waits, false);
}

#endif
