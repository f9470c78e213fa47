/*
 * OneOS buddy (OS_MEM_ALG_BUDDY, OneOS 2.x and Lite).
 *
 *   base S | own structure: levels, list heads | first block B ... | lost, less than 16 bytes |
 *
 *   block  | level, used, mark, magic | [task] | payload
 *   free   | level, 0, 0, magic       | next | prev |
 *
 * - Level 0 is the largest block, each level below half of it, the last one 16 bytes. Blocks are
 *   aligned to their size from B on, not in address. The region need not be a power of two: it is
 *   cut into as many largest blocks as there are, which never merge with one another, and the rest
 *   into ever smaller ones.
 * - One list a level, the newest free block at its head; a list's links are addresses of links.
 * - A block whose payload had to be aligned further in has a second header just before the
 *   payload, and a mark in both.
 * - alloc looks at one list a level, from its own upwards, and free at one buddy a level.
 */
#include "oneos.h"

enum { LEVELS_MAX = 16, LEAST_LOG2 = 4, LARGEST_MAX = 1 << 19 };

/* The region's own structure at S. */
enum {
    OWN_SIZE_OF_ALL = 0,
    OWN_LEVELS = 4,
    OWN_SIZES = 8,
    OWN_COUNTS = 72,
    OWN_LISTS = 136,
    OWN_FIRST = 264,
    OWN_END = 268,
    OWN_SIZE = 272
};

/* The header word. */
enum { LEVEL_MASK = 0xff, USED = 1 << 8, MARK = 1 << 16, MARK_SHARED = 2 << 16 };
enum { MARK_MASK = 0xff << 16 };
#define MAGIC 0x5a000000u

enum { LINKS = 4 }; /* offset of the links in a free block: next, prev */

/* --- blocks, by address --- */

static ALWAYS_INLINE tsize_t size_of(const struct oneos_region *r, uint32_t level)
{
    return (tsize_t)1 << (r->buddy.largest - level);
}

static inline taddr_t end_of(const struct oneos_region *r)
{
    return r->base + r->total;
}

/* The deepest level whose blocks hold `need` bytes: not 0, and no more than level 0's do. */
static ALWAYS_INLINE uint32_t level_for(const struct oneos_region *r, tsize_t need)
{
    const tsize_t least = 1u << LEAST_LOG2;

    return r->buddy.largest - 1 - bit_highest((need - 1) | (least - 1));
}

static ALWAYS_INLINE void write_free(taddr_t block, uint32_t level)
{
    store32(block, MAGIC | level);
}

static ALWAYS_INLINE bool is_free_block(taddr_t block, uint32_t level)
{
    return load32(block) == (MAGIC | level);
}

static ALWAYS_INLINE void write_used(const struct oneos_region *r, taddr_t block, uint32_t level,
                                     uint32_t mark)
{
    store32(block, MAGIC | mark | USED | level);
    if (r->traced)
        store32(block + 4, heap_owner_task());
}

/* True where a block of the level may start: its size is a multiple from B, and it ends inside. */
static ALWAYS_INLINE bool is_place_of(const struct oneos_region *r, taddr_t block, tsize_t size)
{
    const tsize_t offset = block - r->buddy.first;

    return (offset & (size - 1)) == 0 && offset <= r->buddy.blocks - size;
}

static ALWAYS_INLINE bool is_place(const struct oneos_region *r, taddr_t block, uint32_t level)
{
    return is_place_of(r, block, size_of(r, level));
}

COLD static void broken(struct heap *h, taddr_t list)
{
    heap_misuse(h, DIAGNOSIS_HEAP_CORRUPT, list, 0,
                "the free list there was overwritten: its links lead nowhere");
}

/* --- free lists --- */

static ALWAYS_INLINE taddr_t list_of(const struct oneos_region *r, uint32_t level)
{
    return r->base + OWN_LISTS + level * 8;
}

/* An address that can be followed: of a list head, or of a free block's links. */
static ALWAYS_INLINE bool is_links(const struct oneos_region *r, taddr_t links)
{
    return links - (r->base + OWN_LISTS) <= r->buddy.links && (links & 3) == 0;
}

static ALWAYS_INLINE void link_two(taddr_t before, taddr_t after)
{
    store32(before, after);
    store32(after + 4, before);
}

