/*
 * TLSF, what looks at a whole heap: figures, check, walk. They read any contents: nothing is
 * followed out of a pool, and no list further than there are free blocks.
 */
#include "tlsf.h"
#include "tlsf_layout.h"

const struct pool *tlsf_pool_of(const struct tlsf *s, taddr_t block)
{
    for (unsigned i = 0; i < s->pool_count; i++)
        if (pool_holds(&s->pools[i], block))
            return &s->pools[i];
    return NULL;
}

/* --- figures --- */

void tlsf_memory_info(struct heap *h, struct heap_stats *stats)
{
    const struct pool *const pool = &tlsf(h)->pools[0];
    const struct block *b = block_at(pool->first);

    *stats = (struct heap_stats){0, 0, 0};
    while (pool_holds(pool, address_of(b)) && size_in(b->word) <= room_at(pool, address_of(b))) {
        stats->total += size_in(b->word);
        stats->used += b->word & FREE ? 0 : size_in(b->word);
        b = after(b, size_in(b->word));
    }
    stats->used_max = stats->used;
}

tsize_t tlsf_read_total(struct heap *h, unsigned region)
{
    struct heap_stats stats;

    tlsf_memory_info(h, &stats);
    return stats.total;
}

tsize_t tlsf_read_used(struct heap *h, unsigned region)
{
    struct heap_stats stats;

    tlsf_memory_info(h, &stats);
    return stats.used;
}

/* --- check: first every pool from block to block, then every list --- */

/* What the walk over all pools finds, to be compared with lists and counts. */
struct census {
    tsize_t used;
    unsigned live;
    unsigned free_blocks;
};

static taddr_t place_of(const uint32_t *word)
{
    return (taddr_t)(uintptr_t)word;
}

/* The word is not `expected`. */
static bool wrong(struct heap_fault *fault, const uint32_t *word, uint32_t expected,
                  const char *text)
{
    return heap_faulty(fault, place_of(word), *word, expected, text);
}

static bool check_links(const struct tlsf *s, const struct block *b, struct heap_fault *fault)
{
    const taddr_t at = address_of(b);
    const taddr_t *const head = &s->control->heads[list_of(size_in(b->word))];

    if (!is_link(s, b->next))
        return wrong(fault, &b->next, s->null, "the link of a free block leads out of the pools");
    if (!is_link(s, b->back))
        return wrong(fault, &b->back, s->null,
                     "the back link of a free block leads out of the pools");
    if (b->next != s->null && block_at(b->next)->back != at)
        return wrong(fault, &block_at(b->next)->back, at,
                     "the back link does not lead to the free block before");
    if (b->back != s->null && block_at(b->back)->next != at)
        return wrong(fault, &b->back, s->null,
                     "the back link leads to a block that does not lead here");
    if (b->back == s->null && *head != at)
        return wrong(fault, head, at,
                     "a free block without a predecessor is not the head of its list");
    return true;
}

static bool has_good_size(const struct tlsf *s, const struct pool *pool, const struct block *b)
{
    const tsize_t size = size_in(b->word);

    if (address_of(b) == pool->sentinel)
        return size == 0 && !(b->word & FREE);
    return size <= room_at(pool, address_of(b)) && (size >= LEAST || (size == 0 && s->emptied > 0));
}

/* One block behind `prev`, which is NULL for the first, or not free: then it is no concern. */
static bool check_block(const struct tlsf *s, const struct pool *pool, const struct block *b,
                        const struct block *prev, struct heap_fault *fault)
{
    const bool prev_free = prev != NULL && prev->word & FREE;

    if (!has_good_size(s, pool, b))
        return wrong(fault, &b->word,
                     address_of(b) == pool->sentinel ? 0 : room_at(pool, address_of(b)),
                     address_of(b) == pool->sentinel
                         ? "the end of the pool was overwritten"
                         : "a block's size is none that TLSF gives, or leads out of the pool");
    if (!(b->word & PREV_FREE) == prev_free)
        return wrong(fault, &b->word, b->word ^ PREV_FREE,
                     "the block is wrong about the one before: free or used");
    if (prev_free && b->prev != address_of(prev))
        return wrong(fault, &b->prev, address_of(prev),
                     "the word before a block does not lead to the free block before");
    if (prev_free && b->word & FREE)
        return wrong(fault, &b->word, b->word & ~(uint32_t)FREE,
                     "two free neighbours were not merged");
    return !(b->word & FREE) || check_links(s, b, fault);
}

static bool check_pool(const struct tlsf *s, const struct pool *pool, struct census *census,
                       struct heap_fault *fault)
{
    const struct block *b = block_at(pool->first);
    const struct block *prev = NULL;

