#include "pool.h"

#include "../assert.h"
#include "../heap/allocators.h"
#include "../kernel.h"

const char *pool_init(struct pool *p, const struct heap_config *config, const char *name,
                      struct heap_region region, taddr_t object, enum wait_order order,
                      struct heap_call call)
{
    const char *const refusal = heap_init(&p->blocks, config, name, &region, 1, object, call);

    if (refusal == NULL)
        wait_queue_init(&p->queue, order, "memory pool", p->blocks.name);
    return refusal;
}

/* Nothing is reserved for the one that is woken: it tries again, and may have to queue again. */
static taddr_t wait_and_try(struct pool *p, uint32_t ticks, enum take_result *result,
                            struct heap_call call)
{
    const struct wait_label label = wait_label(&p->queue);
    taddr_t block = 0;

    while (block == 0) {
        *result = wait_for_change(&p->queue, &ticks);
        if (*result != TAKEN && *result != TAKE_RESUMED) /* a resumed task tries again, too */
            break;
        block = heap_alloc(&p->blocks, 0, call);
    }
    if (block != 0)
        *result = TAKEN; /* a resumed one, too */
    port_kernel_event(EVENT_POOL_ALLOC, label.id, block, *result, label.name);
    return block;
}

taddr_t pool_alloc(struct pool *p, uint32_t ticks, enum take_result *result, struct heap_call call)
{
    const bool masked = kernel_enter();
    taddr_t block = heap_alloc(&p->blocks, 0, call);

    *result = block != 0 ? TAKEN : TAKE_EMPTY;
    if (block == 0 && ticks > 0)
        block = wait_and_try(p, ticks, result, call);
    else
        port_kernel_event(EVENT_POOL_ALLOC, p->queue.id, block, *result, p->queue.name);
    kernel_leave(masked);
    return block;
}

struct pool *pool_of_block(taddr_t block)
{
    const bool begun = port_read_begin();
    struct heap *h = heap_live_after(NULL);

    while (h != NULL && !(h->ops == &heap_rt_mempool && heap_contains(h, block, 1)))
        h = heap_live_after(h);
    port_read_end(begun);
    return h != NULL ? list_entry(h, struct pool, blocks) : NULL;
}

void pool_free(struct pool *p, taddr_t block, struct heap_call call)
{
    const bool masked = kernel_enter();
    struct heap_stats before;
    struct heap_stats after;

    p->blocks.ops->stats(&p->blocks, &before);
    heap_free(&p->blocks, block, call);
    p->blocks.ops->stats(&p->blocks, &after);
    port_kernel_event(EVENT_POOL_FREE, p->queue.id, block, 0, p->queue.name);
    if (after.used < before.used)
        wait_wake_first(&p->queue);
    kernel_leave(masked);
}

void pool_delete(struct pool *p)
{
    const bool masked = kernel_enter();

    port_kernel_event(EVENT_DELETE, p->queue.id, 0, 0, p->queue.name);
    wait_close(&p->queue);
    heap_detach(&p->blocks);
    kernel_leave(masked);
}
