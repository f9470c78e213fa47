/*
 * --guard ADDRESS, FILE.c:LINE or FUNCTION: a chosen block of the system heap lies against a page
 * without access, so that the first byte behind it faults in any code, a library's too.
 *
 *   no access | ...bytes... | block | gap to its alignment | no access
 *
 * The allocator has its own block where it always is, so no other address changes; the application
 * is told of a place in the host window instead. Once the block is freed its pages are without
 * access, until all others were used.
 */
#ifndef HEAPSIM_GUARD_H
#define HEAPSIM_GUARD_H

#include "../kernel/diagnosis.h"
#include "../kernel/heap/heap.h"

/* A choice, as --guard takes it. False: there are too many. */
bool guard_choose(const char *choice);
bool guard_is_wanted(void);

/* After ledger_start(). False: no memory. */
bool guard_start(void);

/* For detour.c, around the allocator's functions. */
taddr_t guard_place(struct heap *h, taddr_t block, tsize_t size); /* where it is said to lie */
taddr_t guard_own(taddr_t block);                                 /* where it really lies */
void guard_copy_back(taddr_t block);                              /* contents, before a resize */
void guard_retire(taddr_t block);    /* it is freed, or lies elsewhere */
tsize_t guard_usable(taddr_t block); /* 0: it is none of ours */

/* True for all of its pages, most of them without access. */
bool guard_has(taddr_t address);

/*
 * If the address lies between guarded blocks: what an access there did wrong, and on which heap.
 */
bool guard_judge(taddr_t address, enum diagnosis_kind *kind, const struct heap **heap);

#endif
