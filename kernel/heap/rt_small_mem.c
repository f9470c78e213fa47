/*
 * RT-Thread small-mem (RT-Thread 4.1.1 to 5.2.0): first fit by address, merging on free.
 *
 *   region  | control block | item | payload | item | payload | ... | end item |
 *                           ^ base = offset 0                       ^ offset capacity + H
 *
 *   item    | pool: control block's address + used bit | next | prev | [owner's name] |
 *
 * - Items are chained in address order by next and prev, byte offsets from base. An item's size is
 *   next - offset, its header of H bytes included. The end item is always used.
 * - Of two neighbours at most one is free. `lfree` is the lowest free item, or the end item.
 * - alloc starts at lfree, so it looks at every item, used or free, up to the first that fits;
 * taking lfree itself walks on to the next free item. free and realloc in place look at three
 * items.
 *
 * The control block lies in the region as on the target: a program that overwrites it breaks the
 * heap. What the rest derives from the options is kept outside, in struct small_mem.
 */
#include "rt_small_mem.h"
#include "../assert.h"

static const struct heap_option options[] = {
    RT_OPTION_ALIGN, RT_OPTION_NAME_MAX, RT_OPTION_MEMTRACE, RT_OPTION_FRONT, {.key = NULL}};

/* Upstream keeps this much free behind a block shrunk in place, at every alignment. */
enum { SHRINK_SLACK = 12 };

static void set_field(const struct small_mem *s, unsigned offset, uint32_t value)
{
    store32(s->control + offset, value);
}

static void set_pool(const struct small_mem *s, tsize_t item, uint32_t pool)
{
    store32(s->base + item + ITEM_POOL, pool);
}

static void set_next(const struct small_mem *s, tsize_t item, tsize_t next)
{
    store32(s->base + item + ITEM_NEXT, next);
}

static void set_prev(const struct small_mem *s, tsize_t item, tsize_t prev)
{
    store32(s->base + item + ITEM_PREV, prev);
}

static void set_owner(const struct small_mem *s, tsize_t item, uint32_t name)
{
    if (s->named)
        store32(s->base + item + ITEM_NAME, name);
}

#define NAME_INIT  0x54494e49u /* "INIT" */
#define NAME_BLANK 0x20202020u /* four spaces */

static void write_item(const struct small_mem *s, tsize_t item, uint32_t pool, tsize_t next,
                       tsize_t prev, uint32_t name)
{
    set_pool(s, item, pool);
    set_next(s, item, next);
    set_prev(s, item, prev);
    set_owner(s, item, name);
}

static void set_lfree(const struct small_mem *s, tsize_t item)
{
    set_field(s, CONTROL_LFREE, s->base + item);
}

static ALWAYS_INLINE void add_used(const struct small_mem *s, tsize_t bytes)
{
    const tsize_t used = field(s, CONTROL_USED) + bytes;

    set_field(s, CONTROL_USED, used);
    if (used > field(s, CONTROL_MAX))
        set_field(s, CONTROL_MAX, used);
}

static ALWAYS_INLINE void drop_used(const struct small_mem *s, tsize_t bytes)
{
    set_field(s, CONTROL_USED, field(s, CONTROL_USED) - bytes);
}

/* A search met a header that was overwritten, at or before `item`: check() finds out which word. */
COLD static void broken_item(struct heap *h, tsize_t item)
{
    struct heap_fault fault = {.address = small_mem(h)->base + item,
                               .text = "the header there was overwritten: its links lead nowhere"};

    (void)rt_small_mem_check(h, &fault);
    heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, fault.address, 0, fault.text);
}

/* --- init --- */

const char rt_small_mem_algorithm[] = "small";

static void write_control(struct heap *h, struct small_mem *s, tsize_t object_size)
{
    const tsize_t name_max = h->config.option[OPTION_NAME_MAX];

    memset(target_pointer(h->object), 0, object_size + CONTROL_SIZE);
    rt_object_write(h->object, name_max, h->name, RT_OBJECT_CLASS_MEMORY | RT_OBJECT_STATIC);
    set_field(s, CONTROL_ALGORITHM, (uint32_t)(uintptr_t)rt_small_mem_algorithm);
    set_field(s, CONTROL_ADDRESS, s->base);
    set_field(s, CONTROL_TOTAL, s->capacity);
    set_field(s, CONTROL_BASE, s->base);
    set_field(s, CONTROL_END, s->base + s->end);
    set_field(s, CONTROL_CAPACITY, s->capacity);
    set_lfree(s, 0);
}

