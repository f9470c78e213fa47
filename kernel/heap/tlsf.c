/*
 * TLSF, two-level segregated fit: Matthew Conte's implementation 3.1 as a 32-bit target runs it,
 * and RT-Thread's package of it.
 *
 *   region 1      | control structure | pool |          every further region | pool |
 *
 *   control       | null block | levels | 24 words of lists | 24 x 32 list heads |
 *   pool          | size | payload | size | payload | ... | size 0: the sentinel |
 *
 *   block         | prev | size + flags | next | back | ...
 *                   ^ its address       ^ payload
 *
 * - Free blocks are listed by size: the highest bit chooses the level, the five bits below it one
 *   of its 32 lists; below 128 bytes every size has its own list. Bit maps tell which lists hold
 *   any, so the search for one whose every block is large enough is two bit scans.
 * - A block is taken from the head of its list and comes back to the head. What is left over is
 *   split off if it can hold a block; neighbours that are free are merged at once.
 * - `prev` is the last word of the block before, and valid only while that one is free; `next` and
 *   `back` link a list, and are payload while the block is used. A list ends with the null block.
 * - Two pools never merge: the sentinel, used for ever, lies between them.
 *
 * No operation loops (but realloc, when it copies). Headers looked at, list neighbours included,
 * are at most: alloc 5, free 9, realloc in place 7, moving 14, aligned alloc 7.
 *
 * Every link is followed only after it proved to lead into a pool, and a block is merged or taken
 * only if its neighbours know it. What upstream keeps in no word of its own (is this address the
 * start of a used block?) can't be proved in constant time: a pointer into the middle of a block is
 * told by the words around it, which payload can resemble.
 */
#include "allocators.h"
#include "tlsf_lists.h"

static const struct heap_option options[] = {
    {"front", "rt_system_heap_init", "1: RT-Thread's package, which allocates a node per region",
     HEAP_OPTION_FLAG, 0, 1, 0, NULL},
    {.key = NULL}};

enum { RECORD = sizeof(struct block) }; /* what must be left over to split a block */

/* --- alloc --- */

/* The words around `at` are not what TLSF leaves behind: names the first one that is wrong. */
COLD static void report_broken(struct heap *h, const void *at)
{
    struct heap_fault fault = {.address = (taddr_t)(uintptr_t)at,
                               .text = "a header or a link there was overwritten"};

    tlsf_check(h, &fault);
    heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, fault.address, 0, fault.text);
}

/* The first list whose blocks are all at least that large: LISTS or above if there is none. */
static ALWAYS_INLINE unsigned list_above(tsize_t size)
{
    const unsigned high = bit_highest(size | FINE);

    return (high - 7) * LEVEL_LISTS + ((size + ((1u << (high - 5)) - 1)) >> (high - 5));
}

static const char size_wraps[] = "rounded up to a multiple of 4, the size wraps to 0";

/* Upstream's rounding, modulo 2^32: 0 for what it refuses. */
static inline tsize_t adjust(tsize_t size, tsize_t align)
{
    const tsize_t rounded = align_up(size, align);

    if (size == 0 || rounded >= MOST)
        return 0;
    return rounded < LEAST ? LEAST : rounded;
}

COLD static tsize_t odd_request(struct heap *h, tsize_t size)
{
    if (size > UINT32_MAX - (ALIGN - 1) &&
        heap_quirk(h, DIAGNOSIS_SIZE_OVERFLOW, 0, size, size_wraps))
        return LEAST;
    return 0;
}

/* A request as a size of blocks; 0 if it fails. A size that wraps is a quirk. */
static tsize_t request(struct heap *h, tsize_t size)
{
    return size - 1 < MOST - ALIGN ? adjust(size, ALIGN) : odd_request(h, size);
}

/* A free block at the head of its list, with everything around it proved sound. */
struct candidate {
    struct block *block;
    tsize_t size;
    taddr_t next; /* its successor in the list */
    unsigned list;
};

enum found { FOUND, NONE, ODD };

