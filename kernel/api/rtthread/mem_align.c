/*
 * rt_malloc_align and rt_free_align. Upstream takes a larger block and notes its address in the
 * word before the result; an allocator with an alignment of its own (TLSF) is asked for that
 * instead.
 */
#include "internal.h"

#include "../../heap/rt_common.h"

/* True if aligned blocks of the system heap have the word that leads back to the block around. */
static bool is_apart(void)
{
    const struct heap_ops *const ops = kernel.system_heap.ops;

    return ops == NULL || (ops->capabilities & HEAP_ALIGNED_APART) != 0;
}

/* --- alloc --- */

/*
 * Upstream aligns what rt_malloc returned, so what its hook made of it. Where the hook puts in
 * another block, the aligned one is laid out in that.
 */
static taddr_t call_hook(taddr_t block, tsize_t size, tsize_t align, struct heap_call call)
{
    const taddr_t raw = block != 0 && is_apart() ? heap_link_before(block) : block;
    void *hooked = target_pointer(raw);

    kernel.rtthread.malloc_hook(&hooked, align_up(size, 4) + align_up(align, 4));
    if (api_address(hooked) == raw)
        return block;
    if (hooked == NULL)
        return 0;
    const taddr_t result = rt_aligned_above(api_address(hooked), align_up(align, 4));
    const char *const refusal = port_memory_refusal(target_pointer(result - 4), 4);
    if (refusal != NULL) {
        api_misuse(call, DIAGNOSIS_FOREIGN_POINTER, hooked, size, refusal);
        return 0;
    }
    store32(result - 4, api_address(hooked));
    return result;
}

void *rt_malloc_align(rt_size_t size, rt_size_t align)
{
    const struct heap_call call = RT_CALL(rt_malloc_align);
    struct heap *h;
    taddr_t block = 0;
    bool masked;

    if (api_fits(size, call) && api_fits(align, call) &&
        (h = rt_enter_heap(call, &masked)) != NULL) {
        block = rt_serve_bound(h, heap_alloc_aligned, (tsize_t)size, (tsize_t)align, call);
        rt_leave_heap(masked);
    }
    if (kernel.rtthread.malloc_hook != NULL && is_apart())
        block = call_hook(block, (tsize_t)size, (tsize_t)align, call);
    return target_pointer(block);
}

void *rt_heap_memalign(size_t align, size_t size, struct heap_call call)
{
    struct heap *h;
    taddr_t block;
    bool masked;

    if (kernel.system_heap_live && !api_frees_aligned(&kernel.system_heap))
        return api_memalign(rt_heap_malloc, rt_heap_free, align, size, call);
    if (!api_fits(size, call) || !api_fits(align, call) ||
        (h = rt_enter_heap(call, &masked)) == NULL)
        return NULL;
    block = heap_alloc_aligned(h, (tsize_t)size, (tsize_t)align, call);
    rt_leave_heap(masked);
    return target_pointer(block);
}

/* --- free --- */

/* What the word before an aligned block says; 0 if no heap has that word. */
static taddr_t back_link(taddr_t block)
{
    const taddr_t word = block - 4;

    if (heap_contains(&kernel.system_heap, word, 4))
        return heap_link_before(block);
    const struct rt_memheap *const m = rt_is_bound() ? rt_memheap_around(word) : NULL;
    return m != NULL && heap_contains(&m->heap, word, 4) ? heap_link_before(block) : 0;
}

static void release_aligned(struct heap *h, taddr_t block, taddr_t raw, struct heap_call call)
{
    struct rt_memheap *const m = rt_is_bound() ? rt_memheap_around(raw) : NULL;

    if (m != NULL)
        rt_memheap_give(m, heap_free_aligned, block, call);
    else
        heap_free_aligned(h, block, call); /* also names what is wrong with the pointer */
}

/* As upstream: rt_free of the raw block, whose hook may put another in its place, or none. */
void rt_free_align(void *block)
{
    const struct heap_call call = RT_CALL(rt_free_align);
    struct heap *h;
    bool masked;

    if (block == NULL || !api_is_on_board(block, call))
        return;
    if (kernel.system_heap_live && !is_apart()) {
        rt_heap_free(block, call);
        return;
    }
    const taddr_t raw = kernel.system_heap_live ? back_link(api_address(block)) : 0;
    void *hooked = target_pointer(raw);
    if (kernel.rtthread.free_hook != NULL && raw != 0) {
        kernel.rtthread.free_hook(&hooked);
        if (hooked == NULL)
            return;
    }
    if ((h = rt_enter_heap(call, &masked)) == NULL)
        return;
    if (api_address(hooked) != raw)
        rt_release(h, api_address(hooked), call);
    else
        release_aligned(h, api_address(block), raw, call);
    rt_leave_heap(masked);
}
