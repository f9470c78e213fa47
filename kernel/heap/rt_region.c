/* One region of an RT-Thread memheap: see rt_region.h for the principle and the layout. */
#include "rt_region.h"

#include "../assert.h"
#include "rt_common.h"

#define NAME_BLANK 0x20202020u /* four spaces */

enum { OBJECT_CLASS_MEMHEAP = 0x07 };

static void set_owner(const struct rt_region *r, taddr_t item, uint32_t name)
{
    if (r->layout.named)
        store32(item + ITEM_NAME, name);
}

/* The item after `before` and the item before `after` are now each other's neighbours. */
static void join(taddr_t before, taddr_t after)
{
    store32(before + ITEM_NEXT, after);
    store32(after + ITEM_PREV, before);
}

/* A free item between two others; it is on no list yet. */
static void write_free_item(const struct rt_region *r, taddr_t item, taddr_t prev, taddr_t next)
{
    store32(item + ITEM_MAGIC, RT_ITEM_FREE);
    store32(item + ITEM_POOL, r->pool);
    set_owner(r, item, NAME_BLANK);
    join(prev, item);
    join(item, next);
}

/* --- free list --- */

static void link_between(taddr_t before, taddr_t item, taddr_t after)
{
    store32(item + ITEM_NEXT_FREE, after);
    store32(item + ITEM_PREV_FREE, before);
    store32(before + ITEM_NEXT_FREE, item);
    store32(after + ITEM_PREV_FREE, item);
}

static void push_head(const struct rt_region *r, taddr_t item)
{
    link_between(r->list, item, next_free_of(r->list));
}

static void unlink_item(taddr_t item)
{
    const taddr_t after = next_free_of(item);
    const taddr_t before = prev_free_of(item);

    store32(before + ITEM_NEXT_FREE, after);
    store32(after + ITEM_PREV_FREE, before);
}

HEAP_SLOW_PATH taddr_t broken_item(struct heap *h, taddr_t item)
{
    heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, item, 0,
                "the header there was overwritten: its links lead nowhere");
    return 0;
}

HEAP_SLOW_PATH taddr_t broken_list(struct heap *h, const struct rt_region *r)
{
    heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, r->start, 0,
                "a header in the region that starts there was overwritten: its free list leads "
                "nowhere");
    return 0;
}

static void take_available(const struct rt_region *r, tsize_t bytes)
{
    struct rt_region_control *const c = r->control;

    c->available -= bytes;
    if (c->pool_size - c->available > c->max_used)
        c->max_used = c->pool_size - c->available;
}

/* --- init --- */

static void write_control(struct heap *h, struct rt_region *r, tsize_t name_max, tsize_t pool_size)
{
    const tsize_t headers = 2 * r->layout.header;

    rt_object_write((taddr_t)(uintptr_t)r->words, name_max, h->name,
                    OBJECT_CLASS_MEMHEAP | RT_OBJECT_STATIC);
    *r->control = (struct rt_region_control){.start = r->start,
                                             .pool_size = pool_size,
                                             .available = pool_size - headers,
                                             .max_used = headers,
                                             .block_list = r->start,
                                             .free_list = r->list};
    store32(r->list + ITEM_MAGIC, RT_ITEM_FREE);
    store32(r->list + ITEM_POOL, r->pool);
    set_owner(r, r->list, NAME_BLANK);
}

/* The region as one free item and the tail. */
static void write_items(const struct rt_region *r)
{
    const taddr_t tail = tail_of(r);

    store32(tail + ITEM_MAGIC, RT_ITEM_USED);
    store32(tail + ITEM_POOL, r->pool);
    store32(tail + ITEM_NEXT_FREE, 0);
    store32(tail + ITEM_PREV_FREE, 0);
    set_owner(r, tail, NAME_BLANK);
    write_free_item(r, r->start, tail, tail);
    link_between(r->list, r->start, r->list);
}

void rt_region_allow_quick(struct rt_region *r, bool allow)
{
    r->quick_places = allow && !r->layout.best && r->layout.header == ITEM_NAME ? r->span + 1 : 0;
}

