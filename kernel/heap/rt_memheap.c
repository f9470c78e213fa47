/*
 * RT-Thread memheap (RT-Thread 4.1.1 to 5.2.0): first fit on an unordered list of free items, in
 * one region or several. How a region works stands in rt_region.h; this file glues them.
 *
 *   rt_malloc -> | first region: the system heap | ... | second youngest | youngest |
 *                  tried first                           tried third       tried second
 *
 * - Each region is a heap of its own, which on the target has its own control block.
 * - alloc tries the first region, then the others, most recently made first (RT-Thread calls that
 *   auto binding). A block is freed and resized in its own region. realloc, where that has no room,
 *   tries all regions again as alloc does, even the one that has just refused.
 * - With the option `front` the calls are rt_malloc and its kin on the system heap: its ends are
 *   aligned first, and realloc of no block to 0 bytes gives a least block. Without, they are
 *   rt_memheap_alloc and its kin on the region as given, where that gives NULL.
 */
#include "rt_memheap.h"
#include "heap.h"
#include "rt_common.h"
#include "rt_region_quick.h"

enum {
    OPTION_ALIGN = RT_OPTION_ALIGN_INDEX,
    OPTION_NAME_MAX,
    OPTION_MEMTRACE,
    OPTION_FRONT,
    OPTION_MODE,
    OPTION_RELEASE
};

enum { MODE_FAST, MODE_BEST };

static const char *const modes[] = {[MODE_FAST] = "fast", [MODE_BEST] = "best", NULL};

static const struct heap_option options[] = {
    RT_OPTION_ALIGN,
    RT_OPTION_NAME_MAX,
    RT_OPTION_MEMTRACE,
    RT_OPTION_FRONT,
    {"mode", "RT_MEMHEAP_BEST_MODE", "order of the free list", HEAP_OPTION_WORD, MODE_FAST,
     MODE_BEST, MODE_FAST, modes},
    {"release", "RT_VERSION", "RT-Thread's; before 5.0.0: other least blocks, no best mode",
     HEAP_OPTION_VERSION, HEAP_VERSION(4, 1, 1), HEAP_VERSION(5, 2, 0), HEAP_VERSION(5, 2, 0),
     NULL},
    {.key = NULL}};

struct memheap {
    struct rt_region_layout layout;
    tsize_t low_bits, mask; /* align - 1, -align */
    bool front;
    unsigned count;
    tsize_t used_max;                /* of all regions together, where there are several */
    uint8_t order[HEAP_REGIONS_MAX]; /* indices of the regions, oldest first */
    bool taken[HEAP_REGIONS_MAX];
    struct rt_region regions[HEAP_REGIONS_MAX];
};

static struct memheap *memheap(struct heap *h)
{
    _Static_assert(sizeof(struct memheap) <= HEAP_STATE_BYTES, "state fits");
    return (struct memheap *)(void *)h->state.bytes;
}

static struct rt_region *region_at(struct memheap *s, unsigned index)
{
    return &s->regions[s->order[index]];
}

static tsize_t used_of_all(struct memheap *s)
{
    tsize_t used = 0;

    for (unsigned i = 0; i < s->count; i++)
        used += rt_region_used(region_at(s, i));
    return used;
}

/* A region counts its own peak; the peak of their sum is counted here. */
static void note_peak(struct memheap *s)
{
    const tsize_t used = used_of_all(s);

    if (used > s->used_max)
        s->used_max = used;
}

/* --- init --- */

static const char *make_region(struct heap *h, const struct heap_region *memory, taddr_t object)
{
    struct memheap *const s = memheap(h);
    uint8_t slot = 0;

    while (s->taken[slot])
        slot++;
    const char *const refusal = rt_region_init(h, &s->regions[slot], &s->layout, memory,
                                               h->config.option[OPTION_NAME_MAX], object);
    if (refusal != NULL)
        return refusal;
    s->taken[slot] = true;
    s->order[s->count++] = slot;
    rt_region_allow_quick(&s->regions[0], s->count == 1);
    note_peak(s);
    return NULL;
}

