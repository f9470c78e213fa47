/* TLSF, the memory it manages: the control structure, and pools that come and go. */
#include "tlsf.h"
#include "tlsf_lists.h"

enum { NODE_BYTES = 8 }; /* RT-Thread's list node */

static tsize_t pool_payload(tsize_t bytes)
{
    return align_down(bytes - POOL_OVERHEAD, ALIGN);
}

/* Upstream's tests of a pool, and that of the one size at which it writes outside its tables. */
static const char *pool_refusal(taddr_t begin, tsize_t bytes)
{
    if (!is_aligned(begin, ALIGN))
        return "TLSF takes no pool that does not begin at a multiple of 4";
    if (bytes < POOL_OVERHEAD + LEAST)
        return "it is too small for a TLSF pool (20 bytes)";
    if (pool_payload(bytes) >= MOST)
        return "it is larger than TLSF's lists reach (1 GiB)";
    return NULL;
}

static void add_pool(struct tlsf *s, taddr_t begin, tsize_t bytes)
{
    const tsize_t size = pool_payload(bytes);
    struct pool *const pool = &s->pools[s->pool_count++];
    struct block *const block = block_at(begin - (PAYLOAD - OVERHEAD));

    struct block *const sentinel = after(block, size);

    *pool = (struct pool){.first = address_of(block),
                          .places = (size - LEAST) / ALIGN + 1,
                          .sentinel = address_of(sentinel)};
    s->total += size + OVERHEAD;
    block->word = size | FREE;
    insert(s, list_of(size), block);
    sentinel->prev = address_of(block);
    sentinel->word = PREV_FREE;
}

/* The pool goes; its whole memory is one free block. */
static void drop_pool(struct tlsf *s, struct pool *pool)
{
    const tsize_t span = pool->sentinel - pool->first;

    unlink_block(s, block_at(pool->first), span - OVERHEAD);
    s->total -= span;
    s->pool_count--;
    memmove(pool, pool + 1, (size_t)(&s->pools[s->pool_count] - pool) * sizeof *pool);
}

static void write_control(const struct tlsf *s)
{
    struct control *const c = s->control;

    c->null.next = s->null;
    c->null.back = s->null;
    c->levels = 0;
    memset(c->lists, 0, sizeof c->lists);
    for (unsigned i = 0; i < LISTS; i++)
        c->heads[i] = s->null;
}

static const char no_node[] = "it has no room for the list node of RT-Thread's package";

/* RT-Thread's package notes every pool in a node that it allocates; its content is not modelled. */
static bool add_node(struct heap *h)
{
    struct tlsf *const s = tlsf(h);

    if (h->config.option[TLSF_OPTION_FRONT] == 0)
        return true;
    const taddr_t node = h->ops->alloc(h, NODE_BYTES);
    s->pools[s->pool_count - 1].node = node;
    return node != 0;
}

/* As upstream: memory that makes no pool is left out, and the heap does without. */
const char *tlsf_init(struct heap *h)
{
    struct tlsf *const s = tlsf(h);

    if (!is_aligned(h->regions[0].begin, ALIGN))
        return "TLSF's control structure needs a begin that is a multiple of 4";
    if (h->regions[0].size < sizeof *s->control)
        return "it is too small for TLSF's control structure (3188 bytes)";
    h->object = h->regions[0].begin;
    s->null = h->object;
    s->control = target_pointer(h->object);
    write_control(s);
    for (unsigned i = 0; i < h->region_count; i++) {
        const tsize_t front = i == 0 ? sizeof *s->control : 0;
        const taddr_t begin = h->regions[i].begin + front;
        const tsize_t bytes = h->regions[i].size - front;
        const char *const refusal = pool_refusal(begin, bytes);

        if (refusal != NULL)
            heap_misuse(h, DIAGNOSIS_BAD_REGION, begin, bytes, refusal);
        else
            add_pool(s, begin, bytes);
        if (refusal == NULL ? !add_node(h) : i == 0 && h->config.option[TLSF_OPTION_FRONT] != 0)
            return no_node;
    }
    return NULL;
}

const char *tlsf_add_region(struct heap *h, const struct heap_region *region)
{
    struct tlsf *const s = tlsf(h);
    const char *const refusal = pool_refusal(region->begin, region->size);

    if (refusal != NULL)
        return refusal;
    if (!can_insert(s, list_of(pool_payload(region->size)), true))
        return "the heap's lists were overwritten";
    add_pool(s, region->begin, region->size);
    if (add_node(h))
        return NULL;
    drop_pool(s, &s->pools[s->pool_count - 1]);
    return no_node;
}

static bool is_empty_but_for_node(const struct pool *pool)
{
    for (const struct block *b = block_at(pool->first); address_of(b) != pool->sentinel;
         b = after(b, size_in(b->word)))
        if (!(b->word & FREE) && address_of(b) + PAYLOAD != pool->node)
            return false;
    return true;
}

const char *tlsf_remove_region(struct heap *h, taddr_t begin)
{
    struct tlsf *const s = tlsf(h);
    unsigned i = 0;
    struct heap_fault fault;

    if (begin == s->null)
        return "it holds TLSF's control structure";
    while (i < s->pool_count && s->pools[i].first + PAYLOAD - OVERHEAD != begin)
        i++;
    if (i == s->pool_count)
        return NULL; /* it had made no pool */
    if (!tlsf_check(h, &fault))
        return "the heap's metadata was overwritten";
    if (!is_empty_but_for_node(&s->pools[i]))
        return "blocks in it are still in use; upstream asserts here";
    h->ops->free(h, s->pools[i].node);
    drop_pool(s, &s->pools[i]);
    return NULL;
}

/* --- nodes --- */

taddr_t tlsf_newest_node(struct heap *h)
{
    const struct tlsf *const s = tlsf(h);

    return s->pool_count > 0 ? s->pools[s->pool_count - 1].node : 0;
}

taddr_t tlsf_region_of_node(struct heap *h, taddr_t node)
{
    const struct tlsf *const s = tlsf(h);

    for (unsigned i = 0; node != 0 && i < s->pool_count; i++) {
        const taddr_t begin = s->pools[i].first + PAYLOAD - OVERHEAD;

        if (s->pools[i].node == node) /* the first region begins with the control structure */
            return begin == s->null + sizeof *s->control ? s->null : begin;
    }
    return 0;
}
