/*
 * Which live blocks are still within reach of the program, by a conservative search: every aligned
 * word of four or eight bytes that holds an address in a block keeps that block.
 *
 * Where it begins: the program's static data; RAM that is in no heap; the host's records of kernel
 * objects; the stacks of tasks that live, from where they are in use upwards; the caller's. From
 * there through the blocks that are reached. What lies in a heap and is in no live block counts for
 * nothing, and so do the stacks of tasks that have ended.
 *
 * O(bytes looked at * log(blocks)). The memory it needs is mapped, and given back.
 */
#ifndef HEAPSIM_REACH_H
#define HEAPSIM_REACH_H

#include <stddef.h>

#include "ledger.h"

/* One live block, in the order of addresses: of nested ones the outer first. */
struct reach_block {
    const struct ledger_block *block;
    taddr_t begin, end;
    uint32_t outer; /* the index of the block that it lies in, or REACH_NONE */
    bool reached;
};

enum { REACH_NONE = UINT32_MAX };

struct reach {
    struct reach_block *blocks;
    uint32_t count;
    size_t size; /* of what is mapped */
};

/*
 * The live blocks, and which of them are reached. Of the caller's stack all counts from `frame` on
 * (NULL: nothing): the frame of a function that is called where all registers have been saved, so
 * that what heapsim's own functions left there is no part of it. False: no memory. No other task
 * runs meanwhile. From any context.
 */
bool reach_find(struct reach *reach, const void *frame);
void reach_end(struct reach *reach);

/* Memory of heapsim's own that is no part of the program: it may hold addresses, or text. */
void reach_leave_out(const void *begin, size_t size);

/* The application's main begins on the first thread, in that frame; it starts the scheduler. */
void reach_main_begins(const void *frame);
void reach_main_waits(void);

#endif
