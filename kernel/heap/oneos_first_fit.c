/*
 * OneOS first-fit (OS_MEM_ALG_FIRSTFIT, OneOS 2.x and Lite). Despite its name: segregated free
 * lists by power of two, first fit only within 8 probes of one list.
 *
 *   base H | chunk 0: own structure, buckets | chunk | chunk | ... | end marker: chunk N, size 0 |
 *
 *   used   | left size | 2 * size + 1 | [task] | payload      fields of 16 bits in a small
 *   free   | left size | 2 * size     | prev | next |         region, of 32 in a big one
 *
 * - Sizes count units of 8 bytes; a chunk is named by its unit number from H. No two neighbours
 *   are free.
 * - List b holds the free chunks of 2^b <= size - least + 1 < 2^(b+1): circular, the bucket names
 *   the head. A chunk goes in as the tail; taking one out, whichever, makes its successor the head.
 *   In a big region a free chunk of one unit has no room for links: it is on no list ("solo") and
 *   is found by merging only.
 * - alloc looks at 8 chunks of the list of the size at most, then takes the head of the first
 *   list above: both leave the heads where they got to. free and realloc look at both neighbours.
 *   No operation depends on the number of blocks.
 */
#include "oneos_chunks.h"

enum { PROBES = 8 };
enum { UNITS_SMALL_MAX = 0x7fff };

static const char broken_chunk[] = "the chunk header there was overwritten";
static const char broken_list[] = "the free list there was overwritten: its links lead nowhere";

COLD static void broken(struct heap *h, const struct oneos_region *r, uint32_t c, const char *text)
{
    heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, r->base + c * UNIT, 0, text);
}

/* --- free lists --- */

/* Puts free chunk c in just before the head. A chunk that finds its list broken stays out. */
static ALWAYS_INLINE void insert(struct heap *h, struct view v, uint32_t c, uint32_t size)
{
    if (v.big && size < least_of(v))
        return;
    const uint32_t bucket = bucket_of(v, size);
    const uint32_t head = head_of(v, bucket);

    heap_step(h);
    if (head == 0) {
        set_head(v, bucket, c);
        set_own_word(v, OWN_BITMAP, bitmap_of(v) | 1u << bucket);
        put(v, c, PREV, c);
        put(v, c, NEXT, c);
        return;
    }
    const uint32_t tail = is_number(v, head) ? get(v, head, PREV) : 0;
    if (!is_number(v, tail) || get(v, tail, NEXT) != head) {
        broken(h, v.r, tail == 0 ? 0 : head, broken_list);
        return;
    }
    put(v, c, PREV, tail);
    put(v, c, NEXT, head);
    put(v, head, PREV, c);
    put(v, tail, NEXT, c);
}

/*
 * Takes chunk c, a number, off its list: its successor becomes the head. False after a diagnosis,
 * with nothing changed, if the chunk, which is free, or its list is broken.
 */
static ALWAYS_INLINE bool unlist(struct heap *h, struct view v, uint32_t c, uint32_t size)
{
    heap_step(h);
    if (!is_whole(v, c, size)) {
        broken(h, v.r, c, broken_chunk);
        return false;
    }
    if (v.big && size < least_of(v))
        return true;
    const uint32_t next = get(v, c, NEXT);
    const uint32_t prev = get(v, c, PREV);

    if (!is_number(v, next) || !is_number(v, prev) || get(v, next, PREV) != c ||
        get(v, prev, NEXT) != c) {
        broken(h, v.r, c, broken_list);
        return false;
    }
    put(v, prev, NEXT, next);
    put(v, next, PREV, prev);
    const uint32_t bucket = bucket_of(v, size);
    set_head(v, bucket, next == c ? 0 : next);
    if (next == c)
        set_own_word(v, OWN_BITMAP, bitmap_of(v) & ~(1u << bucket));
    return true;
}

/* --- init --- */

/* Numbers of the region, all from its place, its size and whether tasks are stored. */
static bool measure(struct oneos_region *r, taddr_t area, tsize_t size)
{
    const tsize_t task = r->traced ? 4 : 0;
    const tsize_t marker = (size / UNIT <= UNITS_SMALL_MAX ? 4 : 8) + task;
    const taddr_t base = align_up(area, UNIT);

    if (size < marker || align_down(area + size - marker, UNIT) <= base)
        return false;
    const uint32_t units = (align_down(area + size - marker, UNIT) - base) / UNIT;
    r->base = base;
    r->total = units * UNIT;
    r->chunks.units = units;
    r->chunks.big = units > UNITS_SMALL_MAX;
    r->header = (r->chunks.big ? 8 : 4) + task;
    r->size_max = UINT32_MAX - (UNIT - 1) - r->header;
    r->end = base + r->total + (r->chunks.big ? 8 : 4);
    if (units <= 3)
        return false;
    r->chunks.buckets = bucket_of(view_of(r), units) + 1;
    r->chunks.first = (OWN_SIZE + 4 * r->chunks.buckets + UNIT - 1) / UNIT;
    r->chunks.span = units - r->chunks.first;
    r->own = r->chunks.first * UNIT;
    return r->chunks.first + least_of(view_of(r)) < units;
}

