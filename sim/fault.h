/*
 * Faults of the processor: SIGSEGV and SIGBUS become a diagnosis like any other, told and ended as
 * --on-violation=stop does, since none of them can be continued.
 *
 * - The handler runs on a stack of its own, one for each thread that carries tasks: a task that ran
 *   off its stack has none left.
 * - Where the fault came is looked for by unwinding from the instruction. If it lies in the C
 *   library or in heapsim, the innermost line of the application is the place.
 * - Telling may need locks that the interrupted code holds: after a while the run ends with what
 *   can be said without. A fault while telling ends the process at once.
 * - In a run of an exploration it ends the process with EXIT_MISUSE; the replay tells.
 * - With AddressSanitizer the faults are its own.
 */
#ifndef HEAPSIM_FAULT_H
#define HEAPSIM_FAULT_H

/* In the first thread, before there are others that carry tasks. */
void fault_start(void);

/* In each other thread that carries tasks. */
void fault_thread_begins(void);

#endif
