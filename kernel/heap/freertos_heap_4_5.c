/*
 * FreeRTOS heap_4 and heap_5: first fit by address, merging on free; heap_5 over several regions.
 *
 *   region | to align | block | block | ... | block | end marker | to align |
 *                     ^ start                       ^ end
 *
 *   block  | next free block, NULL while given out | size, bit 31 while given out | payload |
 *
 * - The free list is ordered by address. Its head is a static variable upstream, here in
 *   heap->state; it ends at the marker of the last region, whose link is NULL.
 * - alloc takes the first block that is large enough, and splits off what is left over if that is
 *   more than two headers. free merges with the free blocks on both sides.
 * - heap_4 is laid out by the first alloc, also one that fails; heap_5 when it gets its regions.
 * - heap_5: the markers of the other regions are elements of size 0. One vanishes for good when a
 *   block that ends at it is freed and takes it in, like any free neighbour.
 * - Heap protector: links in memory, but no sizes, are stored with a canary XORed in.
 *
 * alloc looks at every free block up to the one it takes, free at every one below the block.
 */
#include "freertos_heap_4_5.h"
#include "allocators.h"

enum { OPTION_PROTECTOR = FREERTOS_OPTION_CLEAR_INDEX + 1, OPTION_CANARY };

static const struct heap_option options[] = {
    FREERTOS_OPTION_ALIGN,
    FREERTOS_OPTION_RELEASE,
    FREERTOS_OPTION_CLEAR,
    {"heap_protector", "configENABLE_HEAP_PROTECTOR", "store links with a canary XORed in",
     HEAP_OPTION_FLAG, 0, 1, 0, NULL},
    {"canary", "vApplicationGetRandomHeapCanary", "the canary; taken when the heap is laid out",
     HEAP_OPTION_NUMBER, 0, UINT32_MAX, 0x5eed5eed, NULL},
    {.key = NULL}};

enum { QUICK_ALIGN = 8 }; /* the quick forms know the common alignment only */

static bool is_heap_5(const struct heap *h)
{
    return h->ops == &heap_freertos_heap_5;
}

/* --- init --- */

static const char *set_options(struct heap *h)
{
    struct heap_4_5 *const s = heap_4_5(h);

    freertos_init(h, !freertos_before(h, HEAP_VERSION(10, 5, 0)) &&
                         freertos_before(h, HEAP_VERSION(10, 5, 2)));
    s->rest_takes_marker = freertos_before(h, HEAP_VERSION(10, 6, 3));
    if (h->config.option[OPTION_PROTECTOR] != 0 && freertos_before(h, HEAP_VERSION(11, 0, 0)))
        return "the heap protector came with V11.0.0 only";
    return NULL;
}

/* Upstream's arithmetic, without its wrapping: false if there is no room for a marker. */
static bool find_extent(const struct freertos_heap *s, const struct heap_region *region,
                        struct extent *extent)
{
    const uint64_t end = (uint64_t)region->begin + region->size;
    const uint64_t start = ((uint64_t)region->begin + s->align - 1) & ~(uint64_t)(s->align - 1);

    if (start + s->header > end)
        return false;
    extent->start = (taddr_t)start;
    extent->end = align_down((taddr_t)(end - s->header), s->align);
    return true;
}

/* Writes markers and one free block a region. Later writes matter where both are one header. */
static void lay_out(struct heap *h)
{
    struct heap_4_5 *const s = heap_4_5(h);
    struct freertos_header *prev = &s->common.head;

    s->canary = h->config.option[OPTION_PROTECTOR] != 0 ? h->config.option[OPTION_CANARY] : 0;
    s->common.head.size = 0;
    for (unsigned i = 0; i < s->extent_count; i++) {
        const struct extent *const extent = &s->extents[i];

        *freertos_at(extent->end) = (struct freertos_header){s->canary, 0};
        *freertos_at(extent->start) =
            (struct freertos_header){extent->end ^ s->canary, extent->end - extent->start};
        prev->next = extent->start ^ s->canary;
        prev = freertos_at(extent->end);
        s->end = extent->end;
    }
    if (s->canary == 0 && s->common.align == QUICK_ALIGN &&
        h->config.option[FREERTOS_OPTION_CLEAR_INDEX] == 0 &&
        (s->extent_count == 1 || !s->rest_takes_marker))
        s->quick_places = (s->extents[0].end - s->extents[0].start) / QUICK_ALIGN;
    s->quick_minus_end = 0 - s->extents[0].end;
    s->common.free = s->common.total;
    s->common.low = s->common.total;
}

