/* What both benchmarks need to measure fairly: runs in processes of their own, on one CPU. */
#ifndef HEAPSIM_BENCH_CHILD_H
#define HEAPSIM_BENCH_CHILD_H

#include <stdbool.h>
#include <stddef.h>

/* Where the process runs already: a switch of CPUs in the middle of a run would be timed. */
void child_stay_on_this_cpu(void);

/* Zeroed memory that child processes share, or NULL. */
void *child_shared_memory(size_t size);

/* Calls work(argument) in a child process. False if that does not end with _exit(0), with what
 * waitpid() says in *status.
 */
bool child_run(void (*work)(void *argument), void *argument, int *status);

#endif