static const char *small_mem_init(struct heap *h)
{
    struct small_mem *const s = small_mem(h);
    const tsize_t align = h->config.option[OPTION_ALIGN];
    const struct heap_region region = rt_heap_extent(h, align, h->config.option[OPTION_FRONT] != 0);
    const tsize_t object_size = rt_object_size(h->config.option[OPTION_NAME_MAX]);
    const taddr_t control = align_up(region.begin, align);
    const taddr_t end = align_down(region.begin + region.size, align);

    s->align = align;
    s->low_bits = align - 1;
    s->named = h->config.option[OPTION_MEMTRACE] != 0;
    s->header = align_up(s->named ? ITEM_NAME + 4 : ITEM_NAME, align);
    s->least = align_up(12, align);
    s->mask = ~s->low_bits;
    s->uncut = 2 * s->header + s->least;
    const taddr_t start = control + object_size + CONTROL_SIZE;
    if (control < region.begin || start < control || end <= 2 * s->header ||
        end - 2 * s->header < start)
        return "it is too small for small-mem's control block and its two headers";

    s->base = align_up(start, align); /* still not above end - 2H, which is aligned */
    h->object = control;
    s->control = control + object_size;
    s->pool = control;
    s->capacity = end - s->base - 2 * s->header;
    s->end = s->capacity + s->header;
    s->quick = s->named || s->capacity < s->least ? 0 : s->capacity;
    write_control(h, s, object_size);
    write_item(s, 0, s->pool, s->end, 0, NAME_INIT);
    write_item(s, s->end, s->pool | ITEM_USED, s->end, s->end, NAME_INIT);
    return NULL;
}

/* --- alloc --- */

/* A free item about to be given out: it names its heap, and the item behind it leads back. */
static ALWAYS_INLINE bool is_whole_free(const struct small_mem *s, tsize_t item, tsize_t next)
{
    return pool_of(s, item) == s->pool &&
           (next < s->end ? prev_of(s, next) == item : next == s->end);
}

/*
 * Walks look at links only as far as they need: that they lead upwards, to the last item wanted at
 * most. Offsets are counted from behind that one (`behind`), so they are below 0 till there, and
 * one comparison tells both. `origin` is the address of offset `behind`.
 */
static ALWAYS_INLINE tsize_t next_place_of(taddr_t origin, tsize_t place, tsize_t behind)
{
    return load32(origin + place + ITEM_NEXT) - behind;
}

static ALWAYS_INLINE bool is_used_at(taddr_t origin, tsize_t place)
{
    return load32(origin + place + ITEM_POOL) & ITEM_USED;
}

struct walk {
    tsize_t place;  /* where it ended */
    uint32_t steps; /* items looked at, that one included */
};

/*
 * From a place on, to the first whose item is free and of `whole` bytes at least, or whose link
 * does not lead on. Here most time is spent, hence two items a turn.
 */
HEAP_TWICE struct walk pass_unfit(struct heap *h, taddr_t origin, tsize_t place, tsize_t behind,
                                  tsize_t whole, bool stops)
{
    for (uint32_t steps = 1;; steps += 2) {
        if (stops)
            heap_step(h);
        const tsize_t odd = next_place_of(origin, place, behind);
        if ((!is_used_at(origin, place) && odd - place >= whole) || odd <= place)
            return (struct walk){place, steps};
        if (stops)
            heap_step(h);
        place = next_place_of(origin, odd, behind);
        if ((!is_used_at(origin, odd) && place - odd >= whole) || place <= odd)
            return (struct walk){odd, steps + 1};
    }
}

/* As pass_unfit, to the first place whose item is free, or whose link does not lead on. */
HEAP_TWICE struct walk pass_used(struct heap *h, taddr_t origin, tsize_t place, tsize_t behind,
                                 bool stops)
{
    for (uint32_t steps = 1;; steps += 2) {
        const tsize_t odd = next_place_of(origin, place, behind);
        if (!is_used_at(origin, place) || odd <= place)
            return (struct walk){place, steps};
        if (stops)
            heap_step(h);
        place = next_place_of(origin, odd, behind);
        if (!is_used_at(origin, odd) || place <= odd)
            return (struct walk){odd, steps + 1};
        if (stops)
            heap_step(h);
    }
}

/* Functions of their own, for the registers' sake. */
HEAP_SLOW_PATH struct walk pass_unfit_running(taddr_t origin, tsize_t place, tsize_t behind,
                                              tsize_t whole)
{
    return pass_unfit(NULL, origin, place, behind, whole, false);
}

