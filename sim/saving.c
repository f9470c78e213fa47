/*
 * How much smaller the system heap could have been.
 *
 * Of an allocator that takes the first block that fits by address, in one region, from its low end,
 * it is known: what lies behind the highest block that there ever was is looked at last, and is
 * only ever what is left. A region that ends just behind that block has the same blocks at the same
 * addresses, and what failed, fails. It must have room for what the allocator keeps at the end,
 * and, where realloc looks at how large a block is, for a least free block: a block that took in a
 * smaller rest would be larger than before.
 *
 *   region | ... | highest block | least free block | end item |
 *
 * Elsewhere the size of what is left decides where blocks go (the best fit, the newest free block,
 * powers of two); then there is only an estimate, and replay --fit tries.
 */
#include "saving.h"

#include <stdio.h>

#include "../kernel/heap/allocators.h"
#include "../kernel/kernel.h"
#include "holders.h"
#include "ledger.h"

/* Of what keeps a free block behind its highest one, so that realloc finds no block larger. */
enum { LEAST = 12 };

struct known {
    const struct heap_ops *ops;
    const char *align; /* the option; NULL: 8 */
    bool rest;         /* behind its highest block it needs a free one */
};

static const struct known table[] = {
    {&heap_rt_small_mem, "align", true},     {&heap_freertos_heap_1, "align", false},
    {&heap_freertos_heap_4, "align", false}, {&heap_freertos_heap_5, "align", false},
    {&heap_oneos_small, "align", true},      {&heap_oneos_small_lite, NULL, true},
};

static bool first_block(void *context, const struct heap_block *block)
{
    *(struct heap_block *)context = *block;
    return false;
}

/* Bytes in front of a payload: what its block's header takes. */
static tsize_t header_size(const struct heap *heap)
{
    struct heap_block block = {.header = 0};

    heap->ops->walk((struct heap *)(uintptr_t)heap, first_block, &block);
    return block.payload - block.header;
}

static taddr_t least_end(const struct heap *heap, const struct known *known, taddr_t highest)
{
    const tsize_t align = known->align != NULL ? heap_option(heap, known->align) : 8;
    const taddr_t begin = heap->regions[0].begin;

    if (known->ops == &heap_freertos_heap_1) /* `next` stays below the size less an alignment */
        return begin + (highest - align_up(begin, align)) + align + 1;
    const tsize_t header = header_size(heap);
    return highest + header + (known->rest ? header + align_up(LEAST, align) : 0);
}

bool saving_is_exact(const struct heap *heap, taddr_t highest, tsize_t *bytes)
{
    const struct heap_region *const region = &heap->regions[0];

    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].ops != heap->ops || heap->region_count != 1 || highest == 0)
            continue;
        const taddr_t end = least_end(heap, &table[i], highest);
        *bytes = end - region->begin < region->size ? region->size - (end - region->begin) : 0;
        return true;
    }
    return false;
}

static tsize_t size_of(const struct heap *heap)
{
    tsize_t size = 0;

    for (unsigned i = 0; i < heap->region_count; i++)
        size += heap->regions[i].size;
    return size;
}

void saving_report(void)
{
    struct heap *const heap = &kernel.system_heap;
    const struct ledger_heap *const known = ledger_heap_of(heap);
    struct heap_stats stats;
    tsize_t bytes;

    if (!kernel.system_heap_live || heap->ops == &heap_none || heap->region_count == 0)
        return;
    heap->ops->stats(heap, &stats);
    const tsize_t size = heap->ops == &heap_freertos_heap_3 ? stats.total : size_of(heap);
    fprintf(stderr, "heapsim: heap '%s' (%s): at most %s of %s bytes in use", heap->name,
            heap->ops->title, holders_thousands(stats.used_max), holders_thousands(size));
    if (known != NULL && known->highest != 0)
        fprintf(stderr, ", blocks up to 0x%08x", known->highest);
    if (saving_is_exact(heap, known != NULL ? known->highest : 0, &bytes))
        fprintf(stderr, ": it could have been %s bytes smaller.\n", holders_thousands(bytes));
    else
        fprintf(
            stderr,
            ": by estimate it could have been up to %s bytes smaller; replay --fit finds out.\n",
            holders_thousands(size > stats.used_max ? size - stats.used_max : 0));
}
