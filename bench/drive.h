/* The loops that make a workload's calls, one set for each kind of allocator (adapters.h). */
#ifndef HEAPSIM_BENCH_DRIVE_H
#define HEAPSIM_BENCH_DRIVE_H

#include "workload.h"

enum driver_kind { DRIVE_NULL, DRIVE_LIST, DRIVE_DIRECT, DRIVE_FRONT, DRIVE_HOST };

/* What single operations cost; entry 0 is the first that was made. */
struct costs {
    uint32_t *ns;
    uint32_t *steps; /* heaps only */
    uint32_t *moved;
};

/*
 * Makes the operations [from, to), and keeps what slot i holds in slots[i]. Returns the index of
 * the first one that got no memory, at which it ends, or `to`.
 */
size_t drive(enum driver_kind kind, const struct workload *workload, size_t from, size_t to,
             uintptr_t *slots);

/* The same function under a name of its own, for profilers: what is called here is measured. */
size_t drive_measured(enum driver_kind kind, const struct workload *workload, size_t from,
                      size_t to, uintptr_t *slots);

/* The same with a look at the clock, and at bench_heap's counters, around each operation. */
size_t drive_each(enum driver_kind kind, const struct workload *workload, size_t from, size_t to,
                  uintptr_t *slots, const struct costs *costs);

/* Time, ns; and time that this process had the CPU, which costs a system call to ask for. */
uint64_t drive_clock(void);
uint64_t drive_cpu_clock(void);

#endif
