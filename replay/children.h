/* Runs in processes of their own: each has an arena and statics of its own. */
#ifndef HEAPSIM_REPLAY_CHILDREN_H
#define HEAPSIM_REPLAY_CHILDREN_H

#include <stddef.h>
#include <sys/types.h>

/* How many are worth having at once: the CPUs. */
unsigned children_at_once(void);

/* fork(): 0 in the child, which ends with _exit(EXIT_PASSED), or exits with a sentence and a code.
 */
pid_t start_child(void);

/* Waits for any child; where it gave up, so does this process, with its exit code. */
void join_child(void);

/* Zeroed memory that this process and its children see alike. */
void *share(size_t size);
void unshare(void *memory, size_t size);

#endif
