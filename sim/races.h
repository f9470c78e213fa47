/*
 * The race detector (--races): two accesses to the same bytes, at least one of them a write, that
 * nothing orders. docs/races.md tells what orders accesses; race_context.h how that is kept.
 *
 * Virtual engine only: one host thread at a time runs. Looking costs no virtual time and takes no
 * random number, so a run is the same with it and without.
 */
#ifndef HEAPSIM_RACES_H
#define HEAPSIM_RACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an access is; none of it: a plain write. */
enum {
    ACCESS_WRITE = 0,
    ACCESS_READ = 1,
    ACCESS_VOLATILE = 2, /* of a word that the board reads and writes in one go */
    ACCESS_ATOMIC = 4
};

/* The one thing that is looked at when no detector runs. */
extern bool races_on;

/* From now on accesses are looked at: before the scheduler starts. False: no memory. */
bool races_start(void);

/*
 * Forgets all accesses, orders and reports, for another run in the same process; the kernel's state
 * is that of its beginning. O(memory that was touched).
 */
void races_reset(void);

/* One of the two accesses of the race that is being reported. */
struct race_access {
    const char *kind; /* "write", "volatile read"... */
    unsigned bytes;
    unsigned core;
    int line;      /* of the interrupt, or -1 */
    char task[64]; /* "": an interrupt, the program before the start */
    char who[120]; /* in words */
    const void *site;
    const void *frames[12]; /* outwards from there */
    size_t frame_count;
};
const struct race_access *race_told(bool earlier);

/* The run is over: says so if there was nothing to look at. */
void races_finish(void);

/* The running task or ISR is about to access memory; `site`: the return address of the hook. */
void races_access(const volatile void *address, size_t size, unsigned kind, const void *site);

/* An atomic operation that reads, writes, or both: it orders as well. */
void races_atomic(const volatile void *address, size_t size, bool reads, bool writes,
                  const void *site);

/* The flow of control goes on elsewhere. */
void races_edge(void);

/* A function is entered, called from there, or left. */
void races_call(const void *caller);
void races_return(void);

/* An ISR begins, whose own stack lies below `stack`, or ends. On the running core. */
void races_isr_enter(unsigned line, const void *stack);
void races_isr_exit(void);

/* The memory is about to be used for something else: who used it before does not matter. */
void races_forget(const void *begin, size_t size);

#endif
