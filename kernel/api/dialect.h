/* The one entry of a dialect that the simulator calls. */
#ifndef HEAPSIM_DIALECT_H
#define HEAPSIM_DIALECT_H

/*
 * The dialect's start-up, as the board's reset handler would call it: system heap over
 * [begin, begin + size), then the main task or main itself, then the scheduler. Each dialect
 * library defines it once. Does not return.
 */
_Noreturn void dialect_start(void *begin, unsigned long size);

#endif