HEAP_SLOW_PATH struct walk pass_used_running(taddr_t origin, tsize_t place, tsize_t behind)
{
    return pass_used(NULL, origin, place, behind, false);
}

/* The first free item from lfree on whose payload holds n bytes, or s->end. */
HEAP_TWICE tsize_t find_fit(struct heap *h, const struct small_mem *s, tsize_t n, bool stops)
{
    const tsize_t last = s->capacity - n;
    const tsize_t behind = last + 1;
    const tsize_t whole = n + s->header;
    const taddr_t origin = s->base + behind;
    tsize_t item = lfree_of(s);

    if (item <= last) {
        const struct walk walk = stops ? pass_unfit(h, origin, item - behind, behind, whole, true)
                                       : pass_unfit_running(origin, item - behind, behind, whole);
        heap_count(h, walk.steps, stops);
        item = walk.place + behind;
        const tsize_t next = next_of(s, item);
        const bool fits = !is_used(s, item) && next - item >= whole;

        if (next > item && fits && is_whole_free(s, item, next))
            return item;
        if (next > item && !fits)
            item = next;
    }
    if (item <= last || item > s->end)
        broken_item(h, item);
    return s->end;
}

/* lfree, which is `item`, was taken: moves it to the next free item. */
HEAP_TWICE void advance_lfree(struct heap *h, const struct small_mem *s, tsize_t item, bool stops)
{
    const tsize_t behind = s->end + 1;
    const taddr_t origin = s->base + behind;
    const struct walk walk = stops ? pass_used(h, origin, item - behind, behind, true)
                                   : pass_used_running(origin, item - behind, behind);

    heap_count(h, walk.steps - 1, stops);
    item = walk.place + behind;
    if (item == s->end || !is_used(s, item)) {
        set_lfree(s, item);
    } else {
        heap_step(h);
        broken_item(h, item);
    }
}

/* Cuts n payload bytes off the front of an item; the rest becomes a free item, which is returned.
 */
static ALWAYS_INLINE tsize_t split(const struct small_mem *s, tsize_t item, tsize_t n)
{
    const tsize_t next = next_of(s, item);
    const tsize_t rest = item + s->header + n;

    write_item(s, rest, s->pool, next, item, NAME_BLANK);
    set_next(s, item, rest);
    if (next != s->end)
        set_prev(s, next, rest);
    return rest;
}

HEAP_TWICE taddr_t alloc_block(struct heap *h, tsize_t n, bool stops)
{
    const struct small_mem s = *small_mem(h); /* a copy, which no write to the heap can change */
    const tsize_t item = find_fit(h, &s, n, stops);

    if (item == s.end)
        return 0;
    const tsize_t item_size = next_of(&s, item) - item;
    if (item_size - s.header >= n + s.header + s.least) {
        split(&s, item, n);
        add_used(&s, n + s.header);
    } else {
        add_used(&s, item_size);
    }
    set_pool(&s, item, s.pool | ITEM_USED);
    if (s.named)
        set_owner(&s, item, heap_owner_word(' '));
    if (item == lfree_of(&s))
        advance_lfree(h, &s, item, stops);
    return s.base + item + s.header;
}

HEAP_SLOW_PATH taddr_t alloc_further(struct heap *h, tsize_t n)
{
    return alloc_block(h, n, false);
}

HEAP_SLOW_PATH taddr_t alloc_slowly(struct heap *h, tsize_t size)
{
    const struct small_mem *const s = small_mem(h);
    tsize_t n = align_up(size, s->align);

    if (size == 0)
        return 0;
    if (n == 0 && !heap_quirk(h, DIAGNOSIS_SIZE_OVERFLOW, 0, size,
                              "rounded up to the alignment, the size wraps to 0"))
        return 0;
    if (n < s->least)
        n = s->least;
    return n > s->capacity ? 0 : alloc_block(h, n, true);
}