/* Finds the block that an allocation of `size` bytes takes. */
static ALWAYS_INLINE enum found find(const struct tlsf *s, tsize_t size, struct candidate *f,
                                     bool careful)
{
    const struct control *const c = s->control;
    const unsigned above = list_above(size);
    unsigned level = above / LEVEL_LISTS;

    if (level >= LEVELS)
        return NONE;
    uint32_t lists = c->lists[level] & ~0u << above % LEVEL_LISTS;
    if (lists == 0) {
        const uint32_t levels = c->levels & ~1u << level;
        if (levels == 0)
            return NONE;
        level = bit_lowest(levels);
        if (level >= LEVELS || c->lists[level] == 0)
            return ODD;
        lists = c->lists[level];
    }
    f->list = level * LEVEL_LISTS + bit_lowest(lists);
    const taddr_t at = c->heads[f->list];
    const struct pool *const pool = pool_of(s, at, careful);
    if (pool == NULL)
        return ODD;
    f->block = block_at(at);
    f->size = f->block->word - FREE;
    f->next = f->block->next;
    if (f->size % ALIGN != 0 || f->size < size || f->size > room_at(pool, at))
        return ODD;
    if (f->next != s->null &&
        (pool_of(s, f->next, careful) == NULL || block_at(f->next)->back != at))
        return ODD;
    return FOUND;
}

static ALWAYS_INLINE void count_free(struct tlsf *s, tsize_t payload)
{
    s->live--;
    s->used -= payload + OVERHEAD;
}

static ALWAYS_INLINE void count_used(struct tlsf *s, tsize_t payload)
{
    const tsize_t used = s->used + payload + OVERHEAD;

    s->live++;
    s->used = used;
    if (used > s->used_max)
        s->used_max = used;
}

/* Takes a candidate whole. */
static ALWAYS_INLINE void take_whole(struct tlsf *s, const struct candidate *f)
{
    drop_head(s, f->list, f->next);
    f->block->word = f->size;
    after(f->block, f->size)->word &= ~(uint32_t)PREV_FREE;
    count_used(s, f->size);
}

/*
 * Takes the front of a candidate; the rest becomes a free block. Where that goes to the list that
 * the candidate came from it just takes its place there, which leaves the links that upstream
 * leaves. False, nothing changed, if the list is odd.
 */
static ALWAYS_INLINE bool take_front(struct tlsf *s, const struct candidate *f, tsize_t size,
                                     bool careful)
{
    const tsize_t rest = f->size - size - OVERHEAD;
    const unsigned list = list_of(rest);
    struct block *const tail = after(f->block, size);

    if (list == f->list) {
        tail->next = f->next;
        tail->back = s->null;
        block_at(f->next)->back = address_of(tail);
        s->control->heads[list] = address_of(tail);
    } else {
        if (!can_insert(s, list, careful))
            return false;
        drop_head(s, f->list, f->next);
        insert(s, list, tail);
    }
    after(tail, rest)->prev = address_of(tail);
    f->block->word = size;
    tail->word = rest | FREE;
    count_used(s, size);
    return true;
}

static bool take(struct tlsf *s, const struct candidate *f, tsize_t size)
{
    if (f->size >= size + RECORD)
        return take_front(s, f, size, true);
    take_whole(s, f);
    return true;
}

/* Bit maps, the block, the one behind it; the list of the rest; that of what lies before. */
enum { WHOLE_STEPS = 3, ALLOC_STEPS = 4, ALIGNED_STEPS = 5 };

HEAP_SLOW_PATH taddr_t alloc_carefully(struct heap *h, tsize_t size)
{
    struct tlsf *const s = tlsf(h);
    const tsize_t n = request(h, size);
    struct candidate f = {.list = 0};

    if (n == 0)
        return 0;
    heap_steps(h, ALLOC_STEPS);
    const enum found found = find(s, n, &f, true);
    if (found == FOUND && take(s, &f, n))
        return address_of(f.block) + PAYLOAD;
    if (found != NONE)
        report_broken(h, &s->control->heads[f.list]);
    return 0;
}