static const char *heap_4_init(struct heap *h)
{
    struct heap_4_5 *const s = heap_4_5(h);
    const char *const refusal = set_options(h);

    if (refusal != NULL)
        return refusal;
    if (!find_extent(&s->common, &h->regions[0], &s->extents[0]) ||
        s->extents[0].end - s->extents[0].start < s->common.header)
        return "it is too small for heap_4's two block headers";
    s->extent_count = 1;
    s->common.total = s->extents[0].end - s->extents[0].start;
    freertos_set_start(&s->common, s->extents[0].start);
    if (s->common.total >= FREERTOS_ALLOCATED)
        return "its first block would have 2 GiB or more, which marks it as given out";
    return NULL;
}

static const char *heap_5_init(struct heap *h)
{
    struct heap_4_5 *const s = heap_4_5(h);
    const char *const refusal = set_options(h);

    if (refusal != NULL)
        return refusal;
    for (unsigned i = 0; i < h->region_count; i++) {
        struct extent *const extent = &s->extents[i];
        const bool last = i + 1 == h->region_count;

        if (!find_extent(&s->common, &h->regions[i], extent))
            return "one of its regions is smaller than a block header, once aligned";
        const tsize_t size = extent->end - extent->start;
        if (size < s->common.header && (size != 0 || last))
            return last ? "its last region has no room for a block: heap_5 would never end a search"
                        : "one of its regions has room for one header and a part of another";
        if (size >= FREERTOS_ALLOCATED - s->common.total)
            return "its blocks would have 2 GiB or more, which marks them as given out";
        if (i > 0 && (extent->start <= s->extents[i - 1].end ||
                      extent->start - s->extents[i - 1].end < FREERTOS_HEADER))
            return "its regions are not in ascending order";
        s->common.total += size;
    }
    s->extent_count = h->region_count;
    freertos_set_start(&s->common, s->extents[0].start);
    lay_out(h);
    return NULL;
}

/* --- the list --- */

/* The region with a block or a marker at `at`, or NULL. */
static const struct extent *extent_of(const struct heap_4_5 *s, taddr_t at)
{
    for (unsigned i = 0; i < s->extent_count; i++)
        if (at - s->extents[i].start <= s->extents[i].end - s->extents[i].start)
            return &s->extents[i];
    return NULL;
}

COLD static void report_broken(struct heap *h, const struct freertos_header *at)
{
    struct heap_fault fault = {.address = freertos_address(at),
                               .text = "the header there was overwritten"};

    freertos_heap_4_5_check(h, &fault);
    heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, fault.address, 0, fault.text);
}

/* A place in the list: an element or the head, and its successor. */
struct place {
    struct freertos_header *it;
    struct freertos_header *next;
};

static const struct place nowhere = {NULL, NULL};

#define NO_LIMIT UINT64_MAX /* no link leads there */

/*
 * Searches for the first block of at least `size` bytes, or the first link to `below` or
 * beyond. nowhere if the list ends before, or after a diagnosis.
 */
static struct place search(struct heap *h, struct heap_4_5 *s, tsize_t size, uint64_t below)
{
    struct freertos_header *it = &s->common.head;
    const struct extent *in = s->extents;

    for (;;) {
        const taddr_t at = it->next ^ s->canary;
        struct freertos_header *const next = freertos_at(at);

        heap_step(h);
        if (at >= below)
            return (struct place){it, next};
        if (at == s->end)
            return nowhere;
        if (at - in->start > in->end - in->start)
            in = extent_of(s, at);
        if (in == NULL || (it != &s->common.head && next <= it)) {
            report_broken(h, it);
            return nowhere;
        }
        if (next->size >= size)
            return (struct place){it, next};
        it = next;
    }
}

