/*
 * Engines: what makes virtual cores run, and time pass on them. A run uses one of them (--engine).
 *
 *   virtual   a discrete-event simulation: one core at a time, time by declared cost (standard)
 *   parallel  cores run at the same time on the host's CPUs, by the wall clock
 *
 * - Code reaches points (port_point): each costs a declared number of nanoseconds, taken from the
 *   budget of the seat that runs it. When that is used up, port_point_due() does what is due: time,
 *   interrupts, switches. The parallel engine's budget is always used up.
 * - What both engines share lies in engine.c: how tasks begin, the interrupts' devices and ticks,
 *   the calls of heapsim.h. The rest is in struct engine_kind.
 */
#ifndef HEAPSIM_ENGINE_H
#define HEAPSIM_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "../kernel/port.h"
#include "lock.h"

struct carrier;
struct task;

struct engine_options {
    unsigned cores;
    uint64_t seed;
    uint64_t duration_ns; /* 0: without limit */
    uint32_t ticks_per_second;
};

#define ENGINE_NEVER UINT64_MAX

struct engine_kind {
    const char *name; /* as --engine takes it */
    bool in_order;    /* the seed decides all: a run can be repeated */
    void (*init)(const struct engine_options *options);
    void (*point)(void);
    uint64_t (*now)(void);
    void (*spend)(uint64_t nanoseconds);
    void (*replan)(void);
    void (*change_context)(void);
    void (*stop)(void);
    uint64_t (*random)(void);
    bool (*guard)(void);
    void (*unguard)(bool masked);
    bool (*hold)(void);
    void (*release)(bool held);
    struct carrier *(*holder)(unsigned core);
    bool (*stands_still)(unsigned core); /* after stop(); NULL where that is so at once */
    uint64_t (*progress)(unsigned core);

    /* port.h: what the kernel asks of it */
    void (*lock)(void);
    void (*unlock)(void);
    void (*interrupt)(void);
    bool (*isr_open)(void);
    void (*isr_close)(void);
    void (*kick)(unsigned core);
    void (*prepare)(void);
    void (*begin)(struct task *task);
    void (*hand_over)(struct task *from, struct task *to);
    void (*start)(void);
    void (*idle)(void);
};

extern const struct engine_kind engine_virtual;
extern const struct engine_kind engine_parallel;

/* The one of this run; engine_virtual unless another was chosen. */
extern const struct engine_kind *engine;

/* Before any other call. False if there is none of that name. */
bool engine_choose(const char *name);

/* Before the scheduler starts; the kernel is set up (kernel_init). */
void engine_init(const struct engine_options *options);

/* Before the scheduler starts nothing is due; time passes all the same. */
#define ENGINE_BOOT_BUDGET (INT64_MAX / 2)

/* The virtual engine's, and anyone's before the start. */
extern struct port_seat engine_only_seat;

/* An event was added that may come before the budget's end: the next point looks anew. */
void engine_replan(void);

/* An ISR begins or ends. */
void engine_change_context(void);

static inline void engine_cost(int64_t nanoseconds)
{
    if ((port_here->budget -= nanoseconds) <= 0)
        port_point_due();
}

/* Time since the start: virtual time of the running core, or the wall clock's. */
uint64_t engine_now(void);

/* Lets that much time pass; points all along. */
void engine_spend(uint64_t nanoseconds);

/* True in a task or ISR of the running simulation; false in other threads, before it and after it.
 */
bool engine_runs_caller(void);

/* True in an ISR that may have come between any two instructions: of libc, too. */
bool engine_in_handler(void);

/*
 * The run is over: time stands still, and points do nothing. On the parallel engine the other cores
 * stop at their next safepoint; the caller is the one that ends the process: a second does not
 * return.
 */
void engine_stop(void);

/*
 * The same where cores run at the same time, and returns when the others stand still: for who looks
 * at what tasks work on. For those that come to no safepoint it waits half a second
 * (ThreadSanitizer's threads: ten); false if they still have not come then.
 */
bool engine_settle(void);

/*
 * No interrupt at all comes in on the caller's core meanwhile: around a lock that ISRs take, too.
 * Nests. From any thread; no point.
 */
bool engine_hold(void);
void engine_release(bool held);

/* Such a lock. */
static inline bool engine_lock(struct lock *lock)
{
    const bool held = engine_hold();

    lock_take(lock);
    return held;
}

static inline void engine_unlock(struct lock *lock, bool held)
{
    lock_give(lock);
    engine_release(held);
}

/*
 * Held, and other cores are kept out: guards what the simulator keeps for all of them (the window's
 * free lists, the pool of carriers, the devices' schedule). Does not nest; inside the kernel lock.
 */
bool engine_guard(void);
void engine_unguard(bool held);

/* The clock that the duration and the ticks go by. */
extern struct engine_clock {
    uint64_t tick_ns;
    uint64_t end; /* ENGINE_NEVER: no limit */
} engine_clock;

/* True if --duration was given. */
bool engine_has_duration(void);

/* True from the start of the scheduler until engine_stop(). */
extern _Atomic bool engine_running;

/* Grows while the engine waits for the host on purpose: for the watchdog. */
extern _Atomic uint32_t engine_waits;

#endif