/* Puts a free block behind `where` in its list: a block, or the list itself for its head. */
static ALWAYS_INLINE void insert(struct heap *h, const struct oneos_region *r, taddr_t block,
                                 taddr_t where, bool stops)
{
    const taddr_t after = load32(where);

    heap_step_of(h, stops);
    if (!is_links(r, after) || load32(after + 4) != where) {
        broken(h, where);
        return;
    }
    link_two(where, block + LINKS);
    link_two(block + LINKS, after);
}

/* Takes a block off its list. False after a diagnosis, with nothing changed, if it is on none. */
static ALWAYS_INLINE bool unlist(struct heap *h, const struct oneos_region *r, taddr_t block)
{
    const taddr_t links = block + LINKS;
    const taddr_t next = load32(links);
    const taddr_t prev = load32(links + 4);

    if (!is_links(r, next) || !is_links(r, prev) || load32(next + 4) != links ||
        load32(prev) != links) {
        broken(h, links);
        return false;
    }
    link_two(prev, next);
    return true;
}

/* --- init --- */

static bool measure(const struct heap *h, struct oneos_region *r, taddr_t area, tsize_t size)
{
    const tsize_t most = heap_option(h, "buddy_max_block");

    if (size < OWN_SIZE + (1u << LEAST_LOG2))
        return false;
    r->base = area;
    r->own = OWN_SIZE;
    r->buddy.first = area + OWN_SIZE;
    r->buddy.usable = size - OWN_SIZE;
    tsize_t largest = r->buddy.usable < most ? r->buddy.usable : most;
    if (largest > LARGEST_MAX)
        largest = LARGEST_MAX;
    r->buddy.largest = bit_highest(largest);
    r->buddy.size_most = size_of(r, 0);
    r->buddy.levels = r->buddy.largest - LEAST_LOG2 + 1;
    r->buddy.blocks = align_down(r->buddy.usable, 1u << LEAST_LOG2);
    r->total = OWN_SIZE + r->buddy.blocks;
    r->buddy.links = r->total - OWN_LISTS - 12;
    r->end = end_of(r);
    r->header = r->traced ? 8 : 4;
    r->size_max = UINT32_MAX - r->header;
    return true;
}

static bool buddy_init(struct heap *h, struct oneos_region *r, taddr_t area, tsize_t size)
{
    if (!measure(h, r, area, size))
        return false;
    memset(target_pointer(r->base), 0, OWN_SIZE);
    store32(r->base + OWN_SIZE_OF_ALL, r->total);
    store32(r->base + OWN_LEVELS, r->buddy.levels);
    store32(r->base + OWN_FIRST, r->buddy.first);
    store32(r->base + OWN_END, end_of(r));
    for (uint32_t level = 0; level < LEVELS_MAX; level++)
        link_two(list_of(r, level), list_of(r, level));

    taddr_t block = r->buddy.first;
    for (uint32_t level = 0; level < r->buddy.levels; level++) {
        const tsize_t block_size = size_of(r, level);

        store32(r->base + OWN_SIZES + level * 4, block_size);
        store32(r->base + OWN_COUNTS + level * 4, r->buddy.usable / block_size);
        for (; end_of(r) - block >= block_size; block += block_size) {
            write_free(block, level);
            insert(h, r, block, load32(list_of(r, level) + 4), true); /* the tail */
        }
    }
    return true;
}

/* --- alloc --- */

/* One half of a split block becomes free, at the head of its list. */
static ALWAYS_INLINE void give_half(struct heap *h, const struct oneos_region *r, taddr_t half,
                                    uint32_t level, bool stops)
{
    write_free(half, level);
    insert(h, r, half, list_of(r, level), stops);
}

/* Gives the upper halves of a block back until it is of the level. */
HEAP_TWICE void split(struct heap *h, const struct oneos_region *r, taddr_t block, uint32_t from,
                      uint32_t level, bool stops)
{
    while (from < level) {
        from++;
        give_half(h, r, block + size_of(r, from), from, stops);
    }
}