/*
 * Operations come in two forms. The quick one is for the first region of a heap of the common
 * alignment, without protector and clearing; it gives up, nothing changed, when a link leads
 * elsewhere or something is odd. The careful one, which then takes over, does the rest and names
 * what is wrong. Both quick searches look at two elements a turn; they end on any contents, since
 * they ask that links rise.
 */
static ALWAYS_INLINE bool is_quick(const struct heap_4_5 *s, const struct freertos_header *block)
{
    const tsize_t offset = freertos_address(block) + s->common.minus_start;

    return (offset / QUICK_ALIGN | offset << 29) < s->quick_places;
}

/* --- alloc --- */

/* Takes the block at `p` out of the list and cuts it to n. rest_next: link of what is left. */
static ALWAYS_INLINE taddr_t take(struct heap_4_5 *s, const struct place *p, tsize_t n,
                                  taddr_t rest_next, uint32_t canary)
{
    struct freertos_header *const block = p->next;
    tsize_t size = block->size;

    if (size - n > s->common.split_above) {
        struct freertos_header *const rest = freertos_at(freertos_address(block) + n);

        rest->size = size - n;
        rest->next = rest_next;
        p->it->next = freertos_address(rest) ^ canary;
        size = n;
    } else {
        p->it->next = block->next;
    }
    block->size = size | FREERTOS_ALLOCATED;
    block->next = canary;
    const tsize_t free = s->common.free - size;
    s->common.free = free;
    if (free < s->common.low)
        s->common.low = free;
    s->allocations++;
    return freertos_address(block) + s->common.header;
}

/* True if a block, in a region that ends at `end`, does not reach beyond it. */
static ALWAYS_INLINE bool ends_by(const struct freertos_header *block, tsize_t size, taddr_t end)
{
    return size <= end - freertos_address(block);
}

/* Before the first call of heap_4, or one of heap_5 that has no regions. */
static bool can_lay_out(struct heap *h)
{
    if (!is_heap_5(h)) {
        lay_out(h);
        return true;
    }
    heap_misuse(h, DIAGNOSIS_ASSERTION, 0, 0,
                "heap_5 has no regions: vPortDefineHeapRegions comes before any allocation");
    return false;
}

HEAP_SLOW_PATH taddr_t alloc_carefully(struct heap *h, tsize_t size)
{
    struct heap_4_5 *const s = heap_4_5(h);
    const tsize_t n = freertos_block_size(&s->common, size);

    if (s->end == 0 && !can_lay_out(h))
        return freertos_fail(h, 0);
    if (n - 1 >= s->common.free)
        return freertos_fail(h, size);
    const struct place p = search(h, s, n, NO_LIMIT);
    if (p.it == NULL)
        return freertos_fail(h, size);
    const taddr_t at = freertos_address(p.next);
    if (!ends_by(p.next, p.next->size, extent_of(s, at)->end) ||
        !freertos_is_aligned(&s->common, at)) {
        report_broken(h, p.next);
        return freertos_fail(h, size);
    }
    const taddr_t next = p.next->next ^ s->canary;
    const bool marker = s->rest_takes_marker && at + p.next->size == next && next != s->end;
    return take(s, &p, n, marker ? freertos_at(next)->next : p.next->next, s->canary);
}

/*
 * The first block is too small for n bytes: searches on behind it. What a block still has to the
 * end, counted from there and so below 0, must rise: one comparison for the order and the region.
 */
