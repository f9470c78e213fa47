/*
 * OneOS's older small-mem (magic 0x1ea0): the one heap of OneOS 1.x, and OS_MEM_ALG_SMALL of
 * OneOS-Lite as a region's algorithm. First fit by address, merging on free.
 *
 *   Lite   | control block | first, end, lfree, T | item | item | ... | end item |
 *   1.x                                           | item | item | ... | end item |
 *                                                 ^ base = offset 0   ^ offset T + h
 *
 *   item   | magic | used | next | prev | [owner] | payload
 *
 * - Items are chained in address order by next and prev, byte offsets from base. An item's size is
 *   next - offset, its header of h bytes included. The end item is always used.
 * - Of two neighbours at most one is free. `lfree` is a free item, or the end item: the lowest free
 *   one but for those that realloc cut off below it, which are not seen until it moves there.
 * - alloc looks at every item from lfree to the first that fits; taking lfree itself walks on to
 *   the next free one. It never looks at what begins in the last n bytes, so the end of the heap
 *   is never filled exactly. free and realloc in place look at three items.
 *
 * 1.x keeps figures and lfree in static variables, Lite in the region: r->figures and
 * r->small.lfree are their addresses.
 */
#include "allocators.h"
#include "oneos.h"
#include "rt_common.h"

enum { ITEM_STATE = 0, ITEM_NEXT = 4, ITEM_PREV = 8, ITEM_OWNER = 12 };
enum { ITEM_FREE = 0x1ea0, ITEM_USED = 1 << 16 | 0x1ea0 }; /* two fields of 16 bits */

/* Lite's own structure in the region. */
enum { OWN_FIRST = 0, OWN_END = 4, OWN_LFREE = 8, OWN_CAPACITY = 12, OWN_SIZE = 16 };

enum { LEAST = 12 };        /* smallest payload that alloc gives, before alignment */
enum { SHRINK_SLACK = 12 }; /* realloc in place leaves more than a header and this behind */

#define NAME_INIT  0x54494e49u /* "INIT" */
#define NAME_BLANK 0x20202020u /* four spaces */

/* --- items, by offset --- */

static uint32_t state_of(const struct oneos_region *r, tsize_t item)
{
    return load32(r->small.base + item + ITEM_STATE);
}

static tsize_t next_of(const struct oneos_region *r, tsize_t item)
{
    return load32(r->small.base + item + ITEM_NEXT);
}

static tsize_t prev_of(const struct oneos_region *r, tsize_t item)
{
    return load32(r->small.base + item + ITEM_PREV);
}

static void set_state(const struct oneos_region *r, tsize_t item, uint32_t state)
{
    store32(r->small.base + item + ITEM_STATE, state);
}

static void set_next(const struct oneos_region *r, tsize_t item, tsize_t next)
{
    store32(r->small.base + item + ITEM_NEXT, next);
}

static void set_prev(const struct oneos_region *r, tsize_t item, tsize_t prev)
{
    store32(r->small.base + item + ITEM_PREV, prev);
}

static void set_name(const struct oneos_region *r, tsize_t item, uint32_t name)
{
    if (r->small.named)
        store32(r->small.base + item + ITEM_OWNER, name);
}

/* 1.x stores the task's name in a block, Lite its address. */
static void set_owner(const struct oneos_region *r, tsize_t item)
{
    if (r->small.named)
        set_name(r, item, heap_owner_word(' '));
    else if (r->traced)
        store32(r->small.base + item + ITEM_OWNER, heap_owner_task());
}

static void write_item(const struct oneos_region *r, tsize_t item, uint32_t state, tsize_t next,
                       tsize_t prev, uint32_t name)
{
    set_state(r, item, state);
    set_next(r, item, next);
    set_prev(r, item, prev);
    set_name(r, item, name);
}

static tsize_t lfree_of(const struct oneos_region *r)
{
    return load32(r->small.lfree) - r->small.base;
}

static void set_lfree(const struct oneos_region *r, tsize_t item)
{
    store32(r->small.lfree, r->small.base + item);
}

/* An item whose link can be followed: forwards to an item inside the heap. */
static bool leads_on(const struct oneos_region *r, tsize_t item)
{
    const uint32_t state = state_of(r, item);
    const tsize_t next = next_of(r, item);

    return (state == ITEM_FREE || state == ITEM_USED) && next > item && next <= r->small.end &&
           is_aligned(next, r->small.align);
}

