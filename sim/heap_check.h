/*
 * Walks whole heaps, to find what was overwritten in their headers and lists, and behind blocks:
 * all heaps when the run ends, and with --check-every each heap before every Nth operation on it.
 *
 *   operation     k        k + N       k + 2 N
 *   the heap    whole      whole      broken: it happened between k + N and k + 2 N, and these
 *                                     tasks and interrupts worked on heaps meanwhile
 *
 * A heap that somebody is at work on is left alone, and so is one whose memory was freed.
 */
#ifndef HEAPSIM_HEAP_CHECK_H
#define HEAPSIM_HEAP_CHECK_H

#include "ledger.h"

enum { HEAP_CHECK_USERS = 8 };

/* When a heap was seen whole last, and what happened since. */
struct heap_window {
    struct ledger_deed whole; /* the operation it was walked before; number 0: none */
    uint32_t operations;      /* on any heap since, that one included */
    uint32_t now;             /* the number of the operation in progress */
    uint32_t users[HEAP_CHECK_USERS], user_count; /* who did them, as ledger_who() has it; */
    bool more;                                    /* and others */
};

/* Each heap is walked before every `every`th operation on it. After ledger_start(). False: no
 * memory. */
bool heap_check_start(uint32_t every);

/* Forgets all, for another run in the same process. */
void heap_check_reset(void);

/* All live heaps, and what lies behind their blocks; what is wrong is diagnosed. */
void heap_check_all(void);

/* What is known of when a heap broke; NULL: nothing. */
const struct heap_window *heap_check_window(const struct heap *heap);

#endif