HEAP_SLOW_PATH taddr_t alloc_further(struct heap *h, struct freertos_header *first, tsize_t n,
                                     tsize_t size)
{
    struct heap_4_5 *const s = heap_4_5(h);
    const taddr_t minus_end = s->quick_minus_end;
    struct freertos_header *even = first, *odd;
    tsize_t even_place = freertos_address(first) + minus_end;
    tsize_t steps = 2; /* with the odd one */
    struct place p;

    for (;; steps += 2) {
        odd = freertos_at(even->next);
        const tsize_t odd_place = freertos_address(odd) + minus_end;
        if (odd_place <= even_place || odd->size >= n) {
            p = (struct place){even, odd};
            break;
        }
        even = freertos_at(odd->next);
        even_place = freertos_address(even) + minus_end;
        if (even_place <= odd_place || even->size >= n) {
            steps++;
            p = (struct place){odd, even};
            break;
        }
    }
    if (p.next <= p.it || !is_quick(s, p.next) || p.next->size < n ||
        !ends_by(p.next, p.next->size, s->extents[0].end))
        return alloc_carefully(h, size);
    return heap_steps_passed(h, steps, take(s, &p, n, p.next->next, 0));
}

/* With fewer bytes free than asked for there is no such block. */
static taddr_t heap_4_5_alloc(struct heap *h, tsize_t size)
{
    struct heap_4_5 *const s = heap_4_5(h);
    const struct place first = {&s->common.head, freertos_at(s->common.head.next)};

    if (size - 1 < s->common.free && is_quick(s, first.next)) {
        const tsize_t n = align_down(size + s->common.padding, QUICK_ALIGN);

        if (first.next->size < n)
            return alloc_further(h, first.next, n, size);
        if (ends_by(first.next, first.next->size, s->extents[0].end))
            return heap_steps_passed(h, 1, take(s, &first, n, first.next->next, 0));
    }
    return alloc_carefully(h, size);
}

/* --- free --- */

/*
 * True for an aligned block that alloc gave out and that is still live, in the region that ends at
 * `end`.
 */
static ALWAYS_INLINE bool is_live(const struct freertos_header *block, tsize_t align,
                                  tsize_t header, taddr_t end, uint32_t canary)
{
    const tsize_t size = block->size ^ FREERTOS_ALLOCATED; /* has bit 31 if that was clear */

    return ends_by(block, size, end) && size > header && is_aligned(size, align) &&
           block->next == canary;
}

/* What a header there says that is not in the list. */
static ALWAYS_INLINE bool is_used(const struct freertos_header *block, uint32_t canary)
{
    return (block->size & FREERTOS_ALLOCATED) != 0 && block->next == canary;
}

/*
 * Lists a live block at `p`, merged with the free blocks that it touches. False, nothing changed,
 * if it overlaps a free block, or what follows it is no block: then it is none itself.
 */
static ALWAYS_INLINE bool release(struct heap_4_5 *s, const struct place *p,
                                  struct freertos_header *block, taddr_t end, uint32_t canary)
{
    const taddr_t at = freertos_address(block);
    const taddr_t next = freertos_address(p->next);
    const tsize_t size = block->size ^ FREERTOS_ALLOCATED;
    struct freertos_header *const after = freertos_at(at + size);
    tsize_t merged = size;
    taddr_t link = next ^ canary;
    bool after_it = false;

    if (p->it != &s->common.head) {
        const tsize_t gap = at - freertos_address(p->it);

        if (p->it->size > gap)
            return false;
        after_it = p->it->size == gap;
    }
    if (next <= at || after > p->next)
        return false;
    if (after == p->next) {
        if (next != s->end) {
            if (p->next->size > end - next)
                return false;
            merged += p->next->size;
            link = p->next->next;
        }
    } else if (freertos_address(after) != end && !is_used(after, canary)) {
        return false;
    }
    if (after_it) {
        block->size = size; /* stays behind, not marked as given out any more */
        p->it->size += merged;
        p->it->next = link;
    } else {
        block->size = merged;
        block->next = link;
        p->it->next = at ^ canary;
    }
    s->common.free += size;
    s->frees++;
    return true;
}