COLD static void broken(struct heap *h, const struct oneos_region *r, tsize_t item)
{
    heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, r->small.base + item, 0,
                "the header there was overwritten: its links lead nowhere");
}

/* --- init --- */

/* Lays items out over [base, end), both aligned; false, and nothing written, if it is too small. */
static bool lay_out(struct oneos_region *r, taddr_t base, taddr_t end)
{
    r->header = align_up(r->traced ? ITEM_OWNER + 4 : ITEM_OWNER, r->small.align);
    r->size_max = UINT32_MAX; /* any size above the capacity is refused before it is rounded */
    if (end < base || end - base < 2 * r->header)
        return false;
    r->small.base = base;
    r->small.capacity = end - base - 2 * r->header;
    r->small.end = r->small.capacity + r->header;
    r->end = end;
    write_item(r, 0, ITEM_FREE, r->small.end, 0, NAME_INIT);
    write_item(r, r->small.end, ITEM_USED, r->small.end, r->small.end, NAME_INIT);
    set_lfree(r, 0);
    return true;
}

static bool lite_init(struct heap *h, struct oneos_region *r, taddr_t area, tsize_t size)
{
    (void)h;
    r->base = area;
    r->total = size;
    r->small.align = 4;
    r->small.lfree = area + OWN_LFREE;
    r->small.named = false;
    if (size < OWN_SIZE || !lay_out(r, area + OWN_SIZE, area + size))
        return false;
    r->own = OWN_SIZE + 2 * r->header;
    store32(area + OWN_FIRST, r->small.base);
    store32(area + OWN_END, r->small.base + r->small.end);
    store32(area + OWN_CAPACITY, r->small.capacity);
    return true;
}

/* --- alloc --- */

/* The first free item from lfree on whose payload holds n bytes, or the end item. */
static tsize_t find_fit(struct heap *h, const struct oneos_region *r, tsize_t n)
{
    tsize_t item = lfree_of(r);

    if (item > r->small.end || !is_aligned(item, r->small.align)) {
        heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, r->small.lfree, 0,
                    "the address of the lowest free block, kept there, was overwritten");
        return r->small.end;
    }
    while (item < r->small.capacity - n) {
        heap_step(h);
        if (!leads_on(r, item)) {
            broken(h, r, item);
            break;
        }
        const tsize_t next = next_of(r, item);
        if (state_of(r, item) == ITEM_FREE && next - item >= n + r->header)
            return item;
        item = next;
    }
    return r->small.end;
}

/* lfree was taken: moves it to the next free item. */
static void advance_lfree(struct heap *h, const struct oneos_region *r, tsize_t item)
{
    while (item != r->small.end && state_of(r, item) == ITEM_USED) {
        heap_step(h);
        if (!leads_on(r, item)) {
            broken(h, r, item);
            return;
        }
        item = next_of(r, item);
    }
    set_lfree(r, item);
}

/* Cuts n payload bytes off the front of an item; the rest, which is returned, becomes a free one.
 */
static tsize_t split(const struct oneos_region *r, tsize_t item, tsize_t n)
{
    const tsize_t next = next_of(r, item);
    const tsize_t rest = item + r->header + n;

    write_item(r, rest, ITEM_FREE, next, item, NAME_BLANK);
    set_next(r, item, rest);
    if (next != r->small.end)
        set_prev(r, next, rest);
    return rest;
}

static taddr_t small_alloc(struct heap *h, const struct oneos_region *r, tsize_t bytes)
{
    const tsize_t least = align_up(LEAST, r->small.align);
    tsize_t n = align_up(bytes, r->small.align);

    if (bytes == 0 || bytes > r->small.capacity || n > r->small.capacity)
        return 0;
    if (n < least)
        n = least;
    if (n > r->small.capacity) {
        heap_misuse(h, DIAGNOSIS_BAD_REGION, r->small.base, bytes,
                    "the heap is smaller than the smallest block: the real code never returns");
        return 0;
    }
    const tsize_t item = find_fit(h, r, n);
    if (item == r->small.end)
        return 0;

    const tsize_t size = next_of(r, item) - item;
    if (size - r->header >= n + r->header + least) {
        split(r, item, n);
        oneos_add_used(r, n + r->header);
    } else {
        oneos_add_used(r, size);
    }
    set_state(r, item, ITEM_USED);
    set_owner(r, item);
    if (item == lfree_of(r))
        advance_lfree(h, r, item);
    return r->small.base + item + r->header;
}

