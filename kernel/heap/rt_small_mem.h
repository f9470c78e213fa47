/*
 * small-mem's state and the words of its items, for the files that know them: rt_small_mem.c, where
 * the layout stands at the top, and rt_small_mem_check.c.
 */
#ifndef HEAPSIM_RT_SMALL_MEM_H
#define HEAPSIM_RT_SMALL_MEM_H

#include "heap.h"
#include "rt_common.h"

enum { OPTION_ALIGN = RT_OPTION_ALIGN_INDEX, OPTION_NAME_MAX, OPTION_MEMTRACE, OPTION_FRONT };

/* Fields of the control block behind those of struct rt_memory. */
enum {
    CONTROL_BASE = 20,
    CONTROL_END = 24,
    CONTROL_LFREE = 28,
    CONTROL_CAPACITY = 32,
    CONTROL_SIZE = 36
};

enum { ITEM_POOL = 0, ITEM_NEXT = 4, ITEM_PREV = 8, ITEM_NAME = 12 };
enum { ITEM_USED = 1 }; /* bit 0 of the pool word */

struct small_mem {
    taddr_t control; /* control block, behind its object header */
    taddr_t pool;    /* pool word of a free item */
    taddr_t base;    /* offset 0 */
    tsize_t align;
    tsize_t header;   /* H */
    tsize_t least;    /* smallest payload that alloc gives */
    tsize_t capacity; /* largest payload */
    tsize_t end;      /* offset of the end item */
    tsize_t quick;    /* capacity, or 0 where the quick forms will not do: they write no names,
                        and raise a size to the least without a second look */
    tsize_t low_bits; /* align - 1 */
    tsize_t mask;     /* -align */
    tsize_t uncut;    /* an item of less than this above a payload is not cut for it */
    bool named;       /* memtrace */
};

static inline struct small_mem *small_mem(struct heap *h)
{
    _Static_assert(sizeof(struct small_mem) <= HEAP_STATE_BYTES, "state fits");
    return (struct small_mem *)(void *)h->state.bytes;
}

static inline uint32_t field(const struct small_mem *s, unsigned offset)
{
    return load32(s->control + offset);
}

/* --- items, by offset --- */

static inline tsize_t next_of(const struct small_mem *s, tsize_t item)
{
    return load32(s->base + item + ITEM_NEXT);
}

static inline tsize_t prev_of(const struct small_mem *s, tsize_t item)
{
    return load32(s->base + item + ITEM_PREV);
}

static inline uint32_t pool_of(const struct small_mem *s, tsize_t item)
{
    return load32(s->base + item + ITEM_POOL);
}

static inline bool is_used(const struct small_mem *s, tsize_t item)
{
    return pool_of(s, item) & ITEM_USED;
}

static inline tsize_t lfree_of(const struct small_mem *s)
{
    return field(s, CONTROL_LFREE) - s->base;
}

/* True if the item's links can be followed: forwards to an item inside the heap. */
static ALWAYS_INLINE bool leads_on(const struct small_mem *s, tsize_t item, tsize_t next)
{
    return next > item && next <= s->end;
}

extern const char rt_small_mem_algorithm[]; /* its address is in the control block */

bool rt_small_mem_check(struct heap *h, struct heap_fault *fault);
void rt_small_mem_walk(struct heap *h, heap_visit *visit, void *context);

#endif
