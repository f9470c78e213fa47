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
    for (unsigned word = ITEM_NEXT_FREE; word <= ITEM_PREV_FREE; word += 4)
        if (magic == RT_ITEM_USED && load32(item + word) != 0)
            return heap_faulty(fault, item + word, load32(item + word), 0,
                               "a live block has a link of the free list");
    return true;
}

/* Where the links of the free list may lead: to a free item, or to the free header. */
static bool is_listable(const struct rt_region *r, taddr_t item)
{
    return item == r->list || (is_inside(r, item) && is_free(item) && leads_on(r, item));
}

/*
 * The word of an item that links to another, forwards or back: that one must link to the item. If
 * not, the word is wrong whose own end nobody confirms.
 */
static bool check_link(const struct rt_region *r, taddr_t item, unsigned word, unsigned back,
                       struct heap_fault *fault)
{
    const taddr_t other = load32(item + word);
    const taddr_t answer = is_listable(r, other) ? load32(other + back) : 0;
    taddr_t wrong = item + word;

    if (answer == item)
        return true;
    if (is_listable(r, other) && !(is_listable(r, answer) && load32(answer + word) == other))
        wrong = other + back;
    return heap_faulty(fault, wrong, load32(wrong), wrong == item + word ? r->list : item,
                       "a link of the free list leads to no item that links back");
}

static bool check_links(const struct rt_region *r, taddr_t item, struct heap_fault *fault)
{
    return check_link(r, item, ITEM_NEXT_FREE, ITEM_PREV_FREE, fault) &&
           check_link(r, item, ITEM_PREV_FREE, ITEM_NEXT_FREE, fault);
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
    return true;
}

/* `free` items in the region: the free list holds as many, and each is one. */
static bool check_list(const struct rt_region *r, tsize_t free, struct heap_fault *fault)
{
    tsize_t listed = 0;
    taddr_t item = r->list;

    do {
        if (!check_links(r, item, fault))
            return false;
        item = next_free_of(item);
    } while (item != r->list && ++listed <= free);
    if (listed != free)
        return heap_faulty(fault, r->list, listed, free,
                           "the free list does not hold the free items, each once");
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
    if (is_free(tail))
        return heap_faulty(fault, tail, RT_ITEM_FREE, RT_ITEM_USED, "the tail item is free");
    if (next_of(tail) != r->start)
        return heap_faulty(fault, tail + ITEM_NEXT, next_of(tail), r->start,
                           "the tail does not close the ring of items");
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
