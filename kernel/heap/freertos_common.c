#include "freertos_common.h"

#include "../assert.h"
#include "allocators.h"

void freertos_init(struct heap *h, bool pads_more)
{
    struct freertos_heap *const s = freertos_heap(h);

    KERNEL_ASSERT(target_reaches(h, sizeof *h)); /* free lists begin in it */
    s->align = h->config.option[FREERTOS_OPTION_ALIGN_INDEX];
    s->low_bits = s->align - 1;
    s->mask = ~s->low_bits;
    s->header = align_up(FREERTOS_HEADER, s->align);
    s->split_above = 2 * s->header;
    s->padding = s->header + s->align - (pads_more ? 0 : 1);
    s->request_most = UINT32_MAX - s->padding;
    if (h->object == 0)
        h->object = (taddr_t)(uintptr_t)h;
}

taddr_t freertos_fail(struct heap *h, tsize_t request)
{
    struct freertos_heap *const s = freertos_heap(h);

    if (request > s->request_most)
        heap_misuse(h, DIAGNOSIS_SIZE_OVERFLOW, 0, request,
                    "with the block's header, rounded up, the size passes 32 bits");
    s->hook++;
    return 0;
}

taddr_t freertos_alloc_cleared(struct heap *h, tsize_t count, tsize_t size)
{
    const uint64_t whole = (uint64_t)count * size;
    const tsize_t product = (tsize_t)whole;

    if (whole > UINT32_MAX) { /* without the hook, and without laying the heap out */
        heap_misuse(h, DIAGNOSIS_SIZE_OVERFLOW, 0, product, "count x size passes 32 bits");
        return 0;
    }
    const taddr_t block = h->ops->alloc(h, product);
    if (block == 0)
        return 0;
    if (h->ops->usable_size(h, block) < product) {
        heap_misuse(h, DIAGNOSIS_SIZE_OVERFLOW, block, product,
                    "the size wrapped, and clearing the block would overwrite all that follows");
        h->ops->free(h, block);
        return 0;
    }
    heap_clear(h, block, product);
    return block;
}

void freertos_reset_state(struct heap *h)
{
    if (h->ops == &heap_freertos_heap_1)
        freertos_heap_1_reset(h);
    else if (h->ops == &heap_freertos_heap_2)
        freertos_heap_2_reset(h);
    else if (h->ops == &heap_freertos_heap_4 || h->ops == &heap_freertos_heap_5)
        freertos_heap_4_5_reset(h);
}

tsize_t freertos_read_free(struct heap *h, unsigned region)
{
    return freertos_heap(h)->free;
}

tsize_t freertos_read_hook(struct heap *h, unsigned region)
{
    return freertos_heap(h)->hook;
}
