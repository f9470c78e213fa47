/* Whether the kernel's records agree with each other. */
#ifndef HEAPSIM_TESTS_INVARIANTS_H
#define HEAPSIM_TESTS_INVARIANTS_H

/*
 * Every task is in the state that the lists say it is in, each core runs one, and the ready queue
 * and the timeouts are in order. Prints what is wrong; returns how much is. From a task.
 */
unsigned kernel_faults(void);

#endif