static taddr_t lite_alloc_aligned(struct heap *h, const struct oneos_region *r, tsize_t bytes,
                                  tsize_t align)
{
    (void)h, (void)r, (void)bytes, (void)align;
    return 0; /* so it is: OneOS-Lite has none */
}

/* --- free --- */

/* `next` is free and follows `item`, free too: one item. */
static void absorb(const struct oneos_region *r, tsize_t item, tsize_t next)
{
    const tsize_t after = next_of(r, next);

    if (lfree_of(r) == next)
        set_lfree(r, item);
    set_next(r, item, after);
    set_prev(r, after, item); /* of the end item too: nothing reads that one */
}

/* Merges a free item with its free neighbours, the higher one first. */
static void merge(struct heap *h, const struct oneos_region *r, tsize_t item)
{
    const tsize_t next = next_of(r, item);
    const tsize_t prev = prev_of(r, item);

    heap_step(h);
    if (next != r->small.end && state_of(r, next) == ITEM_FREE)
        absorb(r, item, next);
    heap_step(h);
    if (prev != item && state_of(r, prev) == ITEM_FREE)
        absorb(r, prev, item);
}

/*
 * The item of a block that alloc gave out and that is still live, or the end item after a
 * diagnosis. Both neighbours must know the item, which no payload does by accident: their links
 * can be relied on.
 */
static tsize_t live_item(struct heap *h, const struct oneos_region *r, taddr_t block)
{
    const tsize_t item = block - r->header - r->small.base;

    heap_step(h);
    if (item < r->small.end && is_aligned(item, r->small.align) && state_of(r, item) == ITEM_USED &&
        leads_on(r, item)) {
        const tsize_t next = next_of(r, item);
        const tsize_t prev = prev_of(r, item);

        if (next - item > r->header &&
            (next == r->small.end || (prev_of(r, next) == item && leads_on(r, next))) &&
            (item == 0 ? prev == 0
                       : prev < item && is_aligned(prev, r->small.align) && leads_on(r, prev) &&
                             next_of(r, prev) == item))
            return item;
    }
    heap_bad_pointer(h, block);
    return r->small.end;
}

static void release(struct heap *h, const struct oneos_region *r, tsize_t item)
{
    oneos_drop_used(r, next_of(r, item) - item);
    set_state(r, item, ITEM_FREE);
    set_name(r, item, NAME_BLANK);
    if (item < lfree_of(r))
        set_lfree(r, item);
    merge(h, r, item);
}

static void small_free(struct heap *h, const struct oneos_region *r, taddr_t block)
{
    const tsize_t item = live_item(h, r, block);

    if (item != r->small.end)
        release(h, r, item);
}

/* --- realloc --- */

/* Never into a free neighbour; in place only by more than a header and SHRINK_SLACK. */
static taddr_t small_realloc(struct heap *h, const struct oneos_region *r, taddr_t block,
                             tsize_t bytes)
{
    const tsize_t n = align_up(bytes, r->small.align);
    const tsize_t item = live_item(h, r, block);

    if (item == r->small.end)
        return ONEOS_REFUSED;
    if (bytes == 0) {
        release(h, r, item);
        return 0;
    }
    if (bytes > r->small.capacity || n > r->small.capacity)
        return 0;
    const tsize_t old = next_of(r, item) - item - r->header;
    if (n == old)
        return block;
    if (n + r->header + SHRINK_SLACK < old) {
        oneos_drop_used(r, old - n);
        merge(h, r, split(r, item, n)); /* lfree stays, even above the new hole */
        return block;
    }
    const taddr_t moved = small_alloc(h, r, n);
    if (moved != 0) {
        heap_copy(h, moved, block, n < old ? n : old);
        small_free(h, r, block); /* looks again: in a broken heap the two may overlap */
    }
    return moved;
}

static tsize_t small_usable_size(const struct oneos_region *r, taddr_t block)
{
    const tsize_t item = block - r->header - r->small.base;

    return next_of(r, item) - item - r->header;
}

/* --- check, walk --- */