static bool first_fit_init(struct heap *h, struct oneos_region *r, taddr_t area, tsize_t size)
{
    if (!measure(r, area, size))
        return false;
    const struct view v = view_of(r);
    const uint32_t first = r->chunks.first;

    memset(target_pointer(r->base), 0, r->own);
    set_own_word(v, OWN_UNITS, r->chunks.units);
    set_own_word(v, OWN_BUCKETS, r->base + OWN_SIZE);
    put(v, 0, STATE, first << 1 | USED);
    put(v, first, LEFT, first);
    put(v, first, STATE, r->chunks.span << 1);
    put(v, r->chunks.units, LEFT, r->chunks.span);
    put(v, r->chunks.units, STATE, USED);
    insert(h, v, first, r->chunks.span);
    return true;
}

/* --- alloc --- */

/* Up to PROBES chunks of one list, whose head stays where it got to; 0: none is large enough. */
static ALWAYS_INLINE uint32_t probe(struct heap *h, struct view v, uint32_t bucket, uint32_t size)
{
    const uint32_t start = head_of(v, bucket);
    uint32_t c = start;
    unsigned left = PROBES;

    if (start == 0)
        return 0;
    do {
        heap_step(h);
        if (!is_number(v, c)) {
            broken(h, v.r, 0, broken_list);
            return 0;
        }
        if (size_of(v, c) >= size)
            return c;
        c = get(v, c, NEXT);
        set_head(v, bucket, c);
    } while (c != start && --left != 0);
    return 0;
}

/* The head of the lowest list above, whose every chunk is large enough; 0 if all are empty. */
static ALWAYS_INLINE uint32_t head_above(struct heap *h, struct view v, uint32_t bucket)
{
    const uint32_t above = bitmap_of(v) >> bucket >> 1;

    heap_step(h);
    if (above == 0)
        return 0;
    const uint32_t found = bucket + 1 + bit_lowest(above);
    const uint32_t c = found < v.r->chunks.buckets ? head_of(v, found) : 0;
    if (is_number(v, c))
        return c;
    broken(h, v.r, 0, broken_list);
    return 0;
}

/* Takes a free chunk of `size` units or more off its list; its size is 0 if there is none. */
static ALWAYS_INLINE struct chunk find(struct heap *h, struct view v, uint32_t size)
{
    /* The logarithm of 0, which only a wrapped size asks for, is 0 to OneOS 2.1.0. */
    const uint32_t above = size - least_of(v) + 1;
    const uint32_t bucket = v.big && above == 0 ? 0 : bit_highest(above);
    const struct chunk none = {0, 0, 0};

    if (bucket >= v.r->chunks.buckets)
        return none;
    heap_step(h);
    uint32_t c = probe(h, v, bucket, size);
    if (c == 0)
        c = head_above(h, v, bucket);
    if (c == 0)
        return none;
    const uint32_t state = get(v, c, STATE);
    if ((state & USED) || state >> 1 < size) {
        broken(h, v.r, c, broken_list);
        return none;
    }
    return unlist(h, v, c, state >> 1) ? (struct chunk){c, state >> 1, 0} : none;
}

/*
 * Gives `size` units of chunk c, on no list and `whole` units long, to the program, or all of it if
 * it is shorter. The rest becomes a chunk.
 */
static ALWAYS_INLINE void grant(struct heap *h, struct view v, uint32_t c, uint32_t whole,
                                uint32_t size)
{
    if (whole > size) {
        put(v, c + size, LEFT, size);
        put(v, c + size, STATE, (whole - size) << 1);
        put(v, c + whole, LEFT, whole - size);
        insert(h, v, c + size, whole - size);
        whole = size;
    }
    put(v, c, STATE, whole << 1 | USED);
    if (v.r->traced)
        set_owner(v, c);
    oneos_add_used(v.r, whole * UNIT);
}

/* A wrapped size of which OneOS makes no chunk: it asserts, or what it does is not defined. */
COLD static bool is_no_size(const struct oneos_region *r, uint32_t size)
{
    if (r->v201 && size < least_of(view_of(r)))
        return true;
    return size == 0 ? !r->chunks.big : size * UNIT < r->header;
}

