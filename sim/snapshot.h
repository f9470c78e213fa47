/*
 * The state of a run, taken at its start and put back before the next one: RAM regions, the
 * program's static data (the kernel's and the simulator's with it), stacks and objects in the host
 * window. What lies elsewhere stays as it is: the C library's heap and streams, files, and what was
 * mapped for a purpose.
 *
 * Pages are write-protected, so that the first write to each faults: it is copied then, and put
 * back from there after every run from then on. Runs write few pages, mostly the same.
 */
#ifndef HEAPSIM_SNAPSHOT_H
#define HEAPSIM_SNAPSHOT_H

#include <stdbool.h>

/* True if it can be done in this build: sanitizers keep a state of their own beside each page. */
bool snapshot_is_possible(void);

/*
 * The state as it is now. From a stack that is no part of it. False if there is no memory. No
 * other host thread may write to what is watched from here on.
 */
bool snapshot_take(void);

/* Puts it back. From a stack that is no part of it. */
void snapshot_restore(void);

#endif