HEAP_SLOW_PATH void free_carefully(struct heap *h, taddr_t payload)
{
    struct heap_4_5 *const s = heap_4_5(h);
    struct freertos_header *const block = freertos_at(payload - s->common.header);
    const struct extent *const extent = extent_of(s, freertos_address(block));

    if (payload == 0)
        return;
    if (s->end == 0 || extent == NULL ||
        !freertos_is_aligned(&s->common, freertos_address(block)) ||
        !is_live(block, s->common.align, s->common.header, extent->end, s->canary)) {
        heap_bad_pointer(h, payload);
        return;
    }
    const tsize_t size = block->size ^ FREERTOS_ALLOCATED;
    const struct place p = search(h, s, UINT32_MAX, freertos_address(block));
    if (p.it == NULL)
        return;
    if (!release(s, &p, block, extent->end, s->canary))
        heap_bad_pointer(h, payload);
    else if (h->config.option[FREERTOS_OPTION_CLEAR_INDEX] != 0)
        heap_clear(h, payload, size - s->common.header);
}

/*
 * A live block that has free ones below it, or one behind it. A link is followed while it rises and
 * stays below the block: one comparison again, of places counted from the block. minus_block, what
 * turns an address into one, comes from the caller, lest the compiler subtract in two instructions.
 * The odd one is counted at the end, lest the loop keep an instruction more.
 */
HEAP_SLOW_PATH void free_merging(struct heap *h, struct freertos_header *block, taddr_t minus_block)
{
    struct heap_4_5 *const s = heap_4_5(h);
    struct freertos_header *even = &s->common.head, *odd;
    tsize_t even_place = s->common.start - 1 + minus_block, odd_place;
    tsize_t steps = 0; /* up to the even one */
    struct place p;

    for (;;) {
        odd = freertos_at(even->next);
        odd_place = freertos_address(odd) + minus_block;
        if (odd_place <= even_place) {
            p = (struct place){even, odd};
            break;
        }
        steps += 2;
        even = freertos_at(odd->next);
        even_place = freertos_address(even) + minus_block;
        if (even_place <= odd_place) {
            p = (struct place){odd, even};
            break;
        }
    }
    if (release(s, &p, block, s->extents[0].end, 0))
        heap_steps(h, steps + (even_place >= odd_place)); /* it ended at the odd one */
    else
        free_carefully(h, freertos_address(block) + s->common.header);
}

/*
 * Here only what merges with nothing but the first free block, right below it: release() without
 * the rest.
 */
static void heap_4_5_free(struct heap *h, taddr_t payload)
{
    struct heap_4_5 *const s = heap_4_5(h);
    struct freertos_header *const block = freertos_at(payload - FREERTOS_HEADER);
    const taddr_t at = freertos_address(block);
    const taddr_t end = s->extents[0].end;

    if (!is_quick(s, block) || !is_live(block, QUICK_ALIGN, FREERTOS_HEADER, end, 0)) {
        free_carefully(h, payload);
        return;
    }
    const tsize_t size = block->size ^ FREERTOS_ALLOCATED;
    const taddr_t after = at + size;
    const taddr_t first = s->common.head.next;
    if (after != end && !is_used(freertos_at(after), 0)) {
        free_merging(h, block, 0 - at);
    } else if (first > after) {
        block->size = size;
        block->next = first;
        s->common.head.next = at;
        s->common.free += size;
        s->frees++;
        heap_steps(h, 1);
    } else if (first >= s->common.start && first < at && freertos_at(first)->size == at - first &&
               freertos_at(first)->next > after) {
        block->size = size;
        freertos_at(first)->size += size;
        s->common.free += size;
        s->frees++;
        heap_steps(h, 2);
    } else {
        free_merging(h, block, 0 - at);
    }
}

static void heap_4_5_reset_low_water(struct heap *h)
{
    freertos_heap(h)->low = freertos_heap(h)->free;
}

/* The head of the list stays: until the next layout the figures walk the old list, as upstream's.
 */
void freertos_heap_4_5_reset(struct heap *h)
{
    struct heap_4_5 *const s = heap_4_5(h);

    s->end = 0;
    s->quick_places = 0;
    s->common.free = 0;
    s->common.low = 0;
    s->allocations = 0;
    s->frees = 0;
}

static tsize_t heap_4_5_usable_size(struct heap *h, taddr_t payload)
{
    const struct freertos_heap *const s = freertos_heap(h);

    return (freertos_at(payload - s->header)->size & ~FREERTOS_ALLOCATED) - s->header;
}