const char *rt_region_init(struct heap *h, struct rt_region *r,
                           const struct rt_region_layout *layout, const struct heap_region *memory,
                           tsize_t name_max, taddr_t object)
{
    const tsize_t object_size = rt_object_size(name_max);
    const tsize_t pool_size = align_down(memory->size, layout->align);

    if (pool_size < 2 * layout->header || memory->begin + pool_size < memory->begin)
        return "a region is too small for the two headers of a memheap";
    KERNEL_ASSERT(object_size <= RT_REGION_OBJECT_WORDS * 4 && target_reaches(r, sizeof *r));
    *r = (struct rt_region){.layout = *layout,
                            .control = (struct rt_region_control *)&r->words[object_size / 4],
                            .pool = object != 0 ? object : (taddr_t)(uintptr_t)r->words,
                            .start = memory->begin,
                            .last = memory->begin + pool_size - 2 * layout->header,
                            .span = pool_size - 2 * layout->header,
                            .items = pool_size / layout->header,
                            .tail = memory->begin + pool_size - layout->header,
                            .minus_start = 0 - memory->begin,
                            .unsplit = layout->header + layout->least};
    rt_region_allow_quick(r, true);
    r->list = (taddr_t)(uintptr_t)r->control->free_header;
    write_control(h, r, name_max, pool_size);
    write_items(r);
    if (!is_aligned(r->start, layout->align))
        heap_misuse(h, DIAGNOSIS_UNALIGNED_HEAP, r->start, memory->size,
                    "a memheap does not align the start of its region, so its blocks are no more "
                    "aligned than that");
    return NULL;
}

/* --- alloc --- */

/* Takes n bytes or, if the rest would be too small for a block, all of a free item: its payload. */
static taddr_t take(struct heap *h, const struct rt_region *r, taddr_t item, tsize_t n)
{
    const tsize_t header = r->layout.header;

    if (!is_sound_free(r, item))
        return broken_item(h, item);
    const tsize_t size = size_of(r, item);
    unlink_item(item);
    if (size >= n + header + r->layout.least) {
        const taddr_t rest = item + header + n;

        write_free_item(r, rest, item, next_of(item));
        push_head(r, rest);
        take_available(r, n + header);
    } else {
        take_available(r, size);
    }
    store32(item + ITEM_MAGIC, RT_ITEM_USED);
    store32(item + ITEM_NEXT_FREE, 0);
    store32(item + ITEM_PREV_FREE, 0);
    if (r->layout.named)
        store32(item + ITEM_NAME, heap_owner_word('\0'));
    return item + header;
}

/*
 * Strictly below `available`: a last block that fits to the byte is refused. Takes n bytes off the
 * first item of the free list that has them.
 */
taddr_t rt_region_alloc(struct heap *h, struct rt_region *r, tsize_t n)
{
    const tsize_t whole = r->layout.header + n;
    tsize_t left = r->items;
    taddr_t item = next_free_of(r->list);

    if (n >= r->control->available)
        return 0;
    while (is_inside(r, item) && left-- > 0) {
        heap_step(h);
        if (next_of(item) - item >= whole)
            return take(h, r, item, n);
        item = next_free_of(item);
    }
    return item == r->list ? 0 : broken_list(h, r);
}

/* The same where steps only count, from the first item of the list on, which is too small. */
taddr_t rt_region_alloc_further(struct heap *h, struct rt_region *r, tsize_t n, taddr_t item)
{
    const tsize_t places = r->quick_places;
    const taddr_t minus_start = r->minus_start;
    const tsize_t whole = r->layout.header + n;
    tsize_t left = r->items;

    do {
        if (next_of(item) - item >= whole) {
            h->cost.steps += r->items - left + 1;
            return take(h, r, item, n);
        }
        item = next_free_of(item);
    } while (--left > 0 && item + minus_start < places);
    h->cost.steps += r->items - left;
    return item == r->list ? 0 : broken_list(h, r);
}

/* --- free --- */

/*
 * Both neighbours must know the item, which no payload does by accident, and all that free and
 * resize will write to must lie inside: they need not ask again.
 */
static inline bool is_live(const struct rt_region *r, taddr_t item)
{
    if (!is_inside(r, item) || load32(item + ITEM_MAGIC) != RT_ITEM_USED ||
        load32(item + ITEM_POOL) != r->pool || !leads_on(r, item) ||
        !is_link(r, next_free_of(r->list)))
        return false;

    const taddr_t next = next_of(item);
    const taddr_t prev = prev_of(item);

    return (is_inside(r, prev) || prev == tail_of(r)) && next_of(prev) == item &&
           (load32(next + ITEM_MAGIC) == RT_ITEM_USED ||
            (is_inside(r, next) && is_sound_free(r, next)));
}

