/*
 * A detour around the allocators, for what changes where blocks lie or when their memory is used
 * again: --quarantine and --guard. Only a run that asks for one of them takes it; all others call
 * the allocators as they are.
 *
 *   heap.c -> pass_... -> guard.c, quarantine.c -> the allocator
 *
 * heap.c, and with it the ledger, sees what the application sees: a block in quarantine is free, a
 * guarded one lies where the application was told.
 */
#ifndef HEAPSIM_DETOUR_H
#define HEAPSIM_DETOUR_H

#include <stdbool.h>

/* From now on. False if the host does not allow it. */
bool detour_start(void);

#endif
