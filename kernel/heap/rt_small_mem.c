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
#include "../assert.h"
#include "heap.h"
#include "rt_common.h"

enum { OPTION_ALIGN = RT_OPTION_ALIGN_INDEX, OPTION_NAME_MAX, OPTION_MEMTRACE, OPTION_FRONT };

static const struct heap_option options[] = {
    RT_OPTION_ALIGN, RT_OPTION_NAME_MAX, RT_OPTION_MEMTRACE, RT_OPTION_FRONT, {.key = NULL}};

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

/* Upstream keeps this much free behind a block shrunk in place, at every alignment. */
enum { SHRINK_SLACK = 12 };

struct small_mem {
    taddr_t control; /* control block, behind its object header */
    taddr_t pool;    /* pool word of a free item */
    taddr_t base;    /* offset 0 */
    tsize_t align;
    tsize_t header;   /* H */
    tsize_t least;    /* smallest payload that alloc gives */
    tsize_t capacity; /* largest payload */
    tsize_t end;      /* offset of the end item */
    bool named;       /* memtrace */
};

static struct small_mem *small_mem(struct heap *h)
{
    _Static_assert(sizeof(struct small_mem) <= HEAP_STATE_BYTES, "state fits");
    return (struct small_mem *)(void *)h->state.bytes;
}

static uint32_t field(const struct small_mem *s, unsigned offset)
{
    return load32(s->control + offset);
}

static void set_field(const struct small_mem *s, unsigned offset, uint32_t value)
{
    store32(s->control + offset, value);
}

/* --- items, by offset --- */

static tsize_t next_of(const struct small_mem *s, tsize_t item)
{
    return load32(s->base + item + ITEM_NEXT);
}

static tsize_t prev_of(const struct small_mem *s, tsize_t item)
{
    return load32(s->base + item + ITEM_PREV);
}

static uint32_t pool_of(const struct small_mem *s, tsize_t item)
{
    return load32(s->base + item + ITEM_POOL);
}

static bool is_used(const struct small_mem *s, tsize_t item)
{
    return pool_of(s, item) & ITEM_USED;
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

static tsize_t lfree_of(const struct small_mem *s)
{
    return field(s, CONTROL_LFREE) - s->base;
}

static void set_lfree(const struct small_mem *s, tsize_t item)
{
    set_field(s, CONTROL_LFREE, s->base + item);
}

static void add_used(const struct small_mem *s, tsize_t bytes)
{
    const tsize_t used = field(s, CONTROL_USED) + bytes;

    set_field(s, CONTROL_USED, used);
    if (used > field(s, CONTROL_MAX))
        set_field(s, CONTROL_MAX, used);
}

static void drop_used(const struct small_mem *s, tsize_t bytes)
{
    set_field(s, CONTROL_USED, field(s, CONTROL_USED) - bytes);
}

/* True if the item's links can be followed: forwards to an item inside the heap. */
static bool leads_on(const struct small_mem *s, tsize_t item, tsize_t next)
{
    return next > item && next <= s->end;
}

static bool small_mem_check(struct heap *h, struct heap_fault *fault);

/* A search met a header that was overwritten, at or before `item`: check() finds out which word. */
static void broken_item(struct heap *h, tsize_t item)
{
    struct heap_fault fault = {.address = small_mem(h)->base + item,
                               .text = "the header there was overwritten: its links lead nowhere"};

    (void)small_mem_check(h, &fault);
    heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, fault.address, 0, fault.text);
}

/* --- init --- */

static const char algorithm[] = "small";

static void write_control(struct heap *h, struct small_mem *s, tsize_t object_size)
{
    const tsize_t name_max = h->config.option[OPTION_NAME_MAX];

    memset(target_pointer(h->object), 0, object_size + CONTROL_SIZE);
    rt_object_write(h->object, name_max, h->name, RT_OBJECT_CLASS_MEMORY | RT_OBJECT_STATIC);
    set_field(s, CONTROL_ALGORITHM, (uint32_t)(uintptr_t)algorithm);
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
    s->named = h->config.option[OPTION_MEMTRACE] != 0;
    s->header = align_up(s->named ? ITEM_NAME + 4 : ITEM_NAME, align);
    s->least = align_up(12, align);
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
    write_control(h, s, object_size);
    write_item(s, 0, s->pool, s->end, 0, NAME_INIT);
    write_item(s, s->end, s->pool | ITEM_USED, s->end, s->end, NAME_INIT);
    return NULL;
}

