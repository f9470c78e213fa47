/*
 * FreeRTOS heap_2: best fit, and nothing is ever merged.
 *
 *   array  | to align | block | block | ... | block |  less than two alignments left over |
 *                     ^ start                       ^ start + total
 *
 *   block  | next free block, 0 while given out | size, bit 31 while given out | payload |
 *
 * - The free list is ordered by size; of equal sizes the newest comes first. Its head and its end
 *   are static variables upstream, here in heap->state. The end has the size of the whole heap.
 * - alloc takes the first block that is large enough: the best fit, and of several the one freed
 *   last. What is left over is split off if it is more than two headers.
 * - The heap is laid out by the first alloc, also one that fails.
 * - total need not be a multiple of the alignment; then one block, the last, has an odd size.
 *
 * alloc and free look at every free block that is smaller. Releases up to V10.4.6 do not mark
 * blocks that are given out; there a freed pointer is checked by a walk over all blocks.
 */
#include "../assert.h"
#include "allocators.h"
#include "freertos_common.h"

static const struct heap_option options[] = {
    FREERTOS_OPTION_ALIGN, FREERTOS_OPTION_RELEASE, FREERTOS_OPTION_CLEAR, {.key = NULL}};

struct heap_2 {
    struct freertos_heap common;
    struct freertos_header end;
    tsize_t places;    /* offsets at which a header fits; 1 for a heap smaller than one */
    tsize_t live;      /* blocks given out */
    tsize_t turns_max; /* of a scan: more than the list can have elements for */
    bool laid_out;
    bool marks;           /* blocks given out are marked */
    bool wraps;           /* sizes are added modulo 2^32 */
    tsize_t quick_places; /* multiples of QUICK_ALIGN at which a header fits, for the quick forms;
                             0 unless laid out, aligned so, marked and not to be cleared */
    taddr_t quick_end;    /* end_of() */
};

enum { QUICK_ALIGN = 8 }; /* the quick forms know the common alignment only */

static struct heap_2 *heap_2(struct heap *h)
{
    _Static_assert(sizeof(struct heap_2) <= HEAP_STATE_BYTES, "state fits");
    return (struct heap_2 *)(void *)h->state.bytes;
}

/* True if the heap has a whole header's room there. */
static ALWAYS_INLINE bool is_inside(const struct heap_2 *s, const struct freertos_header *b)
{
    return freertos_address(b) + s->common.minus_start < s->places;
}

/* That, and aligned. */
static ALWAYS_INLINE bool is_quick(const struct heap_2 *s, const struct freertos_header *b)
{
    const tsize_t offset = freertos_address(b) + s->common.minus_start;

    return (offset / QUICK_ALIGN | offset << 29) < s->quick_places;
}

static taddr_t end_of(const struct freertos_heap *s)
{
    return s->start + s->total;
}

COLD static void report_broken(struct heap *h, const struct freertos_header *at);

/* --- init --- */

static const char *heap_2_init(struct heap *h)
{
    struct heap_2 *const s = heap_2(h);
    const struct heap_region *const array = &h->regions[0];

    s->marks = !freertos_before(h, HEAP_VERSION(10, 4, 7));
    s->wraps = freertos_before(h, HEAP_VERSION(10, 4, 3));
    freertos_init(h, !s->wraps && freertos_before(h, HEAP_VERSION(10, 6, 3)));
    const tsize_t align = s->common.align;
    const taddr_t start = freertos_array_start(h);
    if (array->size < align || start - array->begin + FREERTOS_HEADER > array->size)
        return "it is too small for heap_2's first block header";
    if (array->size - align >= FREERTOS_ALLOCATED)
        return "its first block would have 2 GiB or more, which marks it as given out";
    freertos_set_start(&s->common, start);
    s->common.total = array->size - align;
    s->common.free = s->common.total;
    s->common.low = s->common.total;
    s->turns_max = s->common.total / FREERTOS_HEADER / 4 + 2;
    s->places = s->common.total < FREERTOS_HEADER ? 1 : s->common.total - FREERTOS_HEADER + 1;
    return NULL;
}

static void lay_out(struct heap *h)
{
    struct heap_2 *const s = heap_2(h);
    struct freertos_header *const first = freertos_at(s->common.start);

    s->common.head = (struct freertos_header){s->common.start, 0};
    s->end = (struct freertos_header){0, s->common.total};
    *first = (struct freertos_header){freertos_address(&s->end), s->common.total};
    s->live = 0;
    s->laid_out = true;
    s->quick_end = end_of(&s->common);
    if (s->marks && s->common.align == QUICK_ALIGN &&
        h->config.option[FREERTOS_OPTION_CLEAR_INDEX] == 0)
        s->quick_places = (s->places - 1) / QUICK_ALIGN + 1;
}