static void lay_out(struct heap *h, struct memheap *s)
{
    const bool old = h->config.option[OPTION_RELEASE] < HEAP_VERSION(5, 0, 0);
    const tsize_t align = h->config.option[OPTION_ALIGN];
    const bool named = h->config.option[OPTION_MEMTRACE] != 0;

    s->front = h->config.option[OPTION_FRONT] != 0;
    s->layout.align = align;
    s->low_bits = align - 1;
    s->mask = ~s->low_bits;
    s->layout.named = named;
    s->layout.header = align_up(named ? ITEM_NAME + 4 : ITEM_NAME, align);
    s->layout.least = old ? 12 : align_up(12, align);
    s->layout.unit = old ? 4 : align;
    /* Before 5.0 the code asks for a macro of another spelling: setting this one does nothing. */
    s->layout.best = h->config.option[OPTION_MODE] == MODE_BEST && !old;
}

static const char *memheap_init(struct heap *h)
{
    struct memheap *const s = memheap(h);

    lay_out(h, s);
    const struct heap_region first = rt_heap_extent(h, s->layout.align, s->front);
    const char *refusal = make_region(h, &first, h->object);
    for (unsigned i = 1; refusal == NULL && i < h->region_count; i++)
        refusal = make_region(h, &h->regions[i], 0);
    h->object = s->regions[0].pool;
    return refusal;
}

/* rt_memheap_init of a further heap. */
static const char *memheap_add_region(struct heap *h, const struct heap_region *region)
{
    struct memheap *const s = memheap(h);

    if (s->count == 1)
        s->used_max = s->regions[0].control->max_used;
    return make_region(h, region, 0);
}

/* rt_memheap_detach: without a look at the blocks that are live there. */
static const char *memheap_remove_region(struct heap *h, taddr_t begin)
{
    struct memheap *const s = memheap(h);
    unsigned index = 0;

    while (h->regions[index].begin != begin)
        index++;
    if (index == 0)
        return "the first region of a memheap stays as long as the heap";
    s->taken[s->order[index]] = false;
    s->count--;
    for (; index < s->count; index++)
        s->order[index] = s->order[index + 1];
    rt_region_allow_quick(&s->regions[0], s->count == 1);
    return NULL;
}

/* --- alloc --- */

static taddr_t alloc_in(struct heap *h, struct memheap *s, struct rt_region *r, tsize_t n)
{
    const taddr_t block = rt_region_alloc(h, r, n);

    if (s->count > 1)
        note_peak(s);
    return block;
}

HEAP_SLOW_PATH taddr_t alloc_in_several(struct heap *h, struct memheap *s, tsize_t n)
{
    taddr_t block = alloc_in(h, s, region_at(s, 0), n);

    for (unsigned i = s->count - 1; block == 0 && i > 0; i--)
        block = alloc_in(h, s, region_at(s, i), n);
    return block;
}

static taddr_t alloc_anywhere(struct heap *h, struct memheap *s, tsize_t n)
{
    return s->count == 1 ? rt_region_alloc(h, &s->regions[0], n) : alloc_in_several(h, s, n);
}

/* Near 2^32 rounding wraps to 0: upstream answers that with a least block. 0: refused. */
HEAP_SLOW_PATH tsize_t rounded_wrap(struct heap *h, taddr_t block, tsize_t size)
{
    return heap_quirk(h, DIAGNOSIS_SIZE_OVERFLOW, block, size,
                      "rounded up to the alignment, the size wraps to 0, which is served as the "
                      "least block")
               ? memheap(h)->layout.least
               : 0;
}

/* Bytes for a request, for a new block or for an old one. 0: refused. */
static inline tsize_t rounded(struct heap *h, taddr_t block, tsize_t size)
{
    const struct memheap *const s = memheap(h);
    const tsize_t n = (size + s->low_bits) & s->mask;

    if (n >= s->layout.least)
        return n;
    return n == 0 && size != 0 ? rounded_wrap(h, block, size) : s->layout.least;
}

