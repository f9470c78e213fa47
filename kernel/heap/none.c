/*
 * No heap: every allocation fails. For builds without dynamic memory, and to see what a program
 * does when it gets none.
 */
#include "allocators.h"

static const struct heap_option options[] = {{.key = NULL}};

static const struct heap_figure figures[] = {{.name = NULL}};

static const char *none_init(struct heap *h)
{
    if (h->object == 0)
        h->object = (taddr_t)(uintptr_t)h;
    return NULL;
}

static taddr_t none_alloc(struct heap *h, tsize_t size)
{
    (void)h;
    (void)size;
    return 0;
}

static taddr_t none_alloc_two(struct heap *h, tsize_t first, tsize_t second)
{
    (void)h;
    (void)first;
    (void)second;
    return 0;
}

static void none_free(struct heap *h, taddr_t block)
{
    if (block != 0)
        heap_bad_pointer(h, block);
}

static taddr_t none_realloc(struct heap *h, taddr_t block, tsize_t size)
{
    none_free(h, block);
    return none_alloc(h, size);
}

static tsize_t none_usable_size(struct heap *h, taddr_t block)
{
    (void)h;
    (void)block;
    return 0;
}

static void none_stats(struct heap *h, struct heap_stats *stats)
{
    *stats = (struct heap_stats){0, 0, 0};
    for (unsigned i = 0; i < h->region_count; i++)
        stats->total += h->regions[i].size;
}

static bool none_check(struct heap *h, struct heap_fault *fault)
{
    (void)h;
    (void)fault;
    return true;
}

static void none_walk(struct heap *h, heap_visit *visit, void *context)
{
    (void)h;
    (void)visit;
    (void)context;
}

const struct heap_ops heap_none = {
    .name = "none",
    .title = "no heap",
    .capabilities = HEAP_CAN_FREE | HEAP_CAN_REALLOC | HEAP_CAN_ALIGN | HEAP_HAS_REGIONS,
    .options = options,
    .figures = figures,
    .init = none_init,
    .alloc = none_alloc,
    .alloc_cleared = none_alloc_two,
    .alloc_aligned = none_alloc_two,
    .realloc = none_realloc,
    .free = none_free,
    .usable_size = none_usable_size,
    .stats = none_stats,
    .check = none_check,
    .walk = none_walk,
};