    while (address_of(b) != pool->sentinel) {
        if (!check_block(s, pool, b, prev, fault))
            return false;
        if (b->word & FREE)
            census->free_blocks++;
        else
            census->live++, census->used += size_in(b->word) + OVERHEAD;
        prev = b;
        b = after(b, size_in(b->word));
    }
    return check_block(s, pool, b, prev, fault);
}

/* The list holds free blocks of its sizes only, linked both ways; `listed` counts up to `limit`. */
static bool check_list(const struct tlsf *s, unsigned list, unsigned *listed, unsigned limit,
                       struct heap_fault *fault)
{
    const taddr_t *link = &s->control->heads[list];
    taddr_t back = s->null;

    while (*link != s->null) {
        const struct block *const b = block_at(*link);
        const struct pool *const pool = tlsf_pool_of(s, address_of(b));

        if (pool == NULL || !(b->word & FREE) || size_in(b->word) > room_at(pool, address_of(b)) ||
            list_of(size_in(b->word)) != list)
            return wrong(fault, link, s->null,
                         "a list leads to something that is no free block of its sizes");
        if (b->back != back)
            return wrong(fault, &b->back, back,
                         "the back link does not lead to the free block before");
        if (++*listed > limit)
            return wrong(fault, link, s->null,
                         "the lists hold more than the free blocks: one runs in a circle");
        back = address_of(b);
        link = &b->next;
    }
    return true;
}

static bool check_level(const struct tlsf *s, unsigned level, unsigned *listed, unsigned limit,
                        struct heap_fault *fault)
{
    const struct control *const c = s->control;
    uint32_t found = 0;

    for (unsigned i = 0; i < LEVEL_LISTS; i++) {
        const unsigned list = level * LEVEL_LISTS + i;

        if (!check_list(s, list, listed, limit, fault))
            return false;
        found |= (uint32_t)(c->heads[list] != s->null) << i;
    }
    if (c->lists[level] != found)
        return wrong(fault, &c->lists[level], found,
                     "the bit map of a level does not tell which lists hold blocks");
    if ((c->levels >> level & 1) != (found != 0))
        return wrong(fault, &c->levels, c->levels ^ 1u << level,
                     "the bit map of levels does not tell which hold blocks");
    return true;
}

static bool check_lists(const struct tlsf *s, unsigned limit, struct heap_fault *fault)
{
    unsigned listed = 0;

    for (unsigned level = 0; level < LEVELS; level++)
        if (!check_level(s, level, &listed, limit, fault))
            return false;
    if (s->control->levels >> LEVELS != 0)
        return wrong(fault, &s->control->levels, s->control->levels & ((1u << LEVELS) - 1),
                     "the bit map of levels names levels that there are not");
    if (listed != limit)
        return heap_faulty(fault, s->null, listed, limit, "a free block is in no list");
    return true;
}

bool tlsf_check(struct heap *h, struct heap_fault *fault)
{
    const struct tlsf *const s = tlsf(h);
    struct census census = {0, 0, 0};

    for (unsigned i = 0; i < s->pool_count; i++)
        if (!check_pool(s, &s->pools[i], &census, fault))
            return false;
    if (census.used != s->used)
        return heap_faulty(fault, s->null, census.used, s->used,
                           "the used blocks are not as large as those that were given out");
    if (census.live != s->live)
        return heap_faulty(fault, s->null, census.live, s->live,
                           "the used blocks are not as many as were given out");
    return check_lists(s, census.free_blocks, fault);
}

/* --- walk --- */

static bool walk_pool(const struct pool *pool, heap_visit *visit, void *context)
{
    const struct block *b = block_at(pool->first);

    while (pool_holds(pool, address_of(b))) {
        const tsize_t size = size_in(b->word);
        const struct heap_block block = {.header = address_of(b) + PAYLOAD - OVERHEAD,
                                         .size = size + OVERHEAD,
                                         .payload = address_of(b) + PAYLOAD,
                                         .usable = size,
                                         .used = !(b->word & FREE)};

        if (size > room_at(pool, address_of(b)) || !visit(context, &block))
            return false;
        b = after(b, size);
    }
    return true;
}

/* The pools in the order of their addresses, not in that in which they were added. */
void tlsf_walk(struct heap *h, heap_visit *visit, void *context)
{
    const struct tlsf *const s = tlsf(h);
    const struct pool *last = NULL;

    for (unsigned i = 0; i < s->pool_count; i++) {
        const struct pool *lowest = NULL;

        for (const struct pool *p = s->pools; p != &s->pools[s->pool_count]; p++)
            if ((last == NULL || p->first > last->first) &&
                (lowest == NULL || p->first < lowest->first))
                lowest = p;
        if (!walk_pool(lowest, visit, context))
            return;
        last = lowest;
    }
}