/* Out of line, so that what tlsf_alloc does itself needs no registers saved. */
HEAP_SLOW_PATH taddr_t alloc_front(struct heap *h, struct block *block, tsize_t size, unsigned list,
                                   taddr_t next, tsize_t n)
{
    const struct candidate f = {.block = block, .size = size, .next = next, .list = list};

    if (!take_front(tlsf(h), &f, n, false))
        return alloc_carefully(h, n);
    heap_steps(h, ALLOC_STEPS);
    return address_of(block) + PAYLOAD;
}

static taddr_t tlsf_alloc(struct heap *h, tsize_t size)
{
    struct tlsf *const s = tlsf(h);
    struct candidate f;

    if (size - 1 >= MOST - ALIGN)
        return alloc_carefully(h, size);
    const tsize_t n = size < LEAST ? LEAST : align_up(size, ALIGN);
    if (find(s, n, &f, false) != FOUND)
        return alloc_carefully(h, n);
    if (f.size >= n + RECORD)
        return alloc_front(h, f.block, f.size, f.list, f.next, n);
    take_whole(s, &f);
    heap_steps(h, WHOLE_STEPS);
    return address_of(f.block) + PAYLOAD;
}

/* rt_calloc: the product is taken modulo 2^32. What wraps again when rounded would be cleared. */
static taddr_t tlsf_alloc_cleared(struct heap *h, tsize_t count, tsize_t size)
{
    static const char wraps[] = "count x size wraps at 32 bits, so the block would be too small";
    const uint64_t whole = (uint64_t)count * size;
    const tsize_t product = (tsize_t)whole;

    if (whole > UINT32_MAX && !heap_quirk(h, DIAGNOSIS_SIZE_OVERFLOW, 0, product, wraps))
        return 0;
    if (product > UINT32_MAX - (ALIGN - 1)) {
        heap_misuse(h, DIAGNOSIS_SIZE_OVERFLOW, 0, product,
                    "the block would be 12 bytes, and 4 GiB would be cleared");
        return 0;
    }
    const taddr_t payload = tlsf_alloc(h, product);
    if (payload != 0)
        heap_clear(h, payload, product);
    return payload;
}

/* Bytes from a candidate's payload to the aligned one; less than a record can't be split off. */
static tsize_t gap_before(taddr_t payload, tsize_t align)
{
    const tsize_t gap = align_up(payload, align) - payload;

    if (gap == 0 || gap >= RECORD)
        return gap;
    const tsize_t more = RECORD - gap > align ? RECORD - gap : align;
    return align_up(payload + gap + more, align) - payload;
}

/* Takes the part of a candidate that is aligned; what lies before it becomes a free block first. */
static bool take_aligned(struct tlsf *s, struct candidate *f, tsize_t size, tsize_t align)
{
    struct block *const lead = f->block;
    const tsize_t gap = gap_before(address_of(lead) + PAYLOAD, align);
    const tsize_t whole = f->size - gap;

    if (gap == 0 || f->size < gap + RECORD) /* no room for a gap only if the search size wrapped */
        return take(s, f, size);
    if (!can_insert(s, list_of(gap - OVERHEAD), true) || !can_insert(s, list_of(whole), true) ||
        (whole >= size + RECORD && !can_insert(s, list_of(whole - size - OVERHEAD), true)))
        return false;
    drop_head(s, f->list, f->next);
    lead->word = (gap - OVERHEAD) | FREE;
    insert(s, list_of(gap - OVERHEAD), lead);
    f->block = block_at(address_of(lead) + gap);
    f->size = whole;
    f->list = list_of(whole);
    insert(s, f->list, f->block); /* a candidate itself, for a moment */
    f->next = f->block->next;
    take(s, f, size);
    f->block->prev = address_of(lead);
    f->block->word |= PREV_FREE;
    return true;
}

