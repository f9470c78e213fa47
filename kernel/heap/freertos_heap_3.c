/*
 * FreeRTOS heap_3: the C library's malloc and free, with the scheduler suspended around them.
 *
 * Where blocks lie is the C library's business and no promise; it ignores the memory that other
 * heaps of FreeRTOS manage. Here the size of that memory is taken for the size of the C library's
 * heap: blocks, with 8 bytes each for their headers, fill no more than that. Size 0 gets a block,
 * as most C libraries answer.
 *
 * check and walk look at the whole heap of the C library, which all heaps of this kind share.
 */
#include "../port.h"
#include "allocators.h"
#include "freertos_common.h"

static const struct heap_option options[] = {{.key = NULL}};

enum { OVERHEAD = 8 };

/* Of the common state only hook, total, free and low are used. */
static const char *heap_3_init(struct heap *h)
{
    struct freertos_heap *const s = freertos_heap(h);

    s->total = h->regions[0].size;
    port_libc_region(&h->regions[0].begin, &h->regions[0].size);
    if (h->regions[0].size == 0)
        return "the host has no memory left for the C library's heap";
    s->free = s->total;
    s->low = s->total;
    s->request_most = UINT32_MAX - OVERHEAD;
    if (h->object == 0)
        h->object = (taddr_t)(uintptr_t)h;
    return NULL;
}

static taddr_t heap_3_alloc(struct heap *h, tsize_t size)
{
    struct freertos_heap *const s = freertos_heap(h);

    heap_step(h);
    const taddr_t block = size < s->free ? port_libc_alloc(size) : 0;
    if (block == 0)
        return freertos_fail(h, size);
    const tsize_t taken = port_libc_usable(block) + OVERHEAD;
    if (taken > s->free) {
        port_libc_free(block);
        return freertos_fail(h, size);
    }
    s->free -= taken;
    if (s->free < s->low)
        s->low = s->free;
    return block;
}

static void heap_3_free(struct heap *h, taddr_t block)
{
    struct freertos_heap *const s = freertos_heap(h);

    if (block == 0)
        return;
    heap_step(h);
    const tsize_t usable = port_libc_usable(block);
    if (usable == 0) {
        heap_bad_pointer(h, block);
        return;
    }
    s->free += usable + OVERHEAD;
    port_libc_free(block);
}

static tsize_t heap_3_usable_size(struct heap *h, taddr_t block)
{
    (void)h;
    return port_libc_usable(block);
}

static const struct heap_figure figures[] = {{"hook", freertos_read_hook, false}, {.name = NULL}};

static void heap_3_stats(struct heap *h, struct heap_stats *stats)
{
    const struct freertos_heap *const s = freertos_heap(h);

    *stats = (struct heap_stats){s->total, s->total - s->free, s->total - s->low};
}

static bool heap_3_check(struct heap *h, struct heap_fault *fault)
{
    (void)h;
    return port_libc_check(fault);
}

struct limited_walk {
    heap_visit *visit;
    void *context;
    tsize_t free_max;
};

/* No request can get more of a free block than is left of this heap's memory. */
static bool visit_limited(void *context, const struct heap_block *block)
{
    const struct limited_walk *const walk = context;
    struct heap_block limited = *block;

    if (!block->used && block->usable > walk->free_max)
        limited.usable = walk->free_max;
    return walk->visit(walk->context, &limited);
}

static void heap_3_walk(struct heap *h, heap_visit *visit, void *context)
{
    const tsize_t free = freertos_heap(h)->free;
    struct limited_walk walk = {visit, context, free > OVERHEAD ? free - OVERHEAD : 0};

    port_libc_walk(visit_limited, &walk);
}

const struct heap_ops heap_freertos_heap_3 = {
    .name = "freertos-heap-3",
    .title = "FreeRTOS heap_3",
    .capabilities = HEAP_CAN_FREE,
    .options = options,
    .figures = figures,
    .init = heap_3_init,
    .alloc = heap_3_alloc,
    .alloc_cleared = freertos_alloc_cleared,
    .free = heap_3_free,
    .usable_size = heap_3_usable_size,
    .stats = heap_3_stats,
    .check = heap_3_check,
    .walk = heap_3_walk,
};