static ALWAYS_INLINE taddr_t alloc_in(struct heap *h, struct view v, tsize_t bytes)
{
    const uint32_t size = units_for(v.r, bytes);

    if (bytes - 1 >= v.r->size_max) { /* 0, or it wraps */
        if (bytes == 0)
            return 0;
        if (is_no_size(v.r, size))
            return ONEOS_REFUSED;
    }
    const struct chunk found = find(h, v, size);
    if (found.size == 0)
        return 0;
    grant(h, v, found.c, found.size, size);
    return payload_of(v, found.c);
}

static taddr_t first_fit_alloc(struct heap *h, const struct oneos_region *r, tsize_t bytes)
{
    return r->chunks.big ? alloc_in(h, view_as(r, true), bytes)
                         : alloc_in(h, view_as(r, false), bytes);
}

static taddr_t first_fit_alloc_aligned(struct heap *h, const struct oneos_region *r, tsize_t bytes,
                                       tsize_t align)
{
    const struct view v = view_of(r);
    uint32_t size = units_for(r, bytes);

    if (align <= 4)
        return first_fit_alloc(h, r, bytes);
    const struct chunk found = find(h, v, units_for(r, bytes + (align - 1)));
    if (found.size == 0)
        return 0;
    const taddr_t block = align_up(payload_of(v, found.c), align);
    const uint32_t c = (block - r->header - r->base) / UNIT;
    const uint32_t cut = c - found.c;
    if (cut > 0) {
        put(v, found.c, STATE, cut << 1);
        insert(h, v, found.c, cut);
        put(v, c, LEFT, cut);
        put(v, found.c + found.size, LEFT, found.size - cut);
    }
    if (block != payload_of(v, c)) {
        size++;
        store32(block - 4, further_in(block - 4));
    }
    grant(h, v, c, found.size - cut, size);
    return block;
}

/* --- free --- */

/* The chunk is free from now on: merges it with its right neighbour, then with its left one. */
static ALWAYS_INLINE void release(struct heap *h, struct view v, struct chunk chunk)
{
    const uint32_t c = chunk.c;
    const uint32_t right = get(v, c + chunk.size, STATE);
    const uint32_t left = get(v, c - chunk.left, STATE);

    heap_step(h);
    if (!(right & USED) && unlist(h, v, c + chunk.size, right >> 1))
        chunk.size += right >> 1;
    heap_step(h);
    if (!(left & USED) && unlist(h, v, c - chunk.left, left >> 1)) {
        put(v, c, STATE, 0); /* now inside a larger chunk: it must not pass for a live one */
        chunk.c -= chunk.left;
        chunk.size += left >> 1;
    }
    put(v, chunk.c, STATE, chunk.size << 1);
    put(v, chunk.c + chunk.size, LEFT, chunk.size);
    insert(h, v, chunk.c, chunk.size);
}

/*
 * The chunk of a pointer that alloc gave out and that is still live; size 0 after a diagnosis. Both
 * neighbours must know the chunk, which no payload does by accident.
 */
static ALWAYS_INLINE struct chunk live_chunk(struct heap *h, struct view v, taddr_t block)
{
    const tsize_t offset = block - v.r->header - v.r->base;
    const uint32_t c = offset / UNIT;

    heap_step(h);
    if (is_number(v, c) && (offset % UNIT == 0 ? !is_further_in(block)
                                               : offset % UNIT == 4 && is_further_in(block - 4))) {
        const uint32_t state = get(v, c, STATE);
        const uint32_t left = get(v, c, LEFT);

        if ((state & USED) && is_whole(v, c, state >> 1) && left - 1 < c &&
            size_of(v, c - left) == left)
            return (struct chunk){c, state >> 1, left};
    }
    heap_bad_pointer(h, block);
    return (struct chunk){0, 0, 0};
}

static ALWAYS_INLINE void free_in(struct heap *h, struct view v, taddr_t block)
{
    const struct chunk chunk = live_chunk(h, v, block);

    if (chunk.size == 0)
        return;
    oneos_drop_used(v.r, chunk.size * UNIT);
    release(h, v, chunk);
}

static void first_fit_free(struct heap *h, const struct oneos_region *r, taddr_t block)
{
    if (r->chunks.big)
        free_in(h, view_as(r, true), block);
    else
        free_in(h, view_as(r, false), block);
}

/* --- realloc --- */

