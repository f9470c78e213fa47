/* check and walk of small-mem: from item to item, in address order. */
#include "rt_small_mem.h"

/* --- check --- */

static bool check_control(const struct heap *h, const struct small_mem *s, struct heap_fault *fault)
{
    const struct {
        unsigned offset;
        uint32_t expected;
    } fixed[] = {{CONTROL_ALGORITHM, (uint32_t)(uintptr_t)rt_small_mem_algorithm},
                 {CONTROL_ADDRESS, s->base},
                 {CONTROL_TOTAL, s->capacity},
                 {CONTROL_BASE, s->base},
                 {CONTROL_END, s->base + s->end},
                 {CONTROL_CAPACITY, s->capacity}};

    for (unsigned i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (field(s, fixed[i].offset) != fixed[i].expected)
            return heap_faulty(fault, s->control + fixed[i].offset, field(s, fixed[i].offset),
                               fixed[i].expected, "the control block was overwritten");
    return rt_object_check(h->object, h->config.option[OPTION_NAME_MAX], h->name,
                           RT_OBJECT_CLASS_MEMORY | RT_OBJECT_STATIC, fault);
}

/* One item between its neighbours; `prev_used` is the state of the item before. */
static bool check_item(const struct small_mem *s, tsize_t item, tsize_t prev, bool prev_used,
                       struct heap_fault *fault)
{
    const taddr_t at = s->base + item;
    const tsize_t next = next_of(s, item);

    if ((pool_of(s, item) & ~(uint32_t)ITEM_USED) != s->pool)
        return heap_faulty(fault, at + ITEM_POOL, pool_of(s, item), s->pool,
                           "the header does not name its heap");
    if (prev_of(s, item) != prev)
        return heap_faulty(fault, at + ITEM_PREV, prev_of(s, item), prev,
                           "prev does not lead to the item before");
    if (!leads_on(s, item, next) || next - item < s->header || !is_aligned(next, s->align))
        return heap_faulty(fault, at + ITEM_NEXT, next, s->end,
                           "next does not lead to an item behind this one");
    if (!prev_used && !is_used(s, item))
        return heap_faulty(fault, at, prev, item, "two free neighbours were not merged");
    return true;
}

static bool check_totals(const struct small_mem *s, tsize_t used, tsize_t lowest,
                         struct heap_fault *fault)
{
    const taddr_t end = s->base + s->end;

    if (pool_of(s, s->end) != (s->pool | ITEM_USED))
        return heap_faulty(fault, end + ITEM_POOL, pool_of(s, s->end), s->pool | ITEM_USED,
                           "the end item does not name its heap");
    if (next_of(s, s->end) != s->end)
        return heap_faulty(fault, end + ITEM_NEXT, next_of(s, s->end), s->end,
                           "the end item does not lead to itself");
    if (lfree_of(s) != lowest)
        return heap_faulty(fault, s->control + CONTROL_LFREE, field(s, CONTROL_LFREE),
                           s->base + lowest, "lfree is not the lowest free item");
    if (field(s, CONTROL_USED) != used)
        return heap_faulty(fault, s->control + CONTROL_USED, field(s, CONTROL_USED), used,
                           "used is not the sum of the used items");
    if (field(s, CONTROL_MAX) < used || field(s, CONTROL_MAX) > s->end)
        return heap_faulty(fault, s->control + CONTROL_MAX, field(s, CONTROL_MAX), used,
                           "the maximum is below what is used now, or above the heap's size");
    return true;
}

bool rt_small_mem_check(struct heap *h, struct heap_fault *fault)
{
    const struct small_mem *const s = small_mem(h);
    tsize_t used = 0;
    tsize_t lowest = s->end;
    tsize_t prev = 0;
    bool prev_used = true;

    if (!check_control(h, s, fault))
        return false;
    for (tsize_t item = 0; item != s->end; prev = item, item = next_of(s, item)) {
        if (!check_item(s, item, prev, prev_used, fault))
            return false;
        prev_used = is_used(s, item);
        if (prev_used)
            used += next_of(s, item) - item;
        else if (lowest == s->end)
            lowest = item;
    }
    return check_totals(s, used, lowest, fault);
}

/* --- walk --- */

void rt_small_mem_walk(struct heap *h, heap_visit *visit, void *context)
{
    const struct small_mem *const s = small_mem(h);
    tsize_t item = 0;

    while (item != s->end) {
        const tsize_t next = next_of(s, item);
        const struct heap_block block = {.header = s->base + item,
                                         .size = next - item,
                                         .payload = s->base + item + s->header,
                                         .usable = next - item - s->header,
                                         .used = is_used(s, item)};

        if (!leads_on(s, item, next) || !visit(context, &block))
            return;
        item = next;
    }
}