/* --- the list --- */

/* True if a link leads to a block that is smaller than `size`, which is looked at only inside. */
static ALWAYS_INLINE bool is_smaller(const struct freertos_header *b, tsize_t size,
                                     taddr_t minus_start, tsize_t places)
{
    return freertos_address(b) + minus_start < places && b->size < size;
}

/*
 * The last element that is smaller than `size`, or the head; NULL if a link leads nowhere. The loop
 * looks at four blocks a turn, and at no more than the heap can hold.
 */
static ALWAYS_INLINE struct freertos_header *last_below(struct heap_2 *s, tsize_t size,
                                                        tsize_t *steps)
{
    const tsize_t places = s->places;
    const taddr_t minus_start = s->common.minus_start;
    struct freertos_header *a = &s->common.head, *b, *c, *d;
    struct freertos_header *it, *next;
    tsize_t left = s->turns_max;
    tsize_t ahead; /* the one it ends at, of the four of its turn */

    do {
        it = a, next = b = freertos_at(a->next), ahead = 1;
        if (!is_smaller(b, size, minus_start, places))
            break;
        it = b, next = c = freertos_at(b->next), ahead = 2;
        if (!is_smaller(c, size, minus_start, places))
            break;
        it = c, next = d = freertos_at(c->next), ahead = 3;
        if (!is_smaller(d, size, minus_start, places))
            break;
        it = d, next = a = freertos_at(d->next), ahead = 4;
        if (!is_smaller(a, size, minus_start, places))
            break;
    } while (--left > 0);
    *steps += 4 * (s->turns_max - left) + ahead;
    return left > 0 && (is_inside(s, next) || next == &s->end) ? it : NULL;
}

/* --- alloc --- */

static ALWAYS_INLINE void count_used(struct heap_2 *s, tsize_t size)
{
    const tsize_t free = s->common.free - size;

    s->common.free = free;
    if (free < s->common.low)
        s->common.low = free;
    s->live++;
}

/*
 * Takes the element behind `it`, which is not the end, out of the list, and lists what is left of
 * it. 0, nothing changed, if something is odd.
 */
static ALWAYS_INLINE taddr_t take(struct heap_2 *s, struct freertos_header *it, tsize_t n,
                                  bool marks, tsize_t *steps)
{
    struct freertos_header *const block = freertos_at(it->next);
    const taddr_t at = freertos_address(block);
    tsize_t size = block->size;

    if (size > end_of(&s->common) - at || !freertos_is_aligned(&s->common, at))
        return 0;
    if (size - n > s->common.split_above) {
        /* No further than the search for the block went, which met nothing odd. */
        struct freertos_header *const before = last_below(s, size - n, steps);
        struct freertos_header *const rest = freertos_at(at + n);

        KERNEL_ASSERT_DEBUG(before != NULL);
        it->next = block->next; /* first: `before` may be `it` */
        rest->next = before->next;
        rest->size = size - n;
        before->next = freertos_address(rest);
        size = n;
    } else {
        it->next = block->next;
    }
    count_used(s, size);
    block->size = marks ? size | FREERTOS_ALLOCATED : size;
    if (marks)
        block->next = 0;
    return at + s->common.header;
}

/* Up to V10.4.2 the sum wraps: a block without payload is handed out (CVE-2021-32020). */
static tsize_t wrapped(struct heap *h, const struct heap_2 *s, tsize_t size)
{
    const tsize_t n = align_down(size + s->common.padding, s->common.align);

    if (!heap_quirk(h, DIAGNOSIS_SIZE_OVERFLOW, 0, size,
                    "with the block's header the size wraps: the block would have no payload"))
        return 0;
    if (n < s->common.header && n != 0) {
        heap_misuse(h, DIAGNOSIS_SIZE_OVERFLOW, 0, size,
                    "the block would be smaller than its header, and overwrite the next one's");
        return 0;
    }
    return n;
}

/* The block size of a request, or 0 if it fails. */
static tsize_t wanted(struct heap *h, const struct heap_2 *s, tsize_t size)
{
    tsize_t n = freertos_block_size(&s->common, size);

    if (!s->wraps)
        return n <= s->common.free ? n : 0;
    if (size > s->common.request_most)
        n = wrapped(h, s, size);
    return n < s->common.total ? n : 0;
}