static taddr_t tlsf_alloc_aligned(struct heap *h, tsize_t size, tsize_t align)
{
    struct tlsf *const s = tlsf(h);
    struct candidate f = {.list = 0};

    if (align != 0 && !is_power_of_two(align)) {
        heap_misuse(h, DIAGNOSIS_BAD_ALIGNMENT, 0, align, "it is no power of two");
        return 0;
    }
    if (align <= ALIGN)
        return tlsf_alloc(h, size);
    const tsize_t n = request(h, size);
    if (n == 0)
        return 0;
    if (align > MOST &&
        !heap_quirk(h, DIAGNOSIS_BAD_ALIGNMENT, 0, align,
                    "the size to search for wraps to 12: a block that is neither aligned nor, "
                    "perhaps, large enough"))
        return 0;
    const tsize_t wide = adjust(n + align + RECORD, align);
    if (wide == 0)
        return 0;
    heap_steps(h, ALIGNED_STEPS);
    const enum found found = find(s, wide, &f, true);
    if (found == FOUND && take_aligned(s, &f, n, align))
        return address_of(f.block) + PAYLOAD;
    if (found != NONE)
        report_broken(h, &s->control->heads[f.list]);
    return 0;
}

/* --- free --- */

/* A used block whose neighbours agree that it is one. */
struct live {
    struct block *block;
    uint32_t word;
    struct block *next;
    uint32_t next_word;
};

/*
 * True if the block before, which is free by what `block` says, is free and ends here. The first
 * block has none: where its link to it would be, the region has not begun yet.
 */
static ALWAYS_INLINE bool is_prev_sound(const struct pool *pool, const struct block *block)
{
    if (address_of(block) == pool->first)
        return false;
    const struct block *const prev = block_at(block->prev);
    if (!pool_holds(pool, address_of(prev)))
        return false;
    const tsize_t size = prev->word - FREE;
    return size % ALIGN == 0 && size == address_of(block) - address_of(prev) - OVERHEAD;
}

/* True if the block behind a used one is a used one. room: the most payload it can have. */
static ALWAYS_INLINE bool is_next_used(const struct tlsf *s, const struct pool *pool,
                                       const struct block *next, uint32_t word, tsize_t room,
                                       bool careful)
{
    return word % ALIGN == 0 &&
           (word - LEAST <= room - LEAST || address_of(next) == pool->sentinel ||
            (careful && word == 0 && s->emptied > 0));
}

/* True if it is a free one, and what follows that knows it. */
static ALWAYS_INLINE bool is_next_free(const struct block *next, uint32_t word, tsize_t room)
{
    const tsize_t size = word - FREE;

    return size % ALIGN == 0 && size <= room && size >= LEAST &&
           after(next, size)->prev == address_of(next);
}

/* The block of a pointer that alloc gave out and that is still live; false if it can't be one. */
static ALWAYS_INLINE bool find_live(const struct tlsf *s, taddr_t payload, struct live *b,
                                    bool careful)
{
    const taddr_t at = payload - PAYLOAD;
    const struct pool *const pool = pool_of(s, at, careful);

    if (pool == NULL)
        return false;
    b->block = block_at(at);
    b->word = b->block->word;
    const tsize_t size = size_in(b->word);
    const tsize_t room = room_at(pool, at); /* at least LEAST */
    if (b->word & FREE ||
        (size - LEAST > room - LEAST && (!careful || size != 0 || s->emptied == 0)))
        return false;
    b->next = after(b->block, size);
    b->next_word = b->next->word;
    const tsize_t next_room = room - size - OVERHEAD;
    return (is_next_used(s, pool, b->next, b->next_word, next_room, careful) ||
            (address_of(b->next) != pool->sentinel && /* nothing is behind it, whatever it says */
             is_next_free(b->next, b->next_word, next_room))) &&
           (!(b->word & PREV_FREE) || is_prev_sound(pool, b->block));
}

/*
 * Merges with both neighbours and lists the result. Words of merged headers stay where they are.
 * A block before that is the head of the list that the result goes to stays there. False, nothing
 * changed, if a list is odd.
 */
