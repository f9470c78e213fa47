/*
 * The common path of alloc and free in a memheap region, for rt_memheap.c to compile into its own:
 * rt_region.c's functions without what is rare. Each gives up, nothing changed, where the first
 * item of the free list is too small or the item above the freed one is free, and where anything is
 * odd: rt_region.c then does it, and names what is wrong.
 */
#ifndef HEAPSIM_RT_REGION_QUICK_H
#define HEAPSIM_RT_REGION_QUICK_H

#include "rt_region.h"

enum { QUICK_HEADER = 24 }; /* the header's bytes, wherever a quick form is taken */

static ALWAYS_INLINE bool rt_region_is_quick(const struct rt_region *r, taddr_t item)
{
    return item + r->minus_start < r->quick_places;
}

/* `item` is quick: true if its size, from next to the header, can be one, and next knows it. */
static ALWAYS_INLINE bool rt_region_leads_on(const struct rt_region *r, taddr_t item, taddr_t next)
{
    return next - item - QUICK_HEADER <= r->last - item && prev_of(next) == item;
}

/* The first item of the free list, at `list`, can be cut or taken; `after` follows it there. */
static ALWAYS_INLINE bool rt_region_is_sound_first(const struct rt_region *r, taddr_t list,
                                                   taddr_t item, taddr_t after)
{
    return is_free(item) && rt_region_leads_on(r, item, next_of(item)) &&
           prev_free_of(item) == list && (after == list || rt_region_is_quick(r, after)) &&
           prev_free_of(after) == item;
}

static ALWAYS_INLINE taddr_t rt_region_mark_used(struct rt_region *r, taddr_t item, tsize_t taken)
{
    struct rt_region_control *const c = r->control;
    const tsize_t available = c->available - taken;
    const tsize_t used = c->pool_size - available;

    store32(item + ITEM_MAGIC, RT_ITEM_USED);
    memset(target_pointer(item + ITEM_NEXT_FREE), 0, 8); /* and ITEM_PREV_FREE */
    c->available = available;
    if (used > c->max_used)
        c->max_used = used;
    return item + QUICK_HEADER;
}

/* n bytes of the first item: what is left over becomes an item, and takes its place in the list. */
static ALWAYS_INLINE taddr_t rt_region_cut_first(struct rt_region *r, taddr_t list, taddr_t item,
                                                 taddr_t after, tsize_t n)
{
    const taddr_t next = next_of(item);
    const taddr_t rest = item + QUICK_HEADER + n;

    store32(rest + ITEM_MAGIC, RT_ITEM_FREE);
    store32(rest + ITEM_POOL, r->pool);
    store32(rest + ITEM_NEXT, next);
    store32(rest + ITEM_PREV, item);
    store32(rest + ITEM_NEXT_FREE, after);
    store32(rest + ITEM_PREV_FREE, list);
    store32(next + ITEM_PREV, rest);
    store32(item + ITEM_NEXT, rest);
    store32(after + ITEM_PREV_FREE, rest);
    store32(list + ITEM_NEXT_FREE, rest);
    return rt_region_mark_used(r, item, QUICK_HEADER + n);
}

static ALWAYS_INLINE taddr_t rt_region_take_first(struct rt_region *r, taddr_t list, taddr_t item,
                                                  taddr_t after, tsize_t size)
{
    store32(after + ITEM_PREV_FREE, list);
    store32(list + ITEM_NEXT_FREE, after);
    return rt_region_mark_used(r, item, size);
}

/* Frees a live item below a used one; false if it is none. */
static ALWAYS_INLINE bool rt_region_free_below_used(struct rt_region *r, taddr_t item)
{
    const taddr_t list = r->list;
    const taddr_t first = next_free_of(list);

    if (!rt_region_is_quick(r, item) || load32(item + ITEM_MAGIC) != RT_ITEM_USED ||
        load32(item + ITEM_POOL) != r->pool || !rt_region_leads_on(r, item, next_of(item)) ||
        !(rt_region_is_quick(r, first) || first == list))
        return false;
    const taddr_t next = next_of(item);
    const taddr_t prev = prev_of(item);
    if (load32(next + ITEM_MAGIC) != RT_ITEM_USED ||
        !(rt_region_is_quick(r, prev) || prev == r->tail) || next_of(prev) != item)
        return false;
    store32(item + ITEM_MAGIC, RT_ITEM_FREE);
    if (is_free(prev)) {
        store32(prev + ITEM_NEXT, next);
        store32(next + ITEM_PREV, prev);
        r->control->available += next - item;
    } else {
        store32(item + ITEM_NEXT_FREE, first);
        store32(item + ITEM_PREV_FREE, list);
        store32(list + ITEM_NEXT_FREE, item);
        store32(first + ITEM_PREV_FREE, item);
        r->control->available += next - item - QUICK_HEADER;
    }
    return true;
}

#endif