/* Any release, the first call, and all that fails. */
HEAP_SLOW_PATH taddr_t alloc_carefully(struct heap *h, tsize_t size)
{
    struct heap_2 *const s = heap_2(h);
    tsize_t steps = 0;

    if (!s->laid_out)
        lay_out(h);
    const tsize_t n = wanted(h, s, size);
    if (n == 0)
        return freertos_fail(h, s->wraps ? 0 : size);
    struct freertos_header *const it = last_below(s, n, &steps);
    const bool found = it != NULL && it->next != freertos_address(&s->end);
    const taddr_t payload = found ? take(s, it, n, s->marks, &steps) : 0;
    heap_steps(h, steps);
    if (payload != 0)
        return payload;
    if (it == NULL || found)
        report_broken(h, found ? it : &s->common.head);
    return freertos_fail(h, n);
}

/* The quick form where the first block is too small, or is cut. */
HEAP_SLOW_PATH taddr_t alloc_further(struct heap *h, tsize_t size, tsize_t n)
{
    struct heap_2 *const s = heap_2(h);
    tsize_t steps = 0;
    struct freertos_header *const it = last_below(s, n, &steps);

    if (it == NULL || it->next == freertos_address(&s->end))
        return alloc_carefully(h, size);
    const taddr_t payload = take(s, it, n, true, &steps);
    return payload != 0 ? heap_steps_passed(h, steps, payload) : alloc_carefully(h, size);
}

/*
 * Here only a first block that is taken whole. With fewer bytes free than asked for there is no
 * such block.
 */
static taddr_t heap_2_alloc(struct heap *h, tsize_t size)
{
    struct heap_2 *const s = heap_2(h);
    struct freertos_header *const first = freertos_at(s->common.head.next);

    if (size - 1 >= s->common.free || !is_quick(s, first))
        return alloc_carefully(h, size);
    const tsize_t n = align_down(size + s->common.padding, QUICK_ALIGN);
    const tsize_t whole = first->size;
    if (whole - n > s->common.split_above || whole > s->quick_end - freertos_address(first))
        return alloc_further(h, size, n);
    s->common.head.next = first->next;
    first->next = 0;
    first->size = whole | FREERTOS_ALLOCATED;
    count_used(s, whole);
    return heap_steps_passed(h, 1, freertos_address(first) + FREERTOS_HEADER);
}

/* --- free --- */

/* A block's size without the mark, where this release has one. */
static tsize_t size_of(const struct heap_2 *s, const struct freertos_header *b)
{
    return s->marks ? b->size & ~FREERTOS_ALLOCATED : b->size;
}

/* The block behind `b`, or the end; 0 where b's size is none that it can have. */
static taddr_t following(const struct heap_2 *s, const struct freertos_header *b)
{
    const taddr_t next = freertos_address(b) + size_of(s, b);
    const tsize_t size = next - freertos_address(b);
    const tsize_t room = end_of(&s->common) - freertos_address(b);

    if (size == room)
        return next;
    return size >= s->common.header && freertos_is_aligned(&s->common, size) && size < room &&
                   is_inside(s, freertos_at(next))
               ? next
               : 0;
}

/* True if the block is in the free list. Ends on any contents. */
static bool is_listed(struct heap_2 *s, const struct freertos_header *block)
{
    const struct freertos_header *it = freertos_at(s->common.head.next);

    for (tsize_t left = s->common.total / 8 + 1; left > 0 && is_inside(s, it); left--) {
        if (it == block)
            return true;
        if (it->size > size_of(s, block))
            return false;
        it = freertos_at(it->next);
    }
    return false;
}

static bool is_used(struct heap_2 *s, const struct freertos_header *block)
{
    return s->marks ? (block->size & FREERTOS_ALLOCATED) != 0 : !is_listed(s, block);
}

/* True if a walk over all blocks comes by this one. */
static bool is_block(struct heap *h, struct heap_2 *s, const struct freertos_header *block)
{
    taddr_t at = s->common.start;

    while (at != 0 && at < freertos_address(block)) {
        heap_step(h);
        at = following(s, freertos_at(at));
    }
    return at == freertos_address(block);
}

/* True if a header there could be one that this release writes. */
static ALWAYS_INLINE bool is_marked_well(const struct heap_2 *s, const struct freertos_header *b)
{
    if (b->size & FREERTOS_ALLOCATED)
        return b->next == 0;
    return is_inside(s, freertos_at(b->next)) || b->next == freertos_address(&s->end);
}

