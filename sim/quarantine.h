/*
 * --quarantine BYTES: freed blocks keep their memory until so many bytes were freed after them, so
 * that who still uses one does no harm to another, and is found: instrumented code at the access,
 * other code when the block leaves. Each heap has one of its own; pools have none.
 *
 * The allocator learns of a free only then: addresses and figures are no longer those of the board.
 */
#ifndef HEAPSIM_QUARANTINE_H
#define HEAPSIM_QUARANTINE_H

#include "../kernel/heap/heap.h"

/* After ledger_start(). 0 bytes: there is none. False: no memory. */
bool quarantine_start(tsize_t bytes);

/* Forgets all, for another run in the same process. */
void quarantine_reset(void);

/* Keeps a live block back that is being freed, filled; lets older ones go for it. `block`: as the
 * application knows it. False if it is not to be kept: the allocator frees it at once. */
bool quarantine_keeps(struct heap *h, taddr_t own, taddr_t block);

/* True, and told, if the block is kept back: it is freed already. */
bool quarantine_refuses(struct heap *h, taddr_t block);

/* Lets all blocks of the heap go. True if there was any. */
bool quarantine_empty(struct heap *h);

/* Looks at all that are kept back, at the end of the run. */
void quarantine_check(void);

#endif
