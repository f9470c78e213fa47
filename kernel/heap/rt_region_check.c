/* Whether a memheap region is whole, and what lies in it: see rt_region.h. */
#include "rt_region.h"

static bool check_control(const struct rt_region *r, struct heap_fault *fault)
{
    const struct rt_region_control *const c = r->control;
    const struct {
        const uint32_t *word;
        uint32_t expected;
    } fixed[] = {{&c->start, r->start},
                 {&c->pool_size, tail_of(r) + r->layout.header - r->start},
                 {&c->block_list, r->start},
                 {&c->free_list, r->list},
                 {&c->free_header[ITEM_MAGIC / 4], RT_ITEM_FREE},
                 {&c->free_header[ITEM_POOL / 4], r->pool}};

    for (unsigned i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (*fixed[i].word != fixed[i].expected)
            return heap_faulty(fault, (taddr_t)(uintptr_t)fixed[i].word, *fixed[i].word,
                               fixed[i].expected, "the control block was overwritten");
    return true;
}

/* What all items have, the tail too. */
static bool check_header(const struct rt_region *r, taddr_t item, taddr_t prev,
                         struct heap_fault *fault)
{
    const uint32_t magic = load32(item + ITEM_MAGIC);

    if (magic != RT_ITEM_FREE && magic != RT_ITEM_USED)
        return heap_faulty(fault, item, magic, RT_ITEM_USED, "the header's magic was overwritten");
    if (load32(item + ITEM_POOL) != r->pool)
        return heap_faulty(fault, item + ITEM_POOL, load32(item + ITEM_POOL), r->pool,
                           "the header does not name its heap");
    if (prev_of(item) != prev)
        return heap_faulty(fault, item + ITEM_PREV, prev_of(item), prev,
                           "prev does not lead to the item before");
    if (magic == RT_ITEM_USED && (next_free_of(item) | prev_free_of(item)) != 0)
        return heap_faulty(fault, item + ITEM_NEXT_FREE, next_free_of(item) | prev_free_of(item), 0,
                           "a live block has links of the free list");
    return true;
}

static bool check_item(const struct rt_region *r, taddr_t item, taddr_t prev,
                       struct heap_fault *fault)
{
    const taddr_t next = next_of(item);

    if (!check_header(r, item, prev, fault))
        return false;
    if (size_of(r, item) > r->last - item || (next > r->last && next != tail_of(r)) ||
        !is_aligned(next - r->start, r->layout.unit))
        return heap_faulty(fault, item + ITEM_NEXT, next, tail_of(r),
                           "next does not lead to an item behind this one");
    if (is_free(item) && is_free(prev))
        return heap_faulty(fault, item, prev, item, "two free neighbours were not merged");
    if (is_free(item) && prev_of(next) == item && !is_sound_free(r, item))
        return heap_faulty(fault, item + ITEM_NEXT_FREE, next_free_of(item), r->list,
                           "a free item's links of the free list do not lead back to it");
    return true;
}

/* `free` items in the region: the free list holds as many, and each is one. */
static bool check_list(const struct rt_region *r, tsize_t free, struct heap_fault *fault)
{
    tsize_t listed = 0;

    for (taddr_t item = next_free_of(r->list); item != r->list; item = next_free_of(item)) {
        if (!is_inside(r, item) || !is_sound_free(r, item))
            return heap_faulty(fault, item, item, r->list, "the free list leads to no free item");
        if (++listed > free)
            break;
    }
    if (listed != free)
        return heap_faulty(fault, r->list, listed, free,
                           "the free list does not hold the free items, each once");
    if (free == 0 && prev_free_of(r->list) != r->list)
        return heap_faulty(fault, r->list + ITEM_PREV_FREE, prev_free_of(r->list), r->list,
                           "the free header of an empty list does not lead back to itself");
    return true;
}

static bool check_totals(const struct rt_region *r, tsize_t available, struct heap_fault *fault)
{
    const struct rt_region_control *const c = r->control;
    const taddr_t words = (taddr_t)(uintptr_t)c;

    if (c->available != available)
        return heap_faulty(fault, words + offsetof(struct rt_region_control, available),
                           c->available, available,
                           "available is not the sum of the free payloads");
    if (c->max_used < rt_region_used(r) || c->max_used > c->pool_size)
        return heap_faulty(fault, words + offsetof(struct rt_region_control, max_used), c->max_used,
                           rt_region_used(r),
                           "the maximum is below what is used now, or above the size");
    return true;
}

bool rt_region_check(const struct rt_region *r, struct heap_fault *fault)
{
    const taddr_t tail = tail_of(r);
    tsize_t available = 0;
    tsize_t free = 0;
    taddr_t prev = tail;

    if (!check_control(r, fault))
        return false;
    for (taddr_t item = r->start; item != tail; prev = item, item = next_of(item)) {
        if (!check_item(r, item, prev, fault))
            return false;
        if (is_free(item)) {
            available += size_of(r, item);
            free++;
        }
    }
    if (!check_header(r, tail, prev, fault))
        return false;
    if (next_of(tail) != r->start || is_free(tail))
        return heap_faulty(fault, tail, next_of(tail), r->start, "the tail item was overwritten");
    return check_list(r, free, fault) && check_totals(r, available, fault);
}

/* --- walk --- */

bool rt_region_walk(const struct rt_region *r, heap_visit *visit, void *context)
{
    const taddr_t tail = tail_of(r);

    for (taddr_t item = r->start; item != tail; item = next_of(item)) {
        const struct heap_block block = {.header = item,
                                         .size = next_of(item) - item,
                                         .payload = item + r->layout.header,
                                         .usable = size_of(r, item),
                                         .used = !is_free(item)};

        if (item > r->last || block.usable > r->last - item || !visit(context, &block))
            return false;
    }
    return true;
}