/* --- figures --- */

static tsize_t read_low(struct heap *h, unsigned region)
{
    return freertos_heap(h)->low;
}

static tsize_t read_allocations(struct heap *h, unsigned region)
{
    return heap_4_5(h)->allocations;
}

static tsize_t read_frees(struct heap *h, unsigned region)
{
    return heap_4_5(h)->frees;
}

/* What vPortGetHeapStats finds in the list; ends on any contents, since addresses must rise. */
struct list_figures {
    tsize_t elements, largest, smallest;
};

static struct list_figures read_list(struct heap *h)
{
    const struct heap_4_5 *const s = heap_4_5(h);
    struct list_figures figures = {0, 0, UINT32_MAX};
    taddr_t last = 0;

    for (taddr_t at = s->common.head.next ^ s->canary; at != s->end && at > last;) {
        if (extent_of(s, at) == NULL)
            break;
        const struct freertos_header *const block = freertos_at(at);
        figures.elements++;
        if (block->size > figures.largest)
            figures.largest = block->size;
        if (block->size < figures.smallest && (block->size != 0 || !is_heap_5(h)))
            figures.smallest = block->size;
        last = at;
        at = block->next ^ s->canary;
    }
    return figures;
}

static tsize_t read_elements(struct heap *h, unsigned region)
{
    return read_list(h).elements;
}

static tsize_t read_largest(struct heap *h, unsigned region)
{
    return read_list(h).largest;
}

static tsize_t read_smallest(struct heap *h, unsigned region)
{
    return read_list(h).smallest;
}

static const struct heap_figure figures[] = {{"free", freertos_read_free, false},
                                             {"minfree", read_low, false},
                                             {"nblk", read_elements, false},
                                             {"maxblk", read_largest, false},
                                             {"minblk", read_smallest, false},
                                             {"nalloc", read_allocations, false},
                                             {"nfree", read_frees, false},
                                             {"hook", freertos_read_hook, false},
                                             {.name = NULL}};

static void heap_4_5_stats(struct heap *h, struct heap_stats *stats)
{
    const struct freertos_heap *const s = freertos_heap(h);
    const bool laid_out = heap_4_5(h)->end != 0;

    *stats = (struct heap_stats){.total = s->total,
                                 .used = laid_out ? s->total - s->free : 0,
                                 .used_max = laid_out ? s->total - s->low : 0};
}

const struct heap_ops heap_freertos_heap_4 = {
    .name = "freertos-heap-4",
    .title = "FreeRTOS heap_4",
    .capabilities = HEAP_CAN_FREE | HEAP_COALESCES | HEAP_LINEAR_SEARCH | HEAP_WRITES_NEAR,
    .options = options,
    .figures = figures,
    .init = heap_4_init,
    .alloc = heap_4_5_alloc,
    .alloc_cleared = freertos_alloc_cleared,
    .free = heap_4_5_free,
    .reset_low_water = heap_4_5_reset_low_water,
    .usable_size = heap_4_5_usable_size,
    .stats = heap_4_5_stats,
    .check = freertos_heap_4_5_check,
    .walk = freertos_heap_4_5_walk,
};

const struct heap_ops heap_freertos_heap_5 = {
    .name = "freertos-heap-5",
    .title = "FreeRTOS heap_5",
    .capabilities =
        HEAP_CAN_FREE | HEAP_HAS_REGIONS | HEAP_COALESCES | HEAP_LINEAR_SEARCH | HEAP_WRITES_NEAR,
    .options = options,
    .figures = figures,
    .init = heap_5_init,
    .alloc = heap_4_5_alloc,
    .alloc_cleared = freertos_alloc_cleared,
    .free = heap_4_5_free,
    .reset_low_water = heap_4_5_reset_low_water,
    .usable_size = heap_4_5_usable_size,
    .stats = heap_4_5_stats,
    .check = freertos_heap_4_5_check,
    .walk = freertos_heap_4_5_walk,
};