static ALWAYS_INLINE bool release(struct tlsf *s, const struct live *b, bool careful)
{
    const tsize_t size = size_in(b->word);
    const tsize_t next_size = size_in(b->next_word);
    struct block *start = b->block;
    tsize_t merged = size;

    if (b->word & PREV_FREE) {
        start = block_at(b->block->prev);
        merged += address_of(b->block) - address_of(start);
    }
    if (b->next_word & FREE)
        merged += OVERHEAD + next_size;
    const unsigned list = list_of(merged);
    const bool stays = b->word & PREV_FREE && s->control->heads[list] == address_of(start);
    if ((b->next_word & FREE && !is_listed(s, b->next, next_size, careful)) ||
        (!stays && (!can_insert(s, list, careful) ||
                    (b->word & PREV_FREE && !is_listed(s, start, start->word - FREE, careful)))))
        return false;
    b->block->word = b->word | FREE;
    if (b->word & PREV_FREE && !stays)
        unlink_block(s, start, start->word - FREE);
    if (b->next_word & FREE)
        unlink_block(s, b->next, next_size);
    else
        b->next->word = b->next_word | PREV_FREE;
    start->word = merged | FREE;
    after(start, merged)->prev = address_of(start);
    if (!stays)
        insert(s, list, start);
    count_free(s, size);
    return true;
}

/* The block, the one behind it, the list of the result; with the lists of merged neighbours. */
enum { FREE_STEPS = 3, MERGE_STEPS = 5 };

static bool is_emptied(struct heap *h, const struct live *b)
{
    if (size_in(b->word) != 0)
        return false;
    heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, address_of(b->block) + PAYLOAD, 0,
                "a realloc to an impossible size left the block without payload; freed, it would "
                "overwrite its own header");
    return true;
}

HEAP_SLOW_PATH void free_carefully(struct heap *h, taddr_t payload)
{
    struct tlsf *const s = tlsf(h);
    struct live b;

    if (payload == 0)
        return;
    heap_steps(h, MERGE_STEPS);
    if (!find_live(s, payload, &b, true))
        heap_bad_pointer(h, payload);
    else if (!is_emptied(h, &b) && !release(s, &b, true))
        report_broken(h, b.block);
}

/* Out of line, so that what tlsf_free does itself needs no registers saved. */
HEAP_SLOW_PATH void free_merging(struct heap *h, taddr_t payload)
{
    struct tlsf *const s = tlsf(h);
    struct live b;

    if (find_live(s, payload, &b, false) && release(s, &b, false))
        heap_steps(h, MERGE_STEPS);
    else
        free_carefully(h, payload);
}

/* Here only a block that has used neighbours: find_live() and release() without what merges. */
static void tlsf_free(struct heap *h, taddr_t payload)
{
    struct tlsf *const s = tlsf(h);
    const struct pool *const pool = &s->pools[0];
    struct block *const block = block_at(payload - PAYLOAD);

    if (pool_holds(pool, address_of(block))) {
        const tsize_t room = room_at(pool, address_of(block));
        const tsize_t size = block->word; /* if there are no flags in it */

        if (size % ALIGN == 0 && size - LEAST <= room - LEAST) {
            struct block *const next = after(block, size);
            const uint32_t next_word = next->word;
            const unsigned list = list_of(size);

            if (is_next_used(s, pool, next, next_word, room - size - OVERHEAD, false) &&
                can_insert(s, list, false)) {
                block->word = size | FREE;
                next->prev = address_of(block);
                next->word = next_word | PREV_FREE;
                insert(s, list, block);
                count_free(s, size);
                heap_steps(h, FREE_STEPS);
                return;
            }
        }
    }
    free_merging(h, payload);
}

/* --- realloc --- */

enum resized { RESIZED, NO_ROOM, BROKEN };

/*
 * Changes a live block's payload to n bytes, with its free neighbour behind if that is needed or
 * something is split off.
 */
static enum resized resize(struct heap *h, struct tlsf *s, const struct live *b, tsize_t n)
{
    const tsize_t size = size_in(b->word);
    const tsize_t next_size = size_in(b->next_word);
    const bool absorb = b->next_word & FREE;
    const tsize_t whole = absorb ? size + OVERHEAD + next_size : size;
    struct block *const end = after(b->block, whole);
    const bool split = whole >= n + RECORD;
    const tsize_t rest = whole - n - OVERHEAD;