/* --- alloc --- */

/* A free item about to be given out: it names its heap, and the item behind it leads back. */
static bool is_whole_free(const struct small_mem *s, tsize_t item, tsize_t next)
{
    return pool_of(s, item) == s->pool &&
           (next < s->end ? prev_of(s, next) == item : next == s->end);
}

/*
 * The first free item from lfree on whose payload holds n bytes, or s->end. Here most time is
 * spent, so a link is only looked at as far as the walk needs: that it leads upwards.
 */
static tsize_t find_fit(struct heap *h, const struct small_mem *s, tsize_t n)
{
    const taddr_t base = s->base;
    const tsize_t last = s->capacity - n;
    const tsize_t whole = n + s->header;
    tsize_t item = lfree_of(s);

    while (item <= last) {
        heap_step(h);
        const tsize_t next = load32(base + item + ITEM_NEXT);
        if (next <= item)
            break;
        if (!(load32(base + item + ITEM_POOL) & ITEM_USED) && next - item >= whole) {
            if (!is_whole_free(s, item, next))
                break;
            return item;
        }
        item = next;
    }
    if (item <= last || item > s->end)
        broken_item(h, item);
    return s->end;
}

/* lfree was taken: moves it to the next free item. */
static void advance_lfree(struct heap *h, const struct small_mem *s, tsize_t item)
{
    const taddr_t base = s->base;
    const tsize_t end = s->end;

    while (load32(base + item + ITEM_POOL) & ITEM_USED) {
        heap_step(h);
        const tsize_t next = load32(base + item + ITEM_NEXT);
        if (next <= item || next > end) {
            broken_item(h, item);
            return;
        }
        item = next;
        if (item == end)
            break;
    }
    set_lfree(s, item);
}

/* Cuts n payload bytes off the front of an item; the rest becomes a free item, which is returned.
 */
static tsize_t split(const struct small_mem *s, tsize_t item, tsize_t n)
{
    const tsize_t next = next_of(s, item);
    const tsize_t rest = item + s->header + n;

    write_item(s, rest, s->pool, next, item, NAME_BLANK);
    set_next(s, item, rest);
    if (next != s->end)
        set_prev(s, next, rest);
    return rest;
}

static taddr_t small_mem_alloc(struct heap *h, tsize_t size)
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
    if (n > s->capacity)
        return 0;
    const tsize_t item = find_fit(h, s, n);
    if (item == s->end)
        return 0;

    const tsize_t item_size = next_of(s, item) - item;
    if (item_size - s->header >= n + s->header + s->least) {
        split(s, item, n);
        add_used(s, n + s->header);
    } else {
        add_used(s, item_size);
    }
    set_pool(s, item, s->pool | ITEM_USED);
    set_owner(s, item, s->named ? heap_owner_word(' ') : 0);
    if (item == lfree_of(s))
        advance_lfree(h, s, item);
    return s->base + item + s->header;
}

/* --- free --- */

/*
 * `next` is free and follows `item`, free too: one item. Its pool word is cleared as upstream does.
 * lfree, the lowest free item, is not above `item`, so it need not move.
 */
static void absorb(const struct small_mem *s, tsize_t item, tsize_t next)
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
static bool is_live(const struct small_mem *s, tsize_t item)
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