/* The list of the level, or the first above it, that holds a block; a level past 0 if none does. */
static ALWAYS_INLINE uint32_t find(struct heap *h, const struct oneos_region *r, uint32_t level,
                                   bool stops)
{
    heap_step_of(h, stops);
    while (load32(list_of(r, level)) == list_of(r, level)) {
        if (level-- == 0)
            break;
        heap_step_of(h, stops);
    }
    return level;
}

/* The head of a list can't be taken: names the list, or the links that are wrong. */
COLD static taddr_t broken_head(struct heap *h, const struct oneos_region *r, uint32_t level)
{
    const taddr_t list = list_of(r, level);
    const taddr_t block = load32(list) - LINKS;

    broken(h, is_place(r, block, level) && is_free_block(block, level) ? block + LINKS : list);
    return 0;
}

/* Takes the head of a list that has one; 0 after a diagnosis. */
static ALWAYS_INLINE taddr_t take_head(struct heap *h, const struct oneos_region *r, taddr_t list,
                                       uint32_t level, tsize_t size)
{
    const taddr_t links = load32(list);
    const taddr_t block = links - LINKS;

    if (!is_place_of(r, block, size) || !is_free_block(block, level))
        return broken_head(h, r, level);
    const taddr_t next = load32(links);
    if (!is_links(r, next) || load32(next + 4) != links || load32(links + 4) != list)
        return broken_head(h, r, level);
    link_two(list, next);
    return block;
}

HEAP_TWICE taddr_t alloc_block(struct heap *h, const struct oneos_region *r, tsize_t bytes,
                               bool stops)
{
    tsize_t need = bytes + r->header;

    if (need - 1 >= size_of(r, 0)) { /* too much, or wrapped to 0 */
        if (need != 0)
            return 0;
        need = 1;
    }
    const uint32_t level = level_for(r, need);
    const uint32_t found = find(h, r, level, stops);
    if (found > level)
        return 0;
    const taddr_t block = take_head(h, r, list_of(r, found), found, size_of(r, found));
    if (block == 0)
        return 0;
    if (found < level)
        split(h, r, block, found, level, stops);
    write_used(r, block, level, 0);
    oneos_add_used(r, size_of(r, level));
    return block + r->header;
}

HEAP_SLOW_PATH taddr_t alloc_slowly(struct heap *h, const struct oneos_region *r, tsize_t bytes)
{
    return alloc_block(h, r, bytes, true);
}

HEAP_SLOW_PATH taddr_t alloc_split(struct heap *h, const struct oneos_region *r, tsize_t bytes)
{
    return alloc_block(h, r, bytes, false);
}

/* Here only a block that its list holds: nothing is split. */
static taddr_t buddy_alloc(struct heap *h, const struct oneos_region *r, tsize_t bytes)
{
    const tsize_t last = bytes + r->header - 1;

    if (r->traced || !heap_runs(h))
        return alloc_slowly(h, r, bytes);
    if (last >= r->buddy.size_most)
        return alloc_split(h, r, bytes);
    const uint32_t log2 = bit_highest(last | ((1u << LEAST_LOG2) - 1)) + 1;
    const uint32_t level = r->buddy.largest - log2;
    const taddr_t list = list_of(r, level);
    if (load32(list) == list)
        return alloc_split(h, r, bytes);
    const taddr_t block = take_head(h, r, list, level, 1u << log2);
    h->cost.steps++;
    if (block == 0)
        return 0;
    store32(block, MAGIC | USED | level);
    oneos_add_used(r, 1u << log2);
    return block + r->header;
}

static bool buddy_grants_empty(struct heap *h, const struct oneos_region *r)
{
    return find(h, r, r->buddy.levels - 1, true) < r->buddy.levels;
}

/*
 * A block for the worst case first; then, as long as all that is needed lies in one half, the
 * other half is given back.
 */
