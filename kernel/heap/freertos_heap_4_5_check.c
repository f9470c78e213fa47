/*
 * check and walk of heap_4 and heap_5. Both go through the regions from block to block; check in
 * step with the free list, which has the same order.
 */
#include "freertos_heap_4_5.h"

/* --- check --- */

struct cursor {
    taddr_t link_at; /* the word that leads to `element` */
    taddr_t element;
    tsize_t free;
    tsize_t live;
};

static void advance(const struct heap_4_5 *s, struct cursor *list)
{
    list->link_at = list->element;
    list->element = load32(list->element) ^ s->canary;
}

static bool wrong_link(const struct heap_4_5 *s, const struct cursor *list, taddr_t expected,
                       struct heap_fault *fault, const char *text)
{
    return heap_faulty(fault, list->link_at, list->element ^ s->canary, expected ^ s->canary, text);
}

static bool check_block(const struct heap_4_5 *s, const struct extent *extent, taddr_t at,
                        bool after_free, struct cursor *list, struct heap_fault *fault)
{
    const struct freertos_header *const block = freertos_at(at);
    const tsize_t size = block->size & ~FREERTOS_ALLOCATED;
    const bool used = block->size & FREERTOS_ALLOCATED;
    const taddr_t size_at = at + sizeof block->next;

    if (size < s->common.header || size > extent->end - at ||
        !freertos_is_aligned(&s->common, size))
        return heap_faulty(fault, size_at, block->size, extent->end - at,
                           "the size is none that a block there can have");
    if (used && list->element == at)
        return heap_faulty(fault, size_at, block->size, size,
                           "a block in the free list is marked as given out");
    if (used && block->next != s->canary)
        return heap_faulty(fault, at, block->next, s->canary,
                           "the link of a block given out is not NULL");
    if (!used && list->element != at)
        return wrong_link(s, list, at, fault, "the free list does not lead to the next free block");
    if (!used && after_free)
        return heap_faulty(fault, size_at, block->size, block->size | FREERTOS_ALLOCATED,
                           "two free neighbours were not merged");
    return true;
}

/* The end marker: in the list or, but for the last, taken in by a block that ended there. */
static bool check_marker(const struct heap_4_5 *s, const struct extent *extent, struct cursor *list,
                         struct heap_fault *fault)
{
    const struct freertos_header *const marker = freertos_at(extent->end);

    if (marker->size != 0)
        return heap_faulty(fault, extent->end + sizeof marker->next, marker->size, 0,
                           "the end marker of a region was overwritten");
    if (extent->end != s->end) {
        if (list->element == extent->end)
            advance(s, list);
        return true;
    }
    if (list->element != s->end)
        return wrong_link(s, list, s->end, fault, "the free list does not lead to its end");
    if (marker->next != s->canary)
        return heap_faulty(fault, s->end, marker->next, s->canary,
                           "the link of the last end marker is not NULL");
    return true;
}

static bool check_extent(const struct heap_4_5 *s, const struct extent *extent, struct cursor *list,
                         struct heap_fault *fault)
{
    bool after_free = false;

    for (taddr_t at = extent->start; at != extent->end;) {
        if (!check_block(s, extent, at, after_free, list, fault))
            return false;
        const uint32_t size = freertos_at(at)->size;

        after_free = !(size & FREERTOS_ALLOCATED);
        if (after_free) {
            list->free += size;
            advance(s, list);
        } else {
            list->live++;
        }
        at += size & ~FREERTOS_ALLOCATED;
    }
    return check_marker(s, extent, list, fault);
}

bool freertos_heap_4_5_check(struct heap *h, struct heap_fault *fault)
{
    const struct heap_4_5 *const s = heap_4_5(h);
    struct cursor list = {freertos_address(&s->common.head), s->common.head.next ^ s->canary, 0, 0};

    if (s->end == 0)
        return true;
    for (unsigned i = 0; i < s->extent_count; i++)
        if (!check_extent(s, &s->extents[i], &list, fault))
            return false;
    if (list.free != s->common.free)
        return heap_faulty(fault, s->common.start, list.free, s->common.free,
                           "the free blocks and the count of free bytes differ");
    if (list.live != s->allocations - s->frees)
        return heap_faulty(fault, s->common.start, list.live, s->allocations - s->frees,
                           "the blocks given out and their count differ");
    return true;
}

/* --- walk --- */

void freertos_heap_4_5_walk(struct heap *h, heap_visit *visit, void *context)
{
    const struct heap_4_5 *const s = heap_4_5(h);

    for (unsigned i = 0; s->end != 0 && i < s->extent_count; i++) {
        const struct extent *const extent = &s->extents[i];

        for (taddr_t at = extent->start; at != extent->end;) {
            const uint32_t word = freertos_at(at)->size;
            const tsize_t size = word & ~FREERTOS_ALLOCATED;
            const struct heap_block block = {at, size, at + s->common.header,
                                             size - s->common.header,
                                             (word & FREERTOS_ALLOCATED) != 0};

            if (size < s->common.header || size > extent->end - at || !visit(context, &block))
                return;
            at += size;
        }
    }
}