static void small_mem_free(struct heap *h, taddr_t block)
{
    const struct small_mem *const s = small_mem(h);

    if (block == 0)
        return;
    const tsize_t item = live_item(h, s, block);
    if (item != s->end)
        release(h, s, item);
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

/* --- figures, check, walk --- */

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

static bool check_control(const struct heap *h, const struct small_mem *s, struct heap_fault *fault)
{
    const struct {
        unsigned offset;
        uint32_t expected;
    } fixed[] = {{CONTROL_ALGORITHM, (uint32_t)(uintptr_t)algorithm},
                 {CONTROL_ADDRESS, s->base},
                 {CONTROL_TOTAL, s->capacity},
                 {CONTROL_BASE, s->base},
                 {CONTROL_END, s->base + s->end},
                 {CONTROL_CAPACITY, s->capacity}};

    for (unsigned i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (field(s, fixed[i].offset) != fixed[i].expected)
            return heap_faulty(fault, s->control + fixed[i].offset, field(s, fixed[i].offset),
                               fixed[i].expected, "the control block was overwritten");
    return rt_object_check(h->object, h->config.option[OPTION_NAME_MAX], h->name,
                           RT_OBJECT_CLASS_MEMORY | RT_OBJECT_STATIC, fault);
}

/* One item between its neighbours; `prev_used` is the state of the item before. */
static bool check_item(const struct small_mem *s, tsize_t item, tsize_t prev, bool prev_used,
                       struct heap_fault *fault)
{
    const taddr_t at = s->base + item;
    const tsize_t next = next_of(s, item);

    if ((pool_of(s, item) & ~(uint32_t)ITEM_USED) != s->pool)
        return heap_faulty(fault, at + ITEM_POOL, pool_of(s, item), s->pool,
                           "the header does not name its heap");
    if (prev_of(s, item) != prev)
        return heap_faulty(fault, at + ITEM_PREV, prev_of(s, item), prev,
                           "prev does not lead to the item before");
    if (!leads_on(s, item, next) || next - item < s->header || !is_aligned(next, s->align))
        return heap_faulty(fault, at + ITEM_NEXT, next, s->end,
                           "next does not lead to an item behind this one");
    if (!prev_used && !is_used(s, item))
        return heap_faulty(fault, at, prev, item, "two free neighbours were not merged");
    return true;
}

static bool check_totals(const struct small_mem *s, tsize_t used, tsize_t lowest,
                         struct heap_fault *fault)
{
    const taddr_t end = s->base + s->end;

    if (pool_of(s, s->end) != (s->pool | ITEM_USED))
        return heap_faulty(fault, end + ITEM_POOL, pool_of(s, s->end), s->pool | ITEM_USED,
                           "the end item does not name its heap");
    if (next_of(s, s->end) != s->end)
        return heap_faulty(fault, end + ITEM_NEXT, next_of(s, s->end), s->end,
                           "the end item does not lead to itself");
    if (lfree_of(s) != lowest)
        return heap_faulty(fault, s->control + CONTROL_LFREE, field(s, CONTROL_LFREE),
                           s->base + lowest, "lfree is not the lowest free item");
    if (field(s, CONTROL_USED) != used)
        return heap_faulty(fault, s->control + CONTROL_USED, field(s, CONTROL_USED), used,
                           "used is not the sum of the used items");
    if (field(s, CONTROL_MAX) < used || field(s, CONTROL_MAX) > s->end)
        return heap_faulty(fault, s->control + CONTROL_MAX, field(s, CONTROL_MAX), used,
                           "the maximum is below what is used now, or above the heap's size");
    return true;
}

static bool small_mem_check(struct heap *h, struct heap_fault *fault)
{
    const struct small_mem *const s = small_mem(h);
    tsize_t used = 0;
    tsize_t lowest = s->end;
    tsize_t prev = 0;
    bool prev_used = true;

    if (!check_control(h, s, fault))
        return false;
    for (tsize_t item = 0; item != s->end; prev = item, item = next_of(s, item)) {
        if (!check_item(s, item, prev, prev_used, fault))
            return false;
        prev_used = is_used(s, item);
        if (prev_used)
            used += next_of(s, item) - item;
        else if (lowest == s->end)
            lowest = item;
    }
    return check_totals(s, used, lowest, fault);
}

static void small_mem_walk(struct heap *h, heap_visit *visit, void *context)
{
    const struct small_mem *const s = small_mem(h);
    tsize_t item = 0;

    while (item != s->end) {
        const tsize_t next = next_of(s, item);
        const struct heap_block block = {.header = s->base + item,
                                         .size = next - item,
                                         .payload = s->base + item + s->header,
                                         .usable = next - item - s->header,
                                         .used = is_used(s, item)};

        if (!leads_on(s, item, next) || !visit(context, &block))
            return;
        item = next;
    }
}

const struct heap_ops heap_rt_small_mem = {
    .name = "rt-small-mem",
    .title = "RT-Thread small-mem",
    .capabilities = HEAP_CAN_FREE | HEAP_CAN_REALLOC | HEAP_CAN_ALIGN | HEAP_COALESCES |
                    HEAP_ALIGNED_APART | HEAP_LINEAR_SEARCH,
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
    .check = small_mem_check,
    .walk = small_mem_walk,
};
