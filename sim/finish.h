/* How a run ends, and with which exit code. */
#ifndef HEAPSIM_FINISH_H
#define HEAPSIM_FINISH_H

#include "diagnose.h"

/*
 * Ends the process in an orderly way: standard streams flushed, traces complete, the hash printed.
 * `code` is what this ending says; misuse found earlier outranks it.
 */
_Noreturn void finish(enum exit_code code);

/* The first part of it: the engine stands still, what was asked for is printed, files are complete.
 */
void finish_reports(void);

/* --irq-report */
void finish_prints_interrupts(void);

/* Nobody ended the process though finish() was called a while ago: ends it as it is. */
_Noreturn void finish_late(void);

/* The application's main returned this. `waited`: it waited for something before. See main.c. */
void finish_main(int value, bool waited);

/* The time of --duration is over. */
_Noreturn void finish_duration(void);

/* Nothing can ever happen again: the tasks have all ended, or wait for ever (a deadlock). */
_Noreturn void finish_quiet(void);

/* The simulator can't go on; `what` completes "heapsim: ". */
_Noreturn void finish_out_of_memory(const char *what);

#endif