HEAP_SLOW_PATH taddr_t alloc_slowly(struct heap *h, tsize_t size)
{
    const tsize_t n = rounded(h, 0, size);

    return n == 0 ? 0 : alloc_anywhere(h, memheap(h), n);
}

static taddr_t memheap_alloc(struct heap *h, tsize_t size)
{
    struct memheap *const s = memheap(h);
    struct rt_region *const r = &s->regions[0];
    const tsize_t n = (size + s->low_bits) & s->mask;
    const taddr_t list = r->list;
    const taddr_t first = next_free_of(list);

    if (n < s->layout.least || n >= r->control->available || !heap_runs(h) ||
        !rt_region_is_quick(r, first))
        return alloc_slowly(h, size);
    const tsize_t first_size = next_of(first) - first - QUICK_HEADER;
    const taddr_t after = next_free_of(first);
    if (first_size < n)
        return rt_region_alloc_further(h, r, n, first);
    if (!rt_region_is_sound_first(r, list, first, after))
        return alloc_slowly(h, size);
    h->cost.steps++;
    return first_size - n >= r->unsplit ? rt_region_cut_first(r, list, first, after, n)
                                        : rt_region_take_first(r, list, first, after, first_size);
}

/* --- free --- */

/* The region an address lies in, or NULL. */
HEAP_SLOW_PATH struct rt_region *find_region(struct memheap *s, taddr_t address)
{
    for (unsigned i = 0; i < s->count; i++)
        if (is_inside(region_at(s, i), address))
            return region_at(s, i);
    return NULL;
}

static inline struct rt_region *region_around(struct memheap *s, taddr_t address)
{
    return is_inside(&s->regions[0], address) ? &s->regions[0] : find_region(s, address);
}

bool rt_memheap_owns(struct heap *h, taddr_t block)
{
    struct memheap *const s = memheap(h);
    const struct rt_region *const r = region_around(s, block - s->layout.header);

    return r != NULL && rt_region_live_item(r, block) != 0;
}

HEAP_SLOW_PATH void free_slowly(struct heap *h, taddr_t block)
{
    struct memheap *const s = memheap(h);
    struct rt_region *const r = region_around(s, block - s->layout.header);

    if (r != NULL)
        rt_region_free(h, r, block);
    else if (block != 0)
        heap_bad_pointer(h, block);
}

enum { FREE_STEPS = 3 }; /* the item and its neighbours */

static void memheap_free(struct heap *h, taddr_t block)
{
    struct memheap *const s = memheap(h);

    if (heap_runs(h) && rt_region_free_below_used(&s->regions[0], block - s->layout.header))
        h->cost.steps += FREE_STEPS;
    else
        free_slowly(h, block);
}

/* --- realloc --- */

static taddr_t move_block(struct heap *h, struct rt_region *r, taddr_t block, taddr_t to,
                          tsize_t bytes)
{
    if (to != 0) {
        heap_copy(h, to, block, bytes);
        rt_region_free(h, r, block);
    }
    return to;
}

/* A live block to n bytes, which `size` rounds to: where it lies, in its region, in any. */
static taddr_t resize(struct heap *h, struct rt_region *r, taddr_t item, tsize_t size, tsize_t n)
{
    struct memheap *const s = memheap(h);
    const taddr_t block = item + s->layout.header;
    const tsize_t old = size_of(r, item);

    if (rt_region_resize(h, r, item, n)) {
        if (s->count > 1)
            note_peak(s);
        return block;
    }
    taddr_t moved = move_block(h, r, block, alloc_in(h, s, r, n), old);
    if (moved == 0 && (s->front || s->count > 1))
        moved = move_block(h, r, block, alloc_anywhere(h, s, n), old < size ? old : size);
    return moved;
}

