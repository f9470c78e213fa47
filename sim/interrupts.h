/*
 * What interrupts did in virtual time: how often each line was raised and taken, how long it waited
 * and ran, and how long interrupts were off at most, and where (--irq-report).
 *
 * All times are of the core concerned. A line that is raised from another core waits from that
 * core's time on.
 */
#ifndef HEAPSIM_INTERRUPTS_H
#define HEAPSIM_INTERRUPTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct irq_times {
    uint64_t least, most, sum; /* ns; least is 0 as long as there is none */
};

struct irq_statistics {
    uint32_t raised;           /* times */
    uint32_t merged;           /* of these, while it was pending already: lost */
    uint32_t taken;            /* times its ISR ran */
    uint32_t chained;          /* of these, right after another ISR */
    struct irq_times latency;  /* from raised to the first instruction of its ISR */
    struct irq_times duration; /* of its ISR, without those that interrupted it */
};

struct irq_off_time {
    uint64_t ns;      /* the longest one; 0: none */
    uint64_t end_ns;  /* when it ended */
    char task[40];    /* who it was, as in the text trace */
    const void *from; /* the call that put interrupts off, or NULL: the kernel did */
};

/* Of one line (0 to IRQ_LINES: the tick), over all cores. */
struct irq_statistics interrupts_of(unsigned line);

/* The longest time that interrupts were off on a core, wholly or in part (interrupts_watch()). */
struct irq_off_time interrupts_off(unsigned core);

/* From now on times with interrupts off are noted, which costs a little at each kernel call. */
void interrupts_watch(void);

/* Writes the report as text. */
void interrupts_report(FILE *file);

/* Forgets all that was counted. */
void interrupts_reset(void);

#endif