static taddr_t buddy_alloc_aligned(struct heap *h, const struct oneos_region *r, tsize_t bytes,
                                   tsize_t align)
{
    if (align <= 4)
        return buddy_alloc(h, r, bytes);
    const taddr_t whole = buddy_alloc(h, r, bytes + (align - 1));
    if (whole == 0)
        return 0;
    const taddr_t payload = align_up(whole, align);
    const taddr_t second = payload - r->header;
    const taddr_t needed_end = align_up(payload + bytes, 4);
    taddr_t block = whole - r->header;
    uint32_t level = load32(block) & LEVEL_MASK;

    while (level + 1 < r->buddy.levels) {
        const taddr_t middle = block + size_of(r, level + 1);

        if (needed_end > middle && second < middle)
            break;
        level++;
        oneos_drop_used(r, size_of(r, level));
        if (needed_end <= middle) {
            give_half(h, r, middle, level, true);
        } else {
            give_half(h, r, block, level, true);
            block = middle;
        }
    }
    const uint32_t mark = second == block              ? 0
                          : second - block < r->header ? (uint32_t)MARK_SHARED
                                                       : (uint32_t)MARK;
    write_used(r, block, level, mark);
    if (second != block)
        write_used(r, second, level, mark);
    return payload;
}

/* --- free --- */

struct live {
    taddr_t block; /* 0: none */
    uint32_t level;
    tsize_t size;
};

/* A pointer behind no plain block's header: is it behind an aligned block's second one? */
COLD static struct live aligned_block(struct heap *h, const struct oneos_region *r, taddr_t payload)
{
    const taddr_t header = payload - r->header;
    const tsize_t offset = header - r->buddy.first;

    if (offset < r->buddy.blocks && (offset & 3) == 0) {
        const uint32_t word = load32(header);
        const uint32_t level = word & LEVEL_MASK;

        if ((word & MARK_MASK) != 0 && level < r->buddy.levels &&
            (word & ~(uint32_t)(MARK_MASK | LEVEL_MASK)) == (MAGIC | USED)) {
            const taddr_t block = r->buddy.first + align_down(offset, size_of(r, level));

            if (block != header && is_place(r, block, level) && load32(block) == word)
                return (struct live){block, level, size_of(r, level)};
        }
    }
    heap_bad_pointer(h, payload);
    return (struct live){0, 0, 0};
}

/* The block of a pointer that alloc gave out and that is still live, or 0 after a diagnosis. */
static ALWAYS_INLINE struct live live_block(struct heap *h, const struct oneos_region *r,
                                            taddr_t payload, bool stops)
{
    const taddr_t block = payload - r->header;

    heap_step_of(h, stops);
    if (block - r->buddy.first < r->buddy.blocks && (block & 3) == 0) {
        const uint32_t level = load32(block) - (MAGIC | USED); /* no mark either */
        const tsize_t size = level < r->buddy.levels ? size_of(r, level) : 0;

        if (size != 0 && is_place_of(r, block, size))
            return (struct live){block, level, size};
    }
    return aligned_block(h, r, payload);
}

/* The block's buddy if the two make a block of the level above, free both; else 0. */
static ALWAYS_INLINE taddr_t free_buddy(struct heap *h, const struct oneos_region *r,
                                        struct live live, bool stops)
{
    const tsize_t offset = live.block - r->buddy.first;
    const taddr_t buddy = r->buddy.first + (offset ^ live.size);

    if (live.level == 0 || (offset | live.size) > r->buddy.blocks - live.size)
        return 0;
    heap_step_of(h, stops);
    return is_free_block(buddy, live.level) && unlist(h, r, buddy) ? buddy : 0;
}

/* Frees a live block; payload is the pointer that names it. */
HEAP_TWICE void release(struct heap *h, const struct oneos_region *r, struct live live,
                        taddr_t payload, bool stops)
{
    oneos_drop_used(r, live.size);
    store32(payload - r->header, 0); /* the second header of an aligned block: not live any more */
    write_free(live.block, live.level);
    for (taddr_t buddy; (buddy = free_buddy(h, r, live, stops)) != 0;) {
        if (buddy < live.block)
            live.block = buddy;
        live.level--;
        live.size *= 2;
        write_free(live.block, live.level);
    }
    insert(h, r, live.block, list_of(r, live.level), stops);
}

HEAP_SLOW_PATH void free_slowly(struct heap *h, const struct oneos_region *r, taddr_t payload)
{
    const struct live live = live_block(h, r, payload, true);

    if (live.block != 0)
        release(h, r, live, payload, true);
}

static void buddy_free(struct heap *h, const struct oneos_region *r, taddr_t payload)
{
    if (!heap_runs(h)) {
        free_slowly(h, r, payload);
        return;
    }
    const struct live live = live_block(h, r, payload, false);

    if (live.block != 0)
        release(h, r, live, payload, false);
}