static taddr_t memheap_realloc(struct heap *h, taddr_t block, tsize_t size)
{
    struct memheap *const s = memheap(h);

    if (block == 0)
        return size == 0 && !s->front ? 0 : memheap_alloc(h, size);
    if (size == 0) {
        memheap_free(h, block);
        return 0;
    }
    struct rt_region *const r = region_around(s, block - s->layout.header);
    const taddr_t item = r == NULL ? 0 : rt_region_live_item(r, block);
    if (item == 0) {
        heap_bad_pointer(h, block);
        return 0;
    }
    const tsize_t n = rounded(h, block, size);
    return n == 0 ? 0 : resize(h, r, item, size, n);
}

static tsize_t memheap_usable_size(struct heap *h, taddr_t block)
{
    return size_of(&memheap(h)->regions[0], block - memheap(h)->layout.header);
}

/* --- figures, check, walk --- */

static tsize_t read_used(struct heap *h, unsigned region)
{
    return rt_region_used(region_at(memheap(h), region));
}

static tsize_t read_max(struct heap *h, unsigned region)
{
    return region_at(memheap(h), region)->control->max_used;
}

static tsize_t read_total(struct heap *h, unsigned region)
{
    return region_at(memheap(h), region)->control->pool_size;
}

/* Without an index they are the first region's: what rt_memory_info tells of the system heap. */
static const struct heap_figure figures[] = {{"used", read_used, false},
                                             {"max", read_max, false},
                                             {"total", read_total, false},
                                             {"used", read_used, true},
                                             {"max", read_max, true},
                                             {"total", read_total, true},
                                             {.name = NULL}};

void rt_memheap_stats(struct heap *h, unsigned region, struct heap_stats *stats)
{
    *stats = (struct heap_stats){read_total(h, region), read_used(h, region), read_max(h, region)};
}

static void memheap_stats(struct heap *h, struct heap_stats *stats)
{
    struct memheap *const s = memheap(h);

    rt_memheap_stats(h, 0, stats);
    if (s->count == 1)
        return;
    stats->used = used_of_all(s);
    stats->used_max = s->used_max;
    for (unsigned i = 1; i < s->count; i++)
        stats->total += read_total(h, i);
}

static bool memheap_check(struct heap *h, struct heap_fault *fault)
{
    struct memheap *const s = memheap(h);

    for (unsigned i = 0; i < s->count; i++)
        if (!rt_region_check(region_at(s, i), fault))
            return false;
    return true;
}

/* The lowest region at `floor` or above, or NULL. */
static const struct rt_region *region_above(struct memheap *s, uint64_t floor)
{
    const struct rt_region *lowest = NULL;

    for (unsigned i = 0; i < s->count; i++) {
        const struct rt_region *const r = region_at(s, i);

        if (r->start >= floor && (lowest == NULL || r->start < lowest->start))
            lowest = r;
    }
    return lowest;
}

static void memheap_walk(struct heap *h, heap_visit *visit, void *context)
{
    struct memheap *const s = memheap(h);
    const struct rt_region *r = region_above(s, 0);

    while (r != NULL && rt_region_walk(r, visit, context))
        r = region_above(s, (uint64_t)r->start + 1);
}

const struct heap_ops heap_rt_memheap = {
    .name = "rt-memheap",
    .title = "RT-Thread memheap",
    .capabilities = HEAP_CAN_FREE | HEAP_CAN_REALLOC | HEAP_CAN_ALIGN | HEAP_HAS_REGIONS |
                    HEAP_COALESCES | HEAP_ALIGNED_APART | HEAP_WRITES_NEAR,
    .options = options,
    .figures = figures,
    .init = memheap_init,
    .alloc = memheap_alloc,
    .alloc_cleared = rt_alloc_cleared,
    .alloc_aligned = rt_alloc_aligned,
    .realloc = memheap_realloc,
    .free = memheap_free,
    .free_aligned = rt_free_aligned,
    .add_region = memheap_add_region,
    .remove_region = memheap_remove_region,
    .usable_size = memheap_usable_size,
    .stats = memheap_stats,
    .check = memheap_check,
    .walk = memheap_walk,
};