static tsize_t first_fit_usable_size(const struct oneos_region *r, taddr_t block)
{
    const struct view v = view_of(r);
    const uint32_t c = (block - r->header - r->base) / UNIT;
    const taddr_t end = chunk_address(v, c + size_of(v, c));

    return end > block ? end - block : 0;
}

static taddr_t move(struct heap *h, const struct oneos_region *r, taddr_t block, tsize_t bytes)
{
    const tsize_t usable = first_fit_usable_size(r, block);
    const taddr_t moved = first_fit_alloc(h, r, bytes);

    if (moved != 0 && moved != ONEOS_REFUSED) {
        heap_copy(h, moved, block, usable);
        first_fit_free(h, r, block);
    }
    return moved;
}

/* OneOS 2.0.1 never grows a chunk in place. */
static bool can_grow(struct view v, uint32_t c, uint32_t size, uint32_t wanted)
{
    return !v.r->v201 && !is_used(v, c + size) && size + size_of(v, c + size) >= wanted;
}

/* Takes what is missing from the free right neighbour, which is large enough. */
static bool grow(struct heap *h, struct view v, uint32_t c, uint32_t size, uint32_t wanted)
{
    const uint32_t whole = size + size_of(v, c + size);

    if (!unlist(h, v, c + size, whole - size))
        return false;
    put(v, c + whole, LEFT, whole);
    oneos_drop_used(v.r, size * UNIT);
    grant(h, v, c, whole, wanted);
    return true;
}

static void shrink(struct heap *h, struct view v, uint32_t c, uint32_t size, uint32_t wanted)
{
    put(v, c, STATE, wanted << 1 | USED);
    put(v, c + wanted, LEFT, wanted);
    oneos_drop_used(v.r, (size - wanted) * UNIT);
    release(h, v, (struct chunk){c + wanted, size - wanted, wanted});
}

static taddr_t resize(struct heap *h, struct view v, taddr_t block, uint32_t c, uint32_t size,
                      tsize_t bytes)
{
    const uint32_t wanted = units_for(v.r, bytes);
    const taddr_t plain = payload_of(v, c);

    if (wanted == size) {
        if (block != plain && bytes > first_fit_usable_size(v.r, block) &&
            !heap_quirk(h, DIAGNOSIS_BAD_ALIGNMENT, block, bytes, oneos_promises_more))
            return ONEOS_REFUSED;
        return block;
    }
    heap_step(h);
    if (wanted > size && !can_grow(v, c, size, wanted))
        return move(h, v.r, block, bytes);
    if (block != plain && !heap_quirk(h, DIAGNOSIS_BAD_ALIGNMENT, block, bytes, oneos_moves_start))
        return ONEOS_REFUSED;
    if (wanted < size)
        shrink(h, v, c, size, wanted);
    else if (!grow(h, v, c, size, wanted))
        return 0;
    if (block != plain && v.r->header + 4 <= wanted * UNIT)
        store32(plain, 0); /* it is a plain block now */
    return plain;
}

static taddr_t first_fit_realloc(struct heap *h, const struct oneos_region *r, taddr_t block,
                                 tsize_t bytes)
{
    const struct view v = view_of(r);
    const struct chunk chunk = live_chunk(h, v, block);

    if (chunk.size == 0 || units_for(r, bytes) == 0)
        return ONEOS_REFUSED;
    if (bytes != 0)
        return resize(h, v, block, chunk.c, chunk.size, bytes);
    oneos_drop_used(r, chunk.size * UNIT);
    release(h, v, chunk);
    return 0;
}

/* --- check, walk --- */

struct census {
    uint32_t listed; /* free chunks that a list should hold */
    uint32_t used;   /* units */
};