/* Here only a cut off the front of the lowest free item. */
static taddr_t small_mem_alloc(struct heap *h, tsize_t size)
{
    const struct small_mem *const s = small_mem(h);
    const taddr_t base = s->base;
    const taddr_t control = s->control;

    if (size - 1 >= s->quick || !heap_runs(h))
        return alloc_slowly(h, size);
    const tsize_t n = size < s->least ? s->least : (size + s->low_bits) & s->mask;
    const tsize_t item = load32(control + CONTROL_LFREE) - base;
    if (item > s->capacity - n)
        return alloc_slowly(h, size);
    const taddr_t at = base + item;
    const tsize_t next = load32(at + ITEM_NEXT);
    if (next <= item || next - item < n + s->uncut || load32(at + ITEM_POOL) != s->pool ||
        next > s->end || (next != s->end && load32(base + next + ITEM_PREV) != item))
        return alloc_further(h, n);
    const tsize_t rest = item + s->header + n;
    store32(base + rest + ITEM_POOL, s->pool);
    store32(base + rest + ITEM_NEXT, next);
    store32(base + rest + ITEM_PREV, item);
    if (next != s->end)
        store32(base + next + ITEM_PREV, rest);
    store32(at + ITEM_POOL, s->pool | ITEM_USED);
    store32(at + ITEM_NEXT, rest);
    store32(control + CONTROL_LFREE, base + rest);
    add_used(s, n + s->header);
    h->cost.steps += 2; /* the item, and what is left of it */
    return at + s->header;
}

/* --- free --- */

/*
 * `next` is free and follows `item`, free too: one item. Its pool word is cleared as upstream does.
 * lfree, the lowest free item, is not above `item`, so it need not move.
 */
static ALWAYS_INLINE void absorb(const struct small_mem *s, tsize_t item, tsize_t next)
{
    const tsize_t after = next_of(s, next);

    set_pool(s, next, 0);
    set_next(s, item, after);
    set_prev(s, after, item); /* of the end item too: nothing reads that one */
}

/* Merges a free item with its free neighbours, the higher one first. */
static void merge(struct heap *h, const struct small_mem *s, tsize_t item)
{
    const tsize_t next = next_of(s, item);
    const tsize_t prev = prev_of(s, item);

    heap_step(h);
    if (next != s->end && !is_used(s, next))
        absorb(s, item, next);
    heap_step(h);
    if (prev != item && !is_used(s, prev))
        absorb(s, prev, item);
}

/*
 * True for a block that alloc gave out and that is still live. Both neighbours must know the item,
 * which no payload does by accident: their links can be relied on.
 */
static ALWAYS_INLINE bool is_live(const struct small_mem *s, tsize_t item)
{
    if (item >= s->end || !is_aligned(item, s->align) || pool_of(s, item) != (s->pool | ITEM_USED))
        return false;
    const tsize_t next = next_of(s, item);
    const tsize_t prev = prev_of(s, item);

    return leads_on(s, item, next) && next - item >= s->header &&
           (next == s->end || (prev_of(s, next) == item && leads_on(s, next, next_of(s, next)))) &&
           (prev == item ? item == 0 : prev < item && next_of(s, prev) == item);
}

bool rt_small_mem_owns(struct heap *h, taddr_t block)
{
    const struct small_mem *const s = small_mem(h);

    return is_live(s, block - s->header - s->base);
}

/* The item of a live block, or s->end after a diagnosis. */
static tsize_t live_item(struct heap *h, const struct small_mem *s, taddr_t block)
{
    const tsize_t item = block - s->header - s->base;

    heap_step(h);
    if (is_live(s, item))
        return item;
    heap_bad_pointer(h, block);
    return s->end;
}

static void release(struct heap *h, const struct small_mem *s, tsize_t item)
{
    drop_used(s, next_of(s, item) - item);
    set_pool(s, item, s->pool);
    set_owner(s, item, NAME_BLANK);
    if (item < lfree_of(s))
        set_lfree(s, item);
    merge(h, s, item);
}

HEAP_SLOW_PATH void free_slowly(struct heap *h, taddr_t block)
{
    const struct small_mem *const s = small_mem(h);

    if (block == 0)
        return;
    const tsize_t item = live_item(h, s, block);
    if (item != s->end)
        release(h, s, item);
}

enum { FREE_STEPS = 3 }; /* the item and its neighbours */

