/* The blocks that an input holds, from pools and the heap: whose they are and what is in them. */
#ifndef HEAPSIM_FUZZ_IPC_BLOCKS_H
#define HEAPSIM_FUZZ_IPC_BLOCKS_H

#include "../kernel/target.h"

enum { BLOCKS = 64 };

struct held_block {
    taddr_t address;
    tsize_t size;
    unsigned owner; /* a pool's number, or any other */
    uint8_t mark;
};

extern struct held_block held_blocks[BLOCKS];
extern unsigned held_count;

/* Fails if it overlaps one that is held; fills it. False: it can't be noted, give it back. */
bool block_take(unsigned owner, taddr_t address, tsize_t size);

/* Its contents are what they were. */
void block_check(const struct held_block *block);

/* The one that is number n of this owner's, or NULL. */
struct held_block *block_of(unsigned owner, unsigned n);
/* The one of this owner's that lies there, or NULL. */
struct held_block *block_at(unsigned owner, const void *address);
unsigned block_count(unsigned owner);
void block_drop(struct held_block *block);

#endif
