/*
 * pool_and_ipc in three parts: objects and what is owed for each (ipc_objects.c), tasks and
 * interrupts that act on them (ipc_actors.c), and who waits, as the kernel's events tell it
 * (ipc_watch.c).
 */
#ifndef HEAPSIM_FUZZ_IPC_H
#define HEAPSIM_FUZZ_IPC_H

#include "../kernel/kernel.h"
#include "language.h"

enum { WORKERS = 6, COMMANDS = 12 };

/* clang-format off */
#define IPC_VERBS(VERB)                                                                            \
    VERB(sem_take) VERB(sem_give) VERB(sem_reset) VERB(sem_max)                                    \
    VERB(mutex_take) VERB(mutex_release)                                                           \
    VERB(event_set) VERB(event_clear) VERB(event_wait) VERB(event_sync) VERB(event_reset)          \
    VERB(queue_send) VERB(queue_receive) VERB(queue_peek) VERB(queue_reset)                        \
    VERB(stream_send) VERB(stream_receive) VERB(stream_reset) VERB(stream_trigger)                 \
    VERB(notify) VERB(notify_wait) VERB(notify_take) VERB(notify_cancel) VERB(notify_clear)        \
    VERB(pool_alloc) VERB(pool_free)                                                               \
    VERB(heap_alloc) VERB(heap_free) VERB(heap_realloc)                                            \
    VERB(renew)                                                                                    \
    VERB(timer_start) VERB(timer_stop) VERB(timer_period) VERB(timer_end) VERB(timer_post)         \
    VERB(sleep) VERB(yield) VERB(spend) VERB(suspend) VERB(resume) VERB(priority) VERB(close)      \
    VERB(raise) VERB(line_enable) VERB(line_priority)
/* clang-format on */

enum ipc_verb {
#define VERB(name) IPC_##name,
    IPC_VERBS(VERB)
#undef VERB
        IPC_VERBS_COUNT
};

/* Of the header. */
enum {
    IPC_ORDERS,
    IPC_HANDS,
    IPC_INHERIT,
    IPC_SUSPEND,
    IPC_COUNTS,
    IPC_SLOTS,
    IPC_SIZES,
    IPC_HEAP,
    IPC_FLAGS,
    IPC_PRIORITIES,
    IPC_NUMBERS = IPC_PRIORITIES + WORKERS
};

struct command {
    enum ipc_verb verb;
    uint32_t object, value, ticks;
    bool waits; /* it may */
    bool in_isr;
};

struct worker {
    struct task task;
    bool exists;
    bool parked;
    const void *inside; /* the object of the call that it is in */
    struct command commands[COMMANDS];
    unsigned first, count;
};

extern struct worker workers[WORKERS];

/* The one that runs now, or NULL: main, an ISR, a timer's function. */
struct worker *worker_self(void);
struct worker *worker_of(const struct task *task);

/* --- objects --- */

/* A task was closed that had been told to look. */
extern bool objects_lost_wake;

void objects_begin(const uint32_t *header);
void objects_do(const struct command *command);
void objects_worker_closed(struct worker *worker);
void objects_check(void); /* all other tasks wait */
void objects_end(void);   /* deletes all */
void objects_check_end(void);

/* --- actors --- */

extern enum suspend_blocked suspend_policy;
extern bool inherits_exactly;

void actors_boot(void);
void actors_begin(const uint32_t *header);
void actors_act(unsigned verb, const uint32_t *operands);
void actors_end(void);

/* What a timer or line does when it comes. */
void actors_timer_runs(unsigned timer);

/* --- who waits --- */

void watch_begin(void);
void watch_check(void);
bool watch_waits_on(const struct worker *worker, const struct wait_queue *queue);

/* After so many kernel events more this line becomes pending. */
void watch_ambush(unsigned events, unsigned line);

/* Those who wait for flags: what they want. */
extern struct wish {
    const void *event; /* NULL: none */
    uint32_t flags;
    bool all, clear;
} wishes[WORKERS];

#endif
