/*
 * What the ledger knows better than the allocator: a heap sees a pointer that is no block of its;
 * the ledger, that it is another heap's block, or was freed long ago.
 */
#ifndef HEAPSIM_SUSPECT_H
#define HEAPSIM_SUSPECT_H

#include "../kernel/diagnosis.h"
#include "../kernel/heap/heap.h"

/* Of a request that failed: diagnoses one that no board can serve. */
void suspect_request(const struct heap_event *event);

/* The diagnosis with a more exact kind and text, where there is one. Async-signal-safe. */
struct diagnosis suspect_sharpen(const struct diagnosis *diagnosis);

#endif