/* A block given out, by its header and that of the block behind, or by a walk over all blocks. */
static bool is_live(struct heap *h, struct heap_2 *s, const struct freertos_header *block)
{
    if (!s->laid_out || !is_inside(s, block) ||
        !freertos_is_aligned(&s->common, freertos_address(block)))
        return false;
    const taddr_t next = following(s, block);
    if (next == 0)
        return false;
    if (!s->marks)
        return is_block(h, s, block) && !is_listed(s, block);
    return block->size & FREERTOS_ALLOCATED && block->next == 0 &&
           (next == end_of(&s->common) || is_marked_well(s, freertos_at(next)));
}

static ALWAYS_INLINE void insert_after(struct heap_2 *s, struct freertos_header *it,
                                       struct freertos_header *block, tsize_t size)
{
    block->size = size;
    block->next = it->next;
    it->next = freertos_address(block);
    s->common.free += size;
    s->live--;
}

HEAP_SLOW_PATH void free_carefully(struct heap *h, taddr_t payload)
{
    struct heap_2 *const s = heap_2(h);
    struct freertos_header *const block = freertos_at(payload - s->common.header);
    tsize_t steps = 1;

    if (payload == 0)
        return;
    if (!is_live(h, s, block)) {
        heap_bad_pointer(h, payload);
        return;
    }
    const tsize_t size = size_of(s, block);
    struct freertos_header *const it = last_below(s, size, &steps);
    heap_steps(h, steps);
    if (it == NULL) {
        report_broken(h, &s->common.head);
        return;
    }
    if (h->config.option[FREERTOS_OPTION_CLEAR_INDEX] != 0)
        heap_clear(h, payload, size - s->common.header);
    insert_after(s, it, block, size);
}

/* A live block that is not the first one in the list then. */
HEAP_SLOW_PATH void free_further(struct heap *h, struct freertos_header *block, tsize_t size)
{
    struct heap_2 *const s = heap_2(h);
    tsize_t steps = 1;
    struct freertos_header *const it = last_below(s, size, &steps);

    if (it == NULL) {
        free_carefully(h, freertos_address(block) + FREERTOS_HEADER);
        return;
    }
    insert_after(s, it, block, size);
    heap_steps(h, steps);
}

/* A marked block of a size that it can have; but the last one is left to the careful form. */
static void heap_2_free(struct heap *h, taddr_t payload)
{
    struct heap_2 *const s = heap_2(h);
    struct freertos_header *const block = freertos_at(payload - FREERTOS_HEADER);

    if (is_quick(s, block)) {
        const tsize_t size = block->size ^ FREERTOS_ALLOCATED; /* has bit 31 if that was clear */

        if (size <= s->quick_end - payload && /* a header's room is left behind it */
            size > FREERTOS_HEADER && is_aligned(size, QUICK_ALIGN) && block->next == 0 &&
            is_marked_well(s, freertos_at(freertos_address(block) + size))) {
            const struct freertos_header *const first = freertos_at(s->common.head.next);

            if (!is_inside(s, first) || first->size < size) {
                free_further(h, block, size);
                return;
            }
            insert_after(s, &s->common.head, block, size);
            heap_steps(h, 2);
            return;
        }
    }
    free_carefully(h, payload);
}

void freertos_heap_2_reset(struct heap *h)
{
    struct heap_2 *const s = heap_2(h);

    s->laid_out = false;
    s->quick_places = 0;
    s->common.free = s->common.total;
}

static tsize_t heap_2_usable_size(struct heap *h, taddr_t payload)
{
    const struct heap_2 *const s = heap_2(h);

    return size_of(s, freertos_at(payload - s->common.header)) - s->common.header;
}

/* --- figures, check, walk --- */

static const struct heap_figure figures[] = {
    {"free", freertos_read_free, false}, {"hook", freertos_read_hook, false}, {.name = NULL}};

static void heap_2_stats(struct heap *h, struct heap_stats *stats)
{
    const struct freertos_heap *const s = freertos_heap(h);

    *stats = (struct heap_stats){s->total, s->total - s->free, s->total - s->low};
}

static bool wrong_next(struct heap_fault *fault, const struct freertos_header *at, taddr_t expected,
                       const char *text)
{
    return heap_faulty(fault, freertos_address(at), at->next, expected, text);
}

