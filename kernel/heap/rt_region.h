/*
 * One region of an RT-Thread memheap, which on the target is a heap of its own (struct rt_memheap).
 *
 *   region  | item | payload | item | payload | ... | tail item |
 *           ^ start, as given: at any address       ^ start + pool size - H
 *
 *   item    | magic + used bit | pool | next | prev | next_free | prev_free | [owner's name] |
 *   control | object | start | pool size | available | max used | block list | free list |
 *           | free header: an item |
 *
 * - Items are chained in address order by next and prev: addresses, in a ring that the tail closes.
 *   An item's payload ends where next is. The tail item is always used.
 * - Of two neighbours at most one is free. Free items and the free header are a ring by next_free
 *   and prev_free. `available` is the sum of the free payloads.
 * - What becomes free goes to the head of that list, or stays in the place of the free item below
 *   that absorbs it. In best mode a freed item that absorbs none goes before the first that is as
 *   large, which keeps the list roughly sorted.
 * - alloc looks at free items only, up to the first that fits. free looks at three items, in best
 *   mode at the list too; resizing in place at three.
 *
 * The control block belongs to the caller on the target. Here it lies in the heap's state, laid out
 * as on the target up to the free header (its lock is the dialect's business), so that the
 * addresses in the region are real ones.
 */
#ifndef HEAPSIM_RT_REGION_H
#define HEAPSIM_RT_REGION_H

#include "heap.h"

enum {
    ITEM_MAGIC = 0,
    ITEM_POOL = 4,
    ITEM_NEXT = 8,
    ITEM_PREV = 12,
    ITEM_NEXT_FREE = 16,
    ITEM_PREV_FREE = 20,
    ITEM_NAME = 24, /* memtrace only */
    ITEM_WORDS = 7
};

#define RT_ITEM_FREE 0x1ea01ea0u
#define RT_ITEM_USED 0x1ea01ea1u

/* The control block behind its object header, word by word as on the target. */
struct rt_region_control {
    taddr_t start;
    tsize_t pool_size, available, max_used;
    taddr_t block_list, free_list;
    uint32_t free_header[ITEM_WORDS];
};

enum { RT_REGION_OBJECT_WORDS = 19 }; /* at the longest name */

/* What the build options make of every region. */
struct rt_region_layout {
    tsize_t align;
    tsize_t header; /* H */
    tsize_t least;  /* smallest payload that alloc gives */
    tsize_t unit;   /* items lie at multiples of it above the region's start */
    bool named;     /* memtrace */
    bool best;      /* best mode */
};

struct rt_region {
    struct rt_region_layout layout;
    struct rt_region_control *control;
    taddr_t pool;  /* the control block's address: pool word of its items */
    taddr_t list;  /* its free header */
    taddr_t start; /* first item */
    taddr_t last;  /* above this no item starts but the tail, H higher */
    tsize_t span;  /* last - start */
    tsize_t items; /* no more than these can there be */
    taddr_t tail;
    taddr_t minus_start;  /* what turns an address into an offset, in one addition */
    tsize_t quick_places; /* span + 1 where the quick forms will do, else 0 */
    tsize_t unsplit;      /* less than this left over is not split off */
    uint32_t words[RT_REGION_OBJECT_WORDS + sizeof(struct rt_region_control) / 4];
};

/*
 * Lays a region out: `object` is the control block's address where the caller has one, or 0; the
 * name is that of the heap. NULL, or a clause that says why it can't be. O(1).
 */
const char *rt_region_init(struct heap *h, struct rt_region *r,
                           const struct rt_region_layout *layout, const struct heap_region *memory,
                           tsize_t name_max, taddr_t object);

/* Whether the quick forms may be taken, which know no other region; they know no options either. */
void rt_region_allow_quick(struct rt_region *r, bool allow);

/* A payload of n bytes (rounded, at least `least`), or 0. O(free items). */
taddr_t rt_region_alloc(struct heap *h, struct rt_region *r, tsize_t n);

/* The same without points where the first item of the free list, at `first`, is too small. */
taddr_t rt_region_alloc_further(struct heap *h, struct rt_region *r, tsize_t n, taddr_t first);

/* Frees a live block; a misuse if it is none, or if the items around it were overwritten. */
void rt_region_free(struct heap *h, struct rt_region *r, taddr_t block);

/* The item of a live block, or 0 if it is none, or if the items around it were overwritten. O(1).
 */
taddr_t rt_region_live_item(const struct rt_region *r, taddr_t block);

/* Resizes a live item where it lies; false, nothing changed, if it can't. */
bool rt_region_resize(struct heap *h, struct rt_region *r, taddr_t item, tsize_t n);

/* As heap_ops.check, of one region. */
bool rt_region_check(const struct rt_region *r, struct heap_fault *fault);

/* As heap_ops.walk, of one region; false if it stopped before the end. */
bool rt_region_walk(const struct rt_region *r, heap_visit *visit, void *context);

/* Bytes taken, headers included. */
static inline tsize_t rt_region_used(const struct rt_region *r)
{
    return r->control->pool_size - r->control->available;
}

/* --- items: for the region's own files --- */

static inline taddr_t next_of(taddr_t item)
{
    return load32(item + ITEM_NEXT);
}

static inline taddr_t prev_of(taddr_t item)
{
    return load32(item + ITEM_PREV);
}

static inline taddr_t next_free_of(taddr_t item)
{
    return load32(item + ITEM_NEXT_FREE);
}

static inline taddr_t prev_free_of(taddr_t item)
{
    return load32(item + ITEM_PREV_FREE);
}

static inline bool is_free(taddr_t item)
{
    return load32(item + ITEM_MAGIC) == RT_ITEM_FREE;
}

/* Bytes of payload. */
static inline tsize_t size_of(const struct rt_region *r, taddr_t item)
{
    return next_of(item) - item - r->layout.header;
}

static inline taddr_t tail_of(const struct rt_region *r)
{
    return r->tail;
}

/* True if an item's header may lie there, below the tail. */
static inline bool is_inside(const struct rt_region *r, taddr_t item)
{
    return item - r->start <= r->span;
}

/* True if the links of the free list may lead there. */
static inline bool is_link(const struct rt_region *r, taddr_t item)
{
    return is_inside(r, item) || item == r->list;
}

/* `item` lies inside: true if `next` leads to an item behind it that knows it. */
static inline bool leads_on(const struct rt_region *r, taddr_t item)
{
    return size_of(r, item) <= r->last - item && prev_of(next_of(item)) == item;
}

/* `item` lies inside: true if it is free and can be taken off its list and cut. */
static inline bool is_sound_free(const struct rt_region *r, taddr_t item)
{
    const taddr_t after = next_free_of(item);
    const taddr_t before = prev_free_of(item);

    return is_free(item) && leads_on(r, item) && is_link(r, after) && is_link(r, before) &&
           prev_free_of(after) == item && next_free_of(before) == item;
}

#endif