/* One item between its neighbours; `prev_used` is the state of the item before. */
static bool check_item(const struct oneos_region *r, tsize_t item, tsize_t prev, bool prev_used,
                       struct heap_fault *fault)
{
    const taddr_t at = r->small.base + item;
    const uint32_t state = state_of(r, item);

    if (state != ITEM_FREE && state != ITEM_USED)
        return heap_faulty(fault, at + ITEM_STATE, state, ITEM_USED, "the magic was overwritten");
    if (prev_of(r, item) != prev)
        return heap_faulty(fault, at + ITEM_PREV, prev_of(r, item), prev,
                           "prev does not lead to the item before");
    if (!leads_on(r, item) || next_of(r, item) - item < r->header)
        return heap_faulty(fault, at + ITEM_NEXT, next_of(r, item), r->small.end,
                           "next does not lead to an item behind this one");
    if (!prev_used && state == ITEM_FREE)
        return heap_faulty(fault, at, prev, item, "two free neighbours were not merged");
    return true;
}

static bool small_check(const struct oneos_region *r, struct heap_fault *fault)
{
    tsize_t used = r->own;
    tsize_t prev = 0;
    bool prev_used = true;
    bool lfree_is_free = lfree_of(r) == r->small.end;

    for (tsize_t item = 0; item != r->small.end; prev = item, item = next_of(r, item)) {
        if (!check_item(r, item, prev, prev_used, fault))
            return false;
        prev_used = state_of(r, item) == ITEM_USED;
        if (prev_used)
            used += next_of(r, item) - item;
        else if (item == lfree_of(r))
            lfree_is_free = true;
    }
    if (state_of(r, r->small.end) != ITEM_USED || next_of(r, r->small.end) != r->small.end)
        return heap_faulty(fault, r->small.base + r->small.end, state_of(r, r->small.end),
                           ITEM_USED, "the end item was overwritten");
    if (!lfree_is_free)
        return heap_faulty(fault, r->small.lfree, load32(r->small.lfree), r->small.base,
                           "lfree is no free item");
    return oneos_check_figures(r, used, fault);
}

