/*
 * The virtual engine: a discrete-event simulation in which one host thread at a time runs.
 *
 * - Each virtual core has a clock of its own. The core that is furthest behind runs, for a seeded
 *   quantum of virtual time.
 * - Time passes at points (port_point): each costs a declared number of nanoseconds, taken from a
 *   budget. When the budget is used up, engine_point() delivers the interrupts that are due and
 * passes on to another task or core if need be. The budget never reaches beyond the next event.
 * - When every core idles, time jumps to the next event; without one, nothing can ever happen
 * again.
 */
#ifndef HEAPSIM_ENGINE_H
#define HEAPSIM_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

struct engine_options {
    unsigned cores;
    uint64_t seed;
    uint64_t duration_ns; /* 0: without limit */
    uint32_t ticks_per_second;
};

/* Before the scheduler starts; the kernel is set up (kernel_init). */
void engine_init(const struct engine_options *options);

/* Nanoseconds left until engine_point() must be called; every point takes its cost from it. */
extern int64_t engine_budget;

/* The budget is used up: settles time, delivers, switches, and grants a new one. */
void engine_point(void);

/* An event was added that may come before the budget's end: the next point looks anew. */
void engine_replan(void);

static inline void engine_cost(int64_t nanoseconds)
{
    if ((engine_budget -= nanoseconds) <= 0)
        engine_point();
}

/* Virtual time of the running core. */
uint64_t engine_now(void);

/* Lets that much time pass; points all along. */
void engine_spend(uint64_t nanoseconds);

/* True in a task or ISR of the running simulation; false in other threads, before it and after it. */
bool engine_runs_caller(void);

/* The run is over: time stands still, and points do nothing. */
void engine_stop(void);

/* True if --duration was given. */
bool engine_has_duration(void);

/* The carrier that executes now, or NULL before the start. */
struct carrier *engine_running_carrier(void);

/* Grows while the engine makes progress: for the watchdog. */
extern volatile uint64_t engine_progress;

/* What a point of each kind costs (enum point_kind), in nanoseconds. */
extern const int64_t engine_point_costs[];

#endif