static bool check_own(struct view v, struct heap_fault *fault)
{
    const struct oneos_region *const r = v.r;
    const uint32_t every_bit = (2u << (r->chunks.buckets - 1)) - 1;
    const struct {
        unsigned offset;
        uint32_t expected;
    } fixed[] = {{OWN_UNITS, r->chunks.units},
                 {OWN_BUCKETS, r->base + OWN_SIZE},
                 {OWN_BITMAP, bitmap_of(v) & every_bit}};

    if (get(v, 0, LEFT) != 0 || get(v, 0, STATE) != (r->chunks.first << 1 | USED))
        return heap_faulty(fault, r->base, get(v, 0, STATE), r->chunks.first << 1 | USED,
                           "the header of the region's own structure was overwritten");
    for (unsigned i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (own_word(v, fixed[i].offset) != fixed[i].expected)
            return heap_faulty(fault, r->base + fixed[i].offset, load32(r->base + fixed[i].offset),
                               fixed[i].expected, "the region's own structure was overwritten");
    return true;
}

static bool check_chunks(struct view v, struct census *census, struct heap_fault *fault)
{
    const uint32_t units = v.r->chunks.units;
    uint32_t before = 0;
    bool before_used = true;
    uint32_t c = 0;

    while (c != units) {
        const taddr_t at = chunk_address(v, c);
        const uint32_t size = size_of(v, c);
        const bool used = is_used(v, c);

        if (get(v, c, LEFT) != before)
            return heap_faulty(fault, at, get(v, c, LEFT), before,
                               "the left size is not the size of the chunk before");
        if (size - 1 >= units - c)
            return heap_faulty(fault, at, size, units - c,
                               "the size does not lead to a chunk of the region");
        if (!used && !before_used)
            return heap_faulty(fault, at, c, c - before, "two free neighbours were not merged");
        census->used += used ? size : 0;
        census->listed += !used && size >= least_of(v);
        before = size;
        before_used = used;
        c += size;
    }
    if (get(v, units, LEFT) != before || get(v, units, STATE) != USED)
        return heap_faulty(fault, chunk_address(v, units), get(v, units, LEFT), before,
                           "the end marker was overwritten");
    return true;
}

/* One list: every link leads to a free chunk of its sizes, and back to the head. */
static bool check_list(struct view v, uint32_t bucket, uint32_t *left_over,
                       struct heap_fault *fault)
{
    const uint32_t bitmap = bitmap_of(v);
    const uint32_t head = head_of(v, bucket);
    uint32_t c = head;

    if ((bitmap >> bucket & 1) != (head != 0))
        return heap_faulty(fault, v.r->base + OWN_BITMAP, bitmap, bitmap ^ 1u << bucket,
                           "the bitmap and the lists differ");
    if (head == 0)
        return true;
    if (!is_number(v, head))
        return heap_faulty(fault, v.r->base + OWN_SIZE + bucket * 4, head, 0,
                           "the list's head is no chunk of the region");
    do {
        const uint32_t size = size_of(v, c);
        const uint32_t next = get(v, c, NEXT);

        if (is_used(v, c) || size < least_of(v) || !is_whole(v, c, size) ||
            bucket_of(v, size) != bucket)
            return heap_faulty(fault, chunk_address(v, c), size, 1u << bucket,
                               "a list leads to what is no free chunk of its sizes");
        if (!is_number(v, next) || get(v, next, PREV) != c)
            return heap_faulty(fault, chunk_address(v, c), next, c,
                               "next does not lead to a chunk whose prev leads back");
        if ((*left_over)-- == 0)
            return heap_faulty(fault, chunk_address(v, c), c, 0,
                               "the lists hold more chunks than are free");
        c = next;
    } while (c != head);
    return true;
}

static bool first_fit_check(const struct oneos_region *r, struct heap_fault *fault)
{
    const struct view v = view_of(r);
    struct census census = {0, 0};

    if (!check_own(v, fault) || !check_chunks(v, &census, fault))
        return false;
    for (uint32_t bucket = 0; bucket < r->chunks.buckets; bucket++)
        if (!check_list(v, bucket, &census.listed, fault))
            return false;
    if (census.listed != 0)
        return heap_faulty(fault, r->base + OWN_SIZE, census.listed, 0,
                           "a free chunk is on no list");
    return oneos_check_figures(r, census.used * UNIT, fault);
}

static bool first_fit_walk(const struct oneos_region *r, heap_visit *visit, void *context)
{
    const struct view v = view_of(r);
    uint32_t c = r->chunks.first;

    while (is_number(v, c)) {
        const uint32_t units = size_of(v, c);
        const tsize_t size = units * UNIT;
        const tsize_t further =
            units > 1 && is_used(v, c) && is_further_in(payload_of(v, c)) ? 4 : 0;
        const struct heap_block block = {.header = chunk_address(v, c),
                                         .size = size,
                                         .payload = payload_of(v, c) + further,
                                         .usable =
                                             size > r->header ? size - r->header - further : 0,
                                         .used = is_used(v, c)};

        if (units - 1 >= r->chunks.units - c || !visit(context, &block))
            return false;
        c += units;
    }
    return true;
}

const struct oneos_algorithm oneos_first_fit = {
    .lock_name = "mem_f_sem",
    .init = first_fit_init,
    .alloc = first_fit_alloc,
    .alloc_aligned = first_fit_alloc_aligned,
    .realloc = first_fit_realloc,
    .free = first_fit_free,
    .usable_size = first_fit_usable_size,
    .check = first_fit_check,
    .walk = first_fit_walk,
};