/* --- realloc --- */

/* What lies between the payload, however far in, and the end of its live block. */
static tsize_t room_at(const struct oneos_region *r, taddr_t block, uint32_t level, taddr_t payload)
{
    return block + size_of(r, level) - payload;
}

static tsize_t buddy_usable_size(const struct oneos_region *r, taddr_t payload)
{
    const taddr_t header = payload - r->header;
    const uint32_t level = load32(header) & LEVEL_MASK;
    const tsize_t offset = header - r->buddy.first;

    return size_of(r, level) - (offset & (size_of(r, level) - 1)) - r->header;
}

static taddr_t shrink(struct heap *h, const struct oneos_region *r, struct live live,
                      uint32_t level)
{
    split(h, r, live.block, live.level, level, true);
    oneos_drop_used(r, size_of(r, live.level) - size_of(r, level));
    write_used(r, live.block, level, 0);
    return live.block + r->header;
}

static taddr_t resize(struct heap *h, const struct oneos_region *r, struct live live,
                      taddr_t payload, tsize_t bytes)
{
    const bool plain = payload - live.block == r->header;
    const tsize_t room = room_at(r, live.block, live.level, payload);
    const tsize_t need = bytes + r->header;

    if (need > size_of(r, 0))
        return 0;
    const uint32_t fits = level_for(r, need != 0 ? need : 1);
    if (fits == live.level) {
        if (!plain && bytes > room &&
            !heap_quirk(h, DIAGNOSIS_BAD_ALIGNMENT, payload, bytes, oneos_promises_more))
            return ONEOS_REFUSED;
        return payload;
    }
    if (fits > live.level) {
        if (!plain && !heap_quirk(h, DIAGNOSIS_BAD_ALIGNMENT, payload, bytes, oneos_moves_start))
            return ONEOS_REFUSED;
        return shrink(h, r, live, fits);
    }
    const taddr_t moved = buddy_alloc(h, r, bytes);
    if (moved != 0) {
        heap_copy(h, moved, payload, room);
        release(h, r, live, payload, true);
    }
    return moved;
}

static taddr_t buddy_realloc(struct heap *h, const struct oneos_region *r, taddr_t payload,
                             tsize_t bytes)
{
    const struct live live = live_block(h, r, payload, true);

    if (live.block == 0)
        return ONEOS_REFUSED;
    if (bytes != 0)
        return resize(h, r, live, payload, bytes);
    release(h, r, live, payload, true);
    return 0;
}

/* --- check, walk --- */

static bool check_own(const struct oneos_region *r, struct heap_fault *fault)
{
    for (unsigned at = 0; at < OWN_SIZE; at += 4) {
        const uint32_t found = load32(r->base + at);
        const uint32_t entry = (at - (at < OWN_COUNTS ? OWN_SIZES : OWN_COUNTS)) / 4;
        uint32_t expected = found; /* of list heads, which have a check of their own */

        if (at == OWN_SIZE_OF_ALL)
            expected = r->total;
        else if (at == OWN_LEVELS)
            expected = r->buddy.levels;
        else if (at == OWN_FIRST)
            expected = r->buddy.first;
        else if (at == OWN_END)
            expected = end_of(r);
        else if (at < OWN_LISTS && entry >= r->buddy.levels)
            expected = 0;
        else if (at < OWN_LISTS)
            expected = at < OWN_COUNTS ? size_of(r, entry) : r->buddy.usable / size_of(r, entry);
        if (found != expected)
            return heap_faulty(fault, r->base + at, found, expected,
                               "the region's own structure was overwritten");
    }
    return true;
}

struct census {
    uint32_t free[LEVELS_MAX]; /* blocks that each list should hold */
    tsize_t used;              /* bytes */
};

static bool check_block(const struct oneos_region *r, taddr_t block, struct census *census,
                        struct heap_fault *fault)
{
    const uint32_t word = load32(block);
    const uint32_t level = word & LEVEL_MASK;
    const uint32_t state = word & ~(uint32_t)LEVEL_MASK;

