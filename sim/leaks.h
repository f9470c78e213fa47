/*
 * Leaks: live blocks that nothing points to any more (reach.h), by task and call site. Each such
 * group is a diagnosis; it makes a run end with EXIT_LEAKS, and is no misuse that stops one.
 */
#ifndef HEAPSIM_LEAKS_H
#define HEAPSIM_LEAKS_H

#include <stdbool.h>

enum leaks_option { LEAKS_NOT, LEAKS_AT_END, LEAKS_AND_HELD };

/* --leaks, --leaks=all. The ledger has started. False: no memory. */
bool leaks_start(enum leaks_option option);

/* Those that are looked for at the end. */
bool leaks_are_wanted(void);

/* The end: no task runs any more. `with_caller`: what the caller's stack holds is alive. */
void leaks_at_end(bool with_caller);

/* That leaks were named, so that the run is to end with EXIT_LEAKS. */
bool leaks_were_named(void);

/*
 * An instrumented function ends: what calls below it left on the stack is cleared, if a block was
 * allocated since. Else a frame of the kernel's that comes to lie there later, when the task waits,
 * may hold such a block by a word that it never writes.
 */
extern _Atomic int leaks_scrubs;
void leaks_scrub(void);

/* For another run in the same process. */
void leaks_reset(void);

#endif
