/*
 * What carries tasks: a stack and the means to go on where it left off. There are several kinds; a
 * run uses one of them (--carrier).
 *
 * - Control is passed from carrier to carrier. One that does not run waits in carrier_pass(), or is
 *   in the pool of those that carry nothing; they are created once and used again.
 * - Take, leave and drop are called by whoever holds the kernel lock, or while one carrier runs
 * only.
 * - A carrier's function begins with interrupts masked and never returns.
 */
#ifndef HEAPSIM_CARRIER_H
#define HEAPSIM_CARRIER_H

#include <pthread.h>
#include <stdbool.h>

struct carrier; /* each kind defines its own */

struct carrier_kind {
    const char *name; /* as --carrier takes it */
    bool is_thread;   /* a host thread each: it can be signalled */
    void (*enter)(struct carrier *first);
    struct carrier *(*take)(void (*run)(void *), void *argument, const char *name);
    void (*pass)(struct carrier *to);
    void (*leave)(struct carrier *to);
    void (*drop)(struct carrier *carrier);
    pthread_t (*host)(const struct carrier *carrier);
    void (*wake)(struct carrier *carrier); /* NULL: one carrier at a time can run */
    void (*reserve)(unsigned count);
    const void *(*stack_pointer)(const struct carrier *carrier);
};

extern const struct carrier_kind carrier_pthread;
extern const struct carrier_kind carrier_fibre;

/* The kind that this run uses; carrier_pthread unless another was chosen. */
extern const struct carrier_kind *carriers;

/* Before any other call. False if there is no kind of that name. */
bool carrier_choose(const char *name);

/* The carrier that executes the caller; NULL in a host thread that carries nothing. */
extern __thread struct carrier *carrier_self;

/* From the process's first thread: `first` runs. Does not return. */
_Noreturn static inline void carrier_enter(struct carrier *first)
{
    carriers->enter(first);
    __builtin_unreachable();
}

/*
 * The same with fibres, but it returns: when carrier_quit() is called, in whichever carrier; they
 * all stay where they are, and must not go on. Not with AddressSanitizer or ThreadSanitizer.
 */
void carrier_visit(struct carrier *first);
_Noreturn void carrier_quit(void);

/*
 * With fibres: the caller's own stack as a carrier, which passes control to others and gets it back
 * as they do, once it has said that it is carrier_self. NULL: it can't be found out where it lies.
 */
struct carrier *carrier_of_host(void);

/* A carrier that will call run(argument) when control is passed to it first. NULL: no memory. */
static inline struct carrier *carrier_take(void (*run)(void *), void *argument, const char *name)
{
    return carriers->take(run, argument, name);
}

/* Passes control to another carrier; returns when the caller gets it back. */
static inline void carrier_pass(struct carrier *to)
{
    carriers->pass(to);
}

/* Passes control for good: what the caller's stack holds is given up, its carrier is pooled. */
_Noreturn static inline void carrier_leave(struct carrier *to)
{
    carriers->leave(to);
    __builtin_unreachable();
}

/* Sends a carrier that waits in carrier_pass(), or never ran, back to the pool. */
static inline void carrier_drop(struct carrier *carrier)
{
    carriers->drop(carrier);
}

/* One carrier more runs, beside the caller. Where carriers are threads. */
static inline void carrier_wake(struct carrier *carrier)
{
    carriers->wake(carrier);
}

/*
 * Makes carriers until the pool has that many. Takes locks of libc, unlike carrier_take() from a
 * pool that is not empty; without the kernel lock.
 */
static inline void carrier_reserve(unsigned count)
{
    carriers->reserve(count);
}

/*
 * Of a carrier that waits in carrier_pass(), or never ran: its stack is in use from there upwards,
 * and holds all that registers did. Of one that runs: its whole stack.
 */
static inline const void *carrier_stack_pointer(const struct carrier *carrier)
{
    return carriers->stack_pointer(carrier);
}

/* The host thread that it runs on: for signals and for the watchdog. */
static inline pthread_t carrier_host(const struct carrier *carrier)
{
    return carriers->host(carrier);
}

#endif
