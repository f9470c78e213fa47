/*
 * Finds what code did to a heap that nobody looks at while it runs: libraries, and sources compiled
 * without instrumentation. What no correct program touches is filled, and looked at later.
 *
 *   slack   | block: bytes asked for | 0xfd ...    looked at when the block is freed or resized,
 * and
 *           |<- size                 |<- usable     when the run ends
 *   freed   | 16 | 0xdd ... | 8 |                  looked at when the memory is given out again
 *
 * - Of freed memory only bytes that no allocator writes: HEAP_WRITES_NEAR (heap.h) tells of which
 *   heaps. What an operation may have written is forgotten, so nothing is invented.
 * - At most FILL_MOST bytes of each are filled: the cost of an operation does not depend on sizes.
 * - Nothing an allocator reads is changed: addresses and figures stay as they are.
 */
#ifndef HEAPSIM_FILL_H
#define HEAPSIM_FILL_H

#include "../kernel/heap/heap.h"

enum fill_what { FILL_NONE, FILL_SLACK, FILL_ALL };
enum { FILL_MOST = 512 };

/* none, slack or all; false for another word. */
bool fill_parse(const char *word, enum fill_what *what);

/* After ledger_start(), which it listens to. False: no memory. */
bool fill_start(enum fill_what what);

/* Forgets all, for another run in the same process. */
void fill_reset(void);

/* Looks at the slack of a heap's live blocks, as `call` finds it. O(records of the ledger). */
void fill_check_heap(const struct heap *heap, struct heap_call call);

#endif