static bool lite_check(const struct oneos_region *r, struct heap_fault *fault)
{
    const struct {
        unsigned offset;
        uint32_t expected;
    } fixed[] = {{OWN_FIRST, r->small.base},
                 {OWN_END, r->small.base + r->small.end},
                 {OWN_CAPACITY, r->small.capacity}};

    for (unsigned i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (load32(r->base + fixed[i].offset) != fixed[i].expected)
            return heap_faulty(fault, r->base + fixed[i].offset, load32(r->base + fixed[i].offset),
                               fixed[i].expected, "the region's own structure was overwritten");
    return small_check(r, fault);
}

static bool small_walk(const struct oneos_region *r, heap_visit *visit, void *context)
{
    for (tsize_t item = 0; item != r->small.end;) {
        const tsize_t size = next_of(r, item) - item;
        const struct heap_block block = {.header = r->small.base + item,
                                         .size = size,
                                         .payload = r->small.base + item + r->header,
                                         .usable = size - r->header,
                                         .used = state_of(r, item) == ITEM_USED};

        if (!leads_on(r, item) || !visit(context, &block))
            return false;
        item += size;
    }
    return true;
}

const struct oneos_algorithm oneos_small = {
    .lock_name = "",
    .init = lite_init,
    .alloc = small_alloc,
    .alloc_aligned = lite_alloc_aligned,
    .realloc = small_realloc,
    .free = small_free,
    .usable_size = small_usable_size,
    .check = lite_check,
    .walk = small_walk,
};

/* --- the heap of OneOS 1.x --- */

enum { OPTION_ALIGN, OPTION_MEMTRACE };

static const struct heap_option options[] = {
    {"align", "OS_ALIGN_SIZE", "alignment of blocks and sizes, bytes", HEAP_OPTION_POWER, 4, 32, 4,
     NULL},
    {"memtrace", "OS_USING_MEMTRACE", "store the owner's name in each header", HEAP_OPTION_FLAG, 0,
     1, 0, NULL},
    {.key = NULL}};

/* OneOS keeps the words in static variables. */
struct heap_1x {
    struct oneos_region region;
    uint32_t figures[3];
    uint32_t lfree;
};

static struct oneos_region *region_1x(struct heap *h)
{
    _Static_assert(sizeof(struct heap_1x) <= HEAP_STATE_BYTES, "state fits");
    return &((struct heap_1x *)(void *)h->state.bytes)->region;
}

static const char *init_1x(struct heap *h)
{
    struct heap_1x *const s = (struct heap_1x *)(void *)h->state.bytes;
    struct oneos_region *const r = &s->region;
    const struct heap_region *const given = &h->regions[0];
    const tsize_t align = h->config.option[OPTION_ALIGN];

    r->small.align = align;
    r->small.named = r->traced = h->config.option[OPTION_MEMTRACE] != 0;
    r->small.lfree = (taddr_t)(uintptr_t)&s->lfree;
    r->figures = (taddr_t)(uintptr_t)s->figures;
    r->begin = align_up(given->begin, align);
    if (r->begin < given->begin ||
        !lay_out(r, r->begin, align_down(given->begin + given->size, align)))
        return "it is too small for two headers: OneOS 1.x sets up no heap there, silently";
    s->figures[ONEOS_TOTAL / 4] = r->total = r->small.capacity;
    if (h->object == 0) /* the one heap needs no control block */
        h->object = (taddr_t)(uintptr_t)h;
    return NULL;
}

static taddr_t alloc_1x(struct heap *h, tsize_t size)
{
    return small_alloc(h, region_1x(h), size);
}

static taddr_t alloc_cleared_1x(struct heap *h, tsize_t count, tsize_t size)
{
    return heap_alloc_cleared_wrapping(h, count, size, UINT32_MAX);
}

static void free_1x(struct heap *h, taddr_t block)
{
    if (block != 0)
        small_free(h, region_1x(h), block);
}

static taddr_t realloc_1x(struct heap *h, taddr_t block, tsize_t size)
{
    const struct oneos_region *const r = region_1x(h);

    if (block == 0)
        return alloc_1x(h, size);
    if (size <= r->small.capacity && size != 0 && block - r->small.base >= r->small.end) {
        heap_bad_pointer(h, block);
        return h->config.faithful ? block : 0; /* the real code hands it back */
    }
    const taddr_t result = small_realloc(h, r, block, size);
    return result == ONEOS_REFUSED ? 0 : result;
}

static tsize_t usable_size_1x(struct heap *h, taddr_t block)
{
    return small_usable_size(region_1x(h), block);
}

static tsize_t total_1x(struct heap *h, unsigned region)
{
    return load32(region_1x(h)->figures + ONEOS_TOTAL);
}

static tsize_t used_1x(struct heap *h, unsigned region)
{
    return load32(region_1x(h)->figures + ONEOS_USED);
}

static tsize_t used_max_1x(struct heap *h, unsigned region)
{
    return load32(region_1x(h)->figures + ONEOS_USED_MAX);
}

static const struct heap_figure figures[] = {{"used", used_1x, false},
                                             {"max", used_max_1x, false},
                                             {"total", total_1x, false},
                                             {.name = NULL}};

static void stats_1x(struct heap *h, struct heap_stats *stats)
{
    *stats = (struct heap_stats){total_1x(h, 0), used_1x(h, 0), used_max_1x(h, 0)};
}

static bool check_1x(struct heap *h, struct heap_fault *fault)
{
    return small_check(region_1x(h), fault);
}

static void walk_1x(struct heap *h, heap_visit *visit, void *context)
{
    small_walk(region_1x(h), visit, context);
}

const struct heap_ops heap_oneos_small = {
    .name = "oneos-small",
    .title = "OneOS 1.x small-mem",
    .capabilities = HEAP_CAN_FREE | HEAP_CAN_REALLOC | HEAP_CAN_ALIGN | HEAP_COALESCES |
                    HEAP_ALIGNED_APART | HEAP_LINEAR_SEARCH | HEAP_WRITES_NEAR,
    .options = options,
    .figures = figures,
    .init = init_1x,
    .alloc = alloc_1x,
    .alloc_cleared = alloc_cleared_1x,
    .alloc_aligned = rt_alloc_aligned, /* OneOS 1.x took os_malloc_align over unchanged */
    .realloc = realloc_1x,
    .free = free_1x,
    .free_aligned = rt_free_aligned,
    .usable_size = usable_size_1x,
    .stats = stats_1x,
    .check = check_1x,
    .walk = walk_1x,
};