    if (level >= r->buddy.levels || !is_place(r, block, level))
        return heap_faulty(fault, block, word, MAGIC,
                           "the header's level can't be that of a block there");
    if (state != MAGIC && (state & ~(uint32_t)MARK_MASK) != (MAGIC | USED))
        return heap_faulty(fault, block, word, MAGIC | level, "the header was overwritten");
    if ((word & MARK_MASK) > MARK_SHARED || (!r->traced && (word & MARK_MASK) > MARK))
        return heap_faulty(fault, block, word, word & ~(uint32_t)MARK_MASK,
                           "the header's mark is none");
    if (word & USED) {
        census->used += size_of(r, level);
        return true;
    }
    census->free[level]++;
    const tsize_t offset = block - r->buddy.first;
    const tsize_t size = size_of(r, level);
    if (level > 0 && (offset & size) != 0 && is_free_block(block - size, level))
        return heap_faulty(fault, block, word, MAGIC | USED | level,
                           "two free buddies were not merged");
    return true;
}

static bool check_list(const struct oneos_region *r, uint32_t level, uint32_t left_over,
                       struct heap_fault *fault)
{
    const taddr_t list = list_of(r, level);
    taddr_t at = list;

    do {
        const taddr_t next = load32(at);

        if (!is_links(r, next) || load32(next + 4) != at)
            return heap_faulty(fault, at, next, list,
                               "next does not lead to links whose prev leads back");
        if (next != list) {
            if (level >= r->buddy.levels || !is_place(r, next - LINKS, level) ||
                !is_free_block(next - LINKS, level))
                return heap_faulty(fault, at, next, list,
                                   "a list leads to what is no free block of its level");
            if (left_over-- == 0)
                return heap_faulty(fault, at, next, list, "a list holds more blocks than are free");
        }
        at = next;
    } while (at != list);
    if (left_over != 0)
        return heap_faulty(fault, list, left_over, 0, "a free block is on no list");
    return true;
}

/* The second header of a block with a mark: its address, or the block's own if it is not found. */
static taddr_t second_header(const struct oneos_region *r, taddr_t block)
{
    const uint32_t word = load32(block);
    const taddr_t end = block + size_of(r, word & LEVEL_MASK);

    if (word & MARK_MASK)
        for (taddr_t at = block + 4; at + r->header < end; at += 4)
            if (load32(at) == word)
                return at;
    return block;
}

static bool buddy_check(const struct oneos_region *r, struct heap_fault *fault)
{
    struct census census = {.used = OWN_SIZE};

    if (!check_own(r, fault))
        return false;
    for (taddr_t block = r->buddy.first; block != end_of(r);) {
        if (!check_block(r, block, &census, fault))
            return false;
        if ((load32(block) & MARK_MASK) && second_header(r, block) == block)
            return heap_faulty(fault, block, load32(block), load32(block) & ~(uint32_t)MARK_MASK,
                               "the header is marked, but there is no second one");
        block += size_of(r, load32(block) & LEVEL_MASK);
    }
    for (uint32_t level = 0; level < LEVELS_MAX; level++)
        if (!check_list(r, level, census.free[level], fault))
            return false;
    return oneos_check_figures(r, census.used, fault);
}

static bool buddy_walk(const struct oneos_region *r, heap_visit *visit, void *context)
{
    for (taddr_t at = r->buddy.first; at != end_of(r);) {
        const uint32_t word = load32(at);
        const uint32_t level = word & LEVEL_MASK;

        if (level >= r->buddy.levels || !is_place(r, at, level))
            return false;
        const taddr_t payload = second_header(r, at) + r->header;
        const struct heap_block block = {.header = at,
                                         .size = size_of(r, level),
                                         .payload = payload,
                                         .usable = room_at(r, at, level, payload),
                                         .used = (word & USED) != 0};

        if (!visit(context, &block))
            return false;
        at += block.size;
    }
    return true;
}

const struct oneos_algorithm oneos_buddy = {
    .lock_name = "mem_b_sem",
    .init = buddy_init,
    .alloc = buddy_alloc,
    .alloc_aligned = buddy_alloc_aligned,
    .realloc = buddy_realloc,
    .free = buddy_free,
    .grants_empty = buddy_grants_empty,
    .usable_size = buddy_usable_size,
    .check = buddy_check,
    .walk = buddy_walk,
};
