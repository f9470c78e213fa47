/*
 * TLSF's lists of free blocks: in and out, and the proof beforehand that it can be done.
 */
#ifndef HEAPSIM_TLSF_LISTS_H
#define HEAPSIM_TLSF_LISTS_H

#include "tlsf_layout.h"

/*
 * The pool that a block lies in, or NULL. Operations come in two forms: the quick one knows the
 * first pool only and gives up, nothing changed, when it meets anything else or anything odd; the
 * careful one, which then takes over, knows all pools and names what is wrong.
 */
static ALWAYS_INLINE const struct pool *pool_of(const struct tlsf *s, taddr_t block, bool careful)
{
    if (careful)
        return tlsf_pool_of(s, block);
    return pool_holds(&s->pools[0], block) ? &s->pools[0] : NULL;
}

/* A block may be put into the list: what is there now can be linked to it. */
static ALWAYS_INLINE bool can_insert(const struct tlsf *s, unsigned list, bool careful)
{
    const taddr_t head = s->control->heads[list];

    return head == s->null || pool_of(s, head, careful) != NULL;
}

static ALWAYS_INLINE void insert(const struct tlsf *s, unsigned list, struct block *block)
{
    struct control *const c = s->control;
    const unsigned level = list / LEVEL_LISTS;
    const uint32_t lists = c->lists[level];
    const taddr_t head = c->heads[list];

    block->next = head;
    block->back = s->null;
    block_at(head)->back = address_of(block); /* the null block's too */
    c->heads[list] = address_of(block);
    c->lists[level] = lists | 1u << list % LEVEL_LISTS;
    if (lists == 0)
        c->levels |= 1u << level;
}

/* The head of a list goes; `next`, its successor, takes its place. */
static ALWAYS_INLINE void drop_head(const struct tlsf *s, unsigned list, taddr_t next)
{
    struct control *const c = s->control;
    const unsigned level = list / LEVEL_LISTS;

    c->heads[list] = next;
    c->null.next = next;
    block_at(next)->back = s->null;
    if (next == s->null) {
        c->lists[level] &= ~(1u << list % LEVEL_LISTS);
        if (c->lists[level] == 0)
            c->levels &= ~(1u << level);
    }
}

/* True if a free block of that size hangs in its list as it should, so that it can be unlinked. */
static ALWAYS_INLINE bool is_listed(const struct tlsf *s, const struct block *block, tsize_t size,
                                    bool careful)
{
    const taddr_t next = block->next;
    const taddr_t back = block->back;

    if (next != s->null &&
        (pool_of(s, next, careful) == NULL || block_at(next)->back != address_of(block)))
        return false;
    if (back == s->null)
        return s->control->heads[list_of(size)] == address_of(block);
    return pool_of(s, back, careful) != NULL && block_at(back)->next == address_of(block);
}

static ALWAYS_INLINE void unlink_block(const struct tlsf *s, const struct block *block,
                                       tsize_t size)
{
    const taddr_t next = block->next;
    const taddr_t back = block->back;

    if (back == s->null) {
        drop_head(s, list_of(size), next);
    } else {
        block_at(next)->back = back;
        block_at(back)->next = next;
    }
}

#endif