    if (n > whole)
        return NO_ROOM;
    if (n <= size && size < n + RECORD)
        return RESIZED;
    if ((split && !can_insert(s, list_of(rest), true)) ||
        (absorb && !is_listed(s, b->next, next_size, true))) {
        report_broken(h, b->block);
        return BROKEN;
    }
    if (absorb)
        unlink_block(s, b->next, next_size);
    b->block->word = (split ? n : whole) | (b->word & PREV_FREE);
    if (split) {
        struct block *const tail = after(b->block, n);

        tail->word = rest | FREE;
        end->prev = address_of(tail);
        end->word |= PREV_FREE;
        insert(s, list_of(rest), tail);
    } else {
        end->word &= ~(uint32_t)PREV_FREE;
    }
    count_free(s, size);
    count_used(s, split ? n : whole);
    s->emptied += n == 0;
    s->emptied -= size == 0;
    return RESIZED;
}

static taddr_t move(struct heap *h, const struct live *b, tsize_t n)
{
    const taddr_t old = address_of(b->block) + PAYLOAD;
    const tsize_t size = size_in(b->word);

    if (is_emptied(h, b))
        return 0;
    const taddr_t moved = tlsf_alloc(h, n);
    if (moved != 0) {
        heap_copy(h, moved, old, size < n ? size : n);
        tlsf_free(h, old);
    }
    return moved;
}

/* Sizes that upstream takes for another one: false if the call fails instead. */
static bool answers_odd_size(struct heap *h, taddr_t payload, tsize_t size)
{
    if (size <= MOST - ALIGN)
        return true;
    if (size > UINT32_MAX - (ALIGN - 1))
        return heap_quirk(h, DIAGNOSIS_SIZE_OVERFLOW, payload, size, size_wraps);
    return heap_quirk(h, DIAGNOSIS_SIZE_OVERFLOW, payload, size,
                      "the size is beyond TLSF's largest block: upstream drops the payload and "
                      "answers as if the call had worked");
}

static taddr_t tlsf_realloc(struct heap *h, taddr_t payload, tsize_t size)
{
    struct tlsf *const s = tlsf(h);
    struct live b;

    if (payload == 0)
        return tlsf_alloc(h, size);
    if (size == 0) {
        tlsf_free(h, payload);
        return 0;
    }
    heap_steps(h, MERGE_STEPS);
    if (!find_live(s, payload, &b, true)) {
        heap_bad_pointer(h, payload);
        return 0;
    }
    if (!answers_odd_size(h, payload, size))
        return 0;
    switch (resize(h, s, &b, adjust(size, ALIGN))) {
    case RESIZED:
        return payload;
    case NO_ROOM:
        return move(h, &b, size);
    default:
        return 0;
    }
}

static tsize_t tlsf_usable_size(struct heap *h, taddr_t payload)
{
    (void)h;
    return size_in(block_at(payload - PAYLOAD)->word);
}

static void tlsf_stats(struct heap *h, struct heap_stats *stats)
{
    const struct tlsf *const s = tlsf(h);

    *stats = (struct heap_stats){s->total, s->used, s->used_max};
}

static const struct heap_figure figures[] = {
    {"total", tlsf_read_total, false}, {"used", tlsf_read_used, false}, {.name = NULL}};

const struct heap_ops heap_tlsf = {
    .name = "tlsf",
    .title = "TLSF 3.1",
    .capabilities = HEAP_CAN_FREE | HEAP_CAN_REALLOC | HEAP_CAN_ALIGN | HEAP_HAS_REGIONS |
                    HEAP_COALESCES | HEAP_WRITES_NEAR,
    .options = options,
    .figures = figures,
    .init = tlsf_init,
    .alloc = tlsf_alloc,
    .alloc_cleared = tlsf_alloc_cleared,
    .alloc_aligned = tlsf_alloc_aligned,
    .realloc = tlsf_realloc,
    .free = tlsf_free,
    .add_region = tlsf_add_region,
    .remove_region = tlsf_remove_region,
    .usable_size = tlsf_usable_size,
    .stats = tlsf_stats,
    .check = tlsf_check,
    .walk = tlsf_walk,
};