static bool wrong_size(struct heap_fault *fault, const struct freertos_header *at,
                       uint32_t expected, const char *text)
{
    return heap_faulty(fault, freertos_address(at) + sizeof at->next, at->size, expected, text);
}

/* Every link leads to a block that is free and not smaller; counts the elements. */
static bool check_list(struct heap_2 *s, tsize_t *listed, struct heap_fault *fault)
{
    const struct freertos_header *it = &s->common.head;
    const taddr_t end = freertos_address(&s->end);

    for (; it->next != end; it = freertos_at(it->next)) {
        const struct freertos_header *const next = freertos_at(it->next);

        if (!is_inside(s, next) || !freertos_is_aligned(&s->common, it->next))
            return wrong_next(fault, it, end, "the free list leads out of the heap");
        if (s->marks && next->size & FREERTOS_ALLOCATED)
            return wrong_size(fault, next, next->size & ~FREERTOS_ALLOCATED,
                              "a block in the free list is marked as given out");
        if (next->size < it->size)
            return wrong_size(fault, next, it->size, "the free list is not ordered by size");
        if (++*listed > s->common.total / s->common.header + 1)
            return wrong_next(fault, it, end, "the free list runs in a circle");
    }
    return true;
}

/* Every block from the first to the last: its size, and free or given out as the list has it. */
static bool check_blocks(struct heap_2 *s, tsize_t listed, struct heap_fault *fault)
{
    tsize_t free = 0;
    tsize_t live = 0;
    taddr_t next = 0;

    for (taddr_t at = s->common.start; at != end_of(&s->common); at = next) {
        const struct freertos_header *const block = freertos_at(at);

        next = following(s, block);
        if (next == 0)
            return wrong_size(fault, block, end_of(&s->common) - at,
                              "the size is none that a block there can have");
        if (s->marks && !(block->size & FREERTOS_ALLOCATED) && !is_listed(s, block))
            return wrong_size(fault, block, block->size | FREERTOS_ALLOCATED,
                              "a block is neither in the free list nor marked as given out");
        if (s->marks && block->size & FREERTOS_ALLOCATED && block->next != 0)
            return wrong_next(fault, block, 0, "the link of a block given out is not 0");
        if (is_used(s, block)) {
            live++;
        } else {
            free += block->size;
            listed--;
        }
    }
    if (listed != 0)
        return wrong_next(fault, &s->common.head, 0, "the free list holds what is no block");
    if (free != s->common.free)
        return heap_faulty(fault, s->common.start, free, s->common.free,
                           "the free blocks and the count of free bytes differ");
    if (live != s->live)
        return heap_faulty(fault, s->common.start, live, s->live,
                           "the blocks given out and their count differ");
    return true;
}

static bool heap_2_check(struct heap *h, struct heap_fault *fault)
{
    struct heap_2 *const s = heap_2(h);
    tsize_t listed = 0;

    return !s->laid_out || s->common.total == 0 ||
           (check_list(s, &listed, fault) && check_blocks(s, listed, fault));
}

COLD static void report_broken(struct heap *h, const struct freertos_header *at)
{
    struct heap_fault fault = {.address = freertos_address(at),
                               .text = "the header there was overwritten"};

    heap_2_check(h, &fault);
    heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, fault.address, 0, fault.text);
}

static void heap_2_walk(struct heap *h, heap_visit *visit, void *context)
{
    struct heap_2 *const s = heap_2(h);
    taddr_t next = 0;

    if (!s->laid_out)
        return;
    for (taddr_t at = s->common.start; at != end_of(&s->common); at = next) {
        const struct freertos_header *const header = freertos_at(at);
        const tsize_t size = size_of(s, header);
        const struct heap_block block = {at, size, at + s->common.header,
                                         size < s->common.header ? 0 : size - s->common.header,
                                         is_used(s, header)};

        next = following(s, header);
        if (next == 0 || !visit(context, &block))
            return;
    }
}

const struct heap_ops heap_freertos_heap_2 = {
    .name = "freertos-heap-2",
    .title = "FreeRTOS heap_2",
    .capabilities = HEAP_CAN_FREE | HEAP_LINEAR_SEARCH | HEAP_WRITES_NEAR,
    .options = options,
    .figures = figures,
    .init = heap_2_init,
    .alloc = heap_2_alloc,
    .alloc_cleared = freertos_alloc_cleared,
    .free = heap_2_free,
    .usable_size = heap_2_usable_size,
    .stats = heap_2_stats,
    .check = heap_2_check,
    .walk = heap_2_walk,
};
