/*
 * What the ledger knows better than the allocator: a heap sees a pointer that is no block of its;
 * the ledger, that it is another heap's block, or was freed long ago.
 */
#ifndef HEAPSIM_SUSPECT_H
#define HEAPSIM_SUSPECT_H

#include "../kernel/diagnosis.h"

/* Before the first heap: from then on, requests that no board can serve are diagnosed. */
void suspect_start(void);

/* The diagnosis with a more exact kind and text, where there is one. Async-signal-safe. */
struct diagnosis suspect_sharpen(const struct diagnosis *diagnosis);

#endif
