/*
 * Under Valgrind's memcheck: it is told which bytes of heaps and pools an application may touch,
 * and which of them nobody has written yet. Then what it finds in an application, compiled with or
 * without instrumentation, is what it finds in the blocks of a malloc.
 *
 *   a region of a heap   no access          a block, while it lives   the bytes asked for
 *   taken                undefined, but for what a calloc cleared and a realloc kept
 *
 * Allocators work on what it is told that nobody may touch: while one of their functions runs, its
 * reports are off in that thread, but for the points at which an interrupt or another task comes
 * in.
 */
#ifndef HEAPSIM_MEMCHECK_H
#define HEAPSIM_MEMCHECK_H

#include <stdbool.h>

extern bool memcheck_on;

/* True if the program runs under Valgrind, and can tell it something. */
bool memcheck_is_here(void);

/* After ledger_start(), which it listens to. Does nothing where the program runs as it is. */
void memcheck_start(void);

/* Around what comes in between: reports are on. What the first returns is for the second. */
unsigned memcheck_pause(void);
void memcheck_go_on(unsigned paused);

#endif