taddr_t rt_region_live_item(const struct rt_region *r, taddr_t block)
{
    const taddr_t item = block - r->layout.header;

    return is_live(r, item) ? item : 0;
}

/*
 * Best mode: the item that one of this size is listed before, the first that is as large; or the
 * free header; or 0 where the list can't be followed.
 */
static taddr_t place_by_size(struct heap *h, const struct rt_region *r, tsize_t size)
{
    tsize_t left = r->items;
    taddr_t before = r->list;
    taddr_t item = next_free_of(r->list);

    while (is_inside(r, item) && prev_free_of(item) == before && left-- > 0) {
        heap_step(h);
        if (size_of(r, item) >= size)
            return item;
        before = item;
        item = next_free_of(item);
    }
    return item == r->list && prev_free_of(item) == before ? item : 0;
}

/* At the head if the list can't be followed. */
HEAP_SLOW_PATH void list_by_size(struct heap *h, const struct rt_region *r, taddr_t item)
{
    const taddr_t after = place_by_size(h, r, size_of(r, item));

    if (after != 0) {
        link_between(prev_free_of(after), item, after);
    } else {
        broken_list(h, r);
        push_head(r, item);
    }
}

/* Merges a live item that becomes free downwards first, then upwards. */
static void free_item(struct heap *h, struct rt_region *r, taddr_t item)
{
    const tsize_t header = r->layout.header;
    const taddr_t next = next_of(item);
    const taddr_t prev = prev_of(item);
    tsize_t gained = next - item - header;

    heap_step(h);
    store32(item + ITEM_MAGIC, RT_ITEM_FREE);
    set_owner(r, item, NAME_BLANK);
    heap_step(h);
    const bool absorbed = is_free(prev);
    if (absorbed) {
        gained += header;
        item = prev;
        join(item, next);
    }
    heap_step(h);
    if (is_free(next)) {
        gained += header;
        unlink_item(next);
        join(item, next_of(next));
    }
    r->control->available += gained;
    if (absorbed)
        return;
    if (r->layout.best)
        list_by_size(h, r, item);
    else
        push_head(r, item);
}

void rt_region_free(struct heap *h, struct rt_region *r, taddr_t block)
{
    const taddr_t item = block - r->layout.header;

    if (is_live(r, item))
        free_item(h, r, item);
    else
        heap_bad_pointer(h, block);
}

/* --- resize --- */

/*
 * The item after this one is free and large enough: it starts n - old bytes higher and goes to the
 * head of the list. It is never taken whole.
 */
static void grow(const struct rt_region *r, taddr_t item, tsize_t n)
{
    const taddr_t next = next_of(item);
    const taddr_t after = next_of(next);
    const taddr_t rest = item + r->layout.header + n;

    take_available(r, n - size_of(r, item));
    unlink_item(next);
    write_free_item(r, rest, item, after);
    push_head(r, rest);
}

/* Cuts an item to n bytes; what it loses is large enough for a block. */
static void shrink(const struct rt_region *r, taddr_t item, tsize_t n)
{
    const taddr_t rest = item + r->layout.header + n;
    taddr_t next = next_of(item);
    tsize_t gained = size_of(r, item) - n;

    if (is_free(next)) {
        unlink_item(next);
        next = next_of(next);
    } else {
        gained -= r->layout.header;
    }
    r->control->available += gained;
    write_free_item(r, rest, item, next);
    push_head(r, rest);
}

bool rt_region_resize(struct heap *h, struct rt_region *r, taddr_t item, tsize_t n)
{
    const tsize_t least = r->layout.least;
    const tsize_t old = size_of(r, item);
    const taddr_t next = next_of(item);

    heap_step(h);
    if (n <= old) {
        if (n + r->layout.header + least < old)
            shrink(r, item, n);
        return true;
    }
    if (!is_free(next))
        return false;
    if (n + least < n) {
        heap_misuse(h, DIAGNOSIS_SIZE_OVERFLOW, item + r->layout.header, n,
                    "the size wraps with the least block added; the real code would write below "
                    "the block");
        return false;
    }
    if (size_of(r, next) + old <= n + least)
        return false;
    grow(r, item, n);
    return true;
}