/* Here only an item with another one below, and a used one above. */
static void small_mem_free(struct heap *h, taddr_t block)
{
    const struct small_mem *const s = small_mem(h);
    const taddr_t base = s->base;
    const taddr_t control = s->control;
    const taddr_t at = block - s->header;
    const tsize_t item = at - base;

    if (item > s->quick || (item & s->low_bits) != 0 || !heap_runs(h) ||
        load32(at + ITEM_POOL) != (s->pool | ITEM_USED)) {
        free_slowly(h, block);
        return;
    }
    const tsize_t next = load32(at + ITEM_NEXT);
    const tsize_t prev = load32(at + ITEM_PREV);
    if (next - item - s->header >= s->quick - item || /* not below the end item */
        load32(base + next + ITEM_PREV) != item || !is_used(s, next) ||
        !leads_on(s, next, next_of(s, next)) || /* nor used, and whole */
        prev >= item || load32(base + prev + ITEM_NEXT) != item) {
        free_slowly(h, block);
        return;
    }
    store32(control + CONTROL_USED, load32(control + CONTROL_USED) - (next - item));
    if (load32(base + prev + ITEM_POOL) & ITEM_USED) {
        store32(at + ITEM_POOL, s->pool);
        if (at < load32(control + CONTROL_LFREE))
            store32(control + CONTROL_LFREE, at);
    } else { /* which lfree is not above */
        store32(at + ITEM_POOL, 0);
        store32(base + prev + ITEM_NEXT, next);
        store32(base + next + ITEM_PREV, prev);
    }
    h->cost.steps += FREE_STEPS;
}

/* --- realloc --- */

/* Never into a free neighbour; in place only by more than a header and SHRINK_SLACK. */
static taddr_t resize(struct heap *h, taddr_t block, tsize_t n)
{
    const struct small_mem *const s = small_mem(h);
    const tsize_t item = live_item(h, s, block);

    if (item == s->end)
        return 0;
    const tsize_t old = next_of(s, item) - item - s->header;
    if (old == n)
        return block;
    if (n + s->header + SHRINK_SLACK < old) {
        drop_used(s, old - n);
        const tsize_t rest = split(s, item, n);
        if (rest < lfree_of(s))
            set_lfree(s, rest);
        merge(h, s, rest);
        return block;
    }
    const taddr_t moved = small_mem_alloc(h, n);
    if (moved == 0)
        return 0;
    heap_copy(h, moved, block, n < old ? n : old);
    if (is_live(s, item))
        release(h, s, item);
    else /* alloc met a broken header and wrote over this one */
        heap_bad_pointer(h, block);
    return moved;
}

static taddr_t small_mem_realloc(struct heap *h, taddr_t block, tsize_t size)
{
    const struct small_mem *const s = small_mem(h);
    const tsize_t n = align_up(size, s->align);

    if (n == 0 && size != 0 &&
        !heap_quirk(h, DIAGNOSIS_SIZE_OVERFLOW, block, size,
                    "rounded up to the alignment, the size wraps to 0, which frees the block"))
        return 0;
    if (n > s->capacity)
        return 0;
    if (n == 0) {
        small_mem_free(h, block);
        heap_note_freed(h);
        return 0;
    }
    return block == 0 ? small_mem_alloc(h, n) : resize(h, block, n);
}

static tsize_t small_mem_usable_size(struct heap *h, taddr_t block)
{
    const struct small_mem *const s = small_mem(h);
    const tsize_t item = block - s->header - s->base;

    return next_of(s, item) - item - s->header;
}

/* --- figures --- */

static tsize_t read_used(struct heap *h, unsigned region)
{
    return field(small_mem(h), CONTROL_USED);
}

static tsize_t read_max(struct heap *h, unsigned region)
{
    return field(small_mem(h), CONTROL_MAX);
}

static tsize_t read_total(struct heap *h, unsigned region)
{
    return field(small_mem(h), CONTROL_TOTAL);
}

static const struct heap_figure figures[] = {{"used", read_used, false},
                                             {"max", read_max, false},
                                             {"total", read_total, false},
                                             {.name = NULL}};

static void small_mem_stats(struct heap *h, struct heap_stats *stats)
{
    *stats = (struct heap_stats){read_total(h, 0), read_used(h, 0), read_max(h, 0)};
}

const struct heap_ops heap_rt_small_mem = {
    .name = "rt-small-mem",
    .title = "RT-Thread small-mem",
    .capabilities = HEAP_CAN_FREE | HEAP_CAN_REALLOC | HEAP_CAN_ALIGN | HEAP_COALESCES |
                    HEAP_ALIGNED_APART | HEAP_LINEAR_SEARCH | HEAP_WRITES_NEAR,
    .options = options,
    .figures = figures,
    .init = small_mem_init,
    .alloc = small_mem_alloc,
    .alloc_cleared = rt_alloc_cleared,
    .alloc_aligned = rt_alloc_aligned,
    .realloc = small_mem_realloc,
    .free = small_mem_free,
    .free_aligned = rt_free_aligned,
    .usable_size = small_mem_usable_size,
    .stats = small_mem_stats,
    .check = rt_small_mem_check,
    .walk = rt_small_mem_walk,
};
