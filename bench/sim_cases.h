/*
 * What bench_sim measures: an operation of the RTOS on the simulator, and the nearest thing that
 * the host does without one.
 */
#ifndef HEAPSIM_BENCH_SIM_CASES_H
#define HEAPSIM_BENCH_SIM_CASES_H

#include <stdbool.h>
#include <stdint.h>

struct sim_case {
    const char *name;
    const char *title;
    const char *carrier;
    void (*before)(void);  /* not measured; or NULL */
    void (*run)(unsigned); /* that many operations, in the main task */
    unsigned count;        /* in one run */
    double aim_ns;         /* at most; 0: none */
    const char *raw_title; /* of the host's own */
    void (*raw)(unsigned); /* that many, in a process without a simulator; or NULL */
    unsigned raw_count;
    double aim_ratio; /* at most so many times the host's own; 0: none */
};

extern const struct sim_case sim_cases[]; /* ends with a NULL name */

/* The host's own operations. */
void raw_baton(unsigned count);
void raw_mask(unsigned count);
void raw_semaphore(unsigned count);
void raw_signal(unsigned count);
void raw_thread(unsigned count);

#endif
