/*
 * What TLSF keeps in target memory and in heap->state. tlsf.c, which has the picture, holds the
 * operations; tlsf_pools.c sets up; tlsf_lists.h links; tlsf_check.c looks at the whole heap.
 */
#ifndef HEAPSIM_TLSF_LAYOUT_H
#define HEAPSIM_TLSF_LAYOUT_H

#include "bits.h"
#include "heap.h"

enum { TLSF_OPTION_FRONT };

enum { LEVELS = 24, LEVEL_LISTS = 32, LISTS = LEVELS * LEVEL_LISTS };

enum {
    ALIGN = 4,
    OVERHEAD = 4,      /* of a block: its size word */
    PAYLOAD = 8,       /* from a block's address to its payload */
    POOL_OVERHEAD = 8, /* size words of the first block and of the sentinel */
    LEAST = 12,        /* payload of the smallest block */
    FINE = 128         /* below it every size has its own list */
};
#define MOST 0x40000000u /* sizes from here on are refused */

enum { FREE = 1, PREV_FREE = 2, FLAGS = 3 };

/* Every address of one is a multiple of 4: pools are, and sizes. */
struct block {
    taddr_t prev;  /* the block before; its last payload word, so only valid while it is free */
    uint32_t word; /* size of the payload and flags */
    taddr_t next;  /* the list; payload while the block is used */
    taddr_t back;
};

struct control {
    struct block null; /* the end of every list: its address is the control structure's */
    uint32_t levels;   /* bit i: level i has a free block */
    uint32_t lists[LEVELS];
    taddr_t heads[LISTS];
};
_Static_assert(sizeof(struct control) == 3188, "as on a 32-bit target");

struct pool {
    taddr_t first;    /* first block: one word before the pool */
    tsize_t places;   /* words where a block can begin: a least block fits behind the last */
    taddr_t sentinel; /* the last block, of size 0 */
    taddr_t node;     /* RT-Thread's list node, or 0 */
};

struct tlsf {
    struct control *control;
    taddr_t null;  /* its address */
    tsize_t total; /* payloads and size words of all blocks */
    tsize_t used;
    tsize_t used_max;
    unsigned live;    /* used blocks */
    unsigned emptied; /* blocks that realloc left without payload, as upstream does (faithful) */
    unsigned pool_count;
    struct pool pools[HEAP_REGIONS_MAX];
};

static inline struct tlsf *tlsf(struct heap *h)
{
    _Static_assert(sizeof(struct tlsf) <= HEAP_STATE_BYTES, "state fits");
    return (struct tlsf *)(void *)h->state.bytes;
}

static inline struct block *block_at(taddr_t address)
{
    return target_pointer(address);
}

static inline taddr_t address_of(const struct block *block)
{
    return (taddr_t)(uintptr_t)block;
}

static inline tsize_t size_in(uint32_t word)
{
    return word & ~(uint32_t)FLAGS;
}

/* The block behind one of that size. */
static inline struct block *after(const struct block *block, tsize_t size)
{
    return block_at(address_of(block) + OVERHEAD + size);
}

/* True for every address where a block of the pool could begin, with LEAST bytes or more. */
static ALWAYS_INLINE bool pool_holds(const struct pool *pool, taddr_t block)
{
    const uint32_t offset = block - pool->first;

    return (offset >> 2 | offset << 30) < pool->places; /* inside, and a multiple of 4 */
}

const struct pool *tlsf_pool_of(const struct tlsf *s, taddr_t block);

/* True if a list may lead to `block`. */
static inline bool is_link(const struct tlsf *s, taddr_t block)
{
    return block == s->null || tlsf_pool_of(s, block) != NULL;
}

/* The most payload that a block there can have. */
static ALWAYS_INLINE tsize_t room_at(const struct pool *pool, taddr_t block)
{
    return pool->sentinel - OVERHEAD - block;
}

/* The list of blocks of that size; sizes below FINE go to list size / 4. */
static ALWAYS_INLINE unsigned list_of(tsize_t size)
{
    const unsigned high = bit_highest(size | FINE);

    return (high - 7) * LEVEL_LISTS + (size >> (high - 5));
}

/* tlsf_pools.c */
const char *tlsf_init(struct heap *h);
const char *tlsf_add_region(struct heap *h, const struct heap_region *region);
const char *tlsf_remove_region(struct heap *h, taddr_t begin);

/* tlsf_check.c */
bool tlsf_check(struct heap *h, struct heap_fault *fault);
void tlsf_walk(struct heap *h, heap_visit *visit, void *context);

/* Figures: payloads of the first pool, as rt_memory_info tells them. */
tsize_t tlsf_read_total(struct heap *h, unsigned region);
tsize_t tlsf_read_used(struct heap *h, unsigned region);

#endif
