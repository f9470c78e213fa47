/*
 * RT-Thread's heaps of the application's own whose control block lies in their memory: small-mem
 * and slab. As upstream's, these calls take no lock and may be made from anywhere; who shares such
 * a heap locks around them. rt_page_alloc and rt_page_free are the system heap's, where that is a
 * slab.
 */
#include "internal.h"

#include "../../heap/allocators.h"
#include "../../heap/rt_common.h"
#include "../../heap/rt_slab.h"

static struct heap *heap_of(const void *handle, const struct heap_ops *ops, struct heap_call call)
{
    struct heap *const h = heap_by_object(api_address(handle));

    if (h != NULL && h->ops == ops && target_reaches(handle, 1))
        return h;
    api_misuse(call, DIAGNOSIS_FOREIGN_POINTER, handle, 0,
               ops == &heap_rt_slab ? "it is no handle of a live slab heap"
                                    : "it is no handle of a live small-mem heap");
    return NULL;
}

/* The handle of a new heap; NULL if the memory is too small for it, or after a diagnosis. */
static void *make(const struct heap_ops *ops, const char *name, void *begin, rt_size_t size,
                  struct heap_call call)
{
    const struct heap_config config = rt_build_config(ops);
    const struct heap_region region = {api_address(begin), (tsize_t)size, 0};
    struct heap *const h = kernel_free_heap();

    if (name == NULL) {
        api_misuse(call, DIAGNOSIS_ASSERTION, begin, size, "the heap's name is NULL");
        return NULL;
    }
    if (h == NULL) {
        api_misuse(call, DIAGNOSIS_BAD_REGION, begin, size, "there are too many heaps already");
        return NULL;
    }
    const char *const refusal = target_reaches(begin, size)
                                    ? heap_init(h, &config, name, &region, 1, 0, call)
                                    : port_memory_refusal(begin, size);
    if (refusal == NULL)
        return target_pointer(h->object);
    if (port_memory_refusal(begin, size) != NULL)
        api_misuse(call, DIAGNOSIS_BAD_REGION, begin, size, refusal);
    return NULL;
}

static rt_err_t detach(const void *handle, const struct heap_ops *ops, struct heap_call call)
{
    struct heap *const h = heap_of(handle, ops, call);

    if (h == NULL)
        return -RT_EINVAL;
    if (h == &kernel.system_heap) {
        api_misuse(call, DIAGNOSIS_FOREIGN_POINTER, handle, 0,
                   "it is the system heap, which rt_malloc needs");
        return -RT_EINVAL;
    }
    heap_detach(h);
    return RT_EOK;
}

static void *allocate(const void *handle, const struct heap_ops *ops, rt_size_t size,
                      struct heap_call call)
{
    struct heap *const h = heap_of(handle, ops, call);

    if (h == NULL || !api_fits(size, call))
        return NULL;
    return target_pointer(heap_alloc(h, (tsize_t)size, call));
}

static void *resize(const void *handle, const struct heap_ops *ops, const void *block,
                    rt_size_t size, struct heap_call call)
{
    struct heap *const h = heap_of(handle, ops, call);

    if (h == NULL || !api_fits(size, call) || !api_is_on_board(block, call))
        return NULL;
    return target_pointer(heap_realloc(h, api_address(block), (tsize_t)size, call));
}

/* --- small-mem --- */

rt_smem_t rt_smem_init(const char *name, void *begin, rt_size_t size)
{
    const struct heap_call call = RT_CALL(rt_smem_init);
    const rt_smem_t handle = make(&heap_rt_small_mem, name, begin, size, call);

    if (handle == NULL && name != NULL && port_memory_refusal(begin, size) == NULL)
        rt_kprintf("mem init, error begin address 0x%x, and end address 0x%x\n", api_address(begin),
                   api_address(begin) + (tsize_t)size);
    return handle;
}

rt_err_t rt_smem_detach(rt_smem_t heap)
{
    return detach(heap, &heap_rt_small_mem, RT_CALL(rt_smem_detach));
}

void *rt_smem_alloc(rt_smem_t heap, rt_size_t size)
{
    return allocate(heap, &heap_rt_small_mem, size, RT_CALL(rt_smem_alloc));
}

void *rt_smem_realloc(rt_smem_t heap, void *block, rt_size_t size)
{
    return resize(heap, &heap_rt_small_mem, block, size, RT_CALL(rt_smem_realloc));
}

/*
 * The heap that the block's header names, as upstream finds it; where no header does, the newest
 * heap around the pointer, for the diagnosis. NULL outside all heaps.
 */
static struct heap *small_mem_around(taddr_t block)
{
    struct heap *newest = NULL;

    for (struct heap *h = kernel.heap_list; h != NULL; h = h->next) {
        if (h->ops != &heap_rt_small_mem || !heap_contains(h, block, 1))
            continue;
        port_inside_begin();
        const bool owned = rt_small_mem_owns(h, block);
        port_inside_end();
        if (owned)
            return h;
        if (newest == NULL)
            newest = h;
    }
    return newest;
}

void rt_smem_free(void *block)
{
    const struct heap_call call = RT_CALL(rt_smem_free);

    if (block == NULL || !api_is_on_board(block, call))
        return;
    struct heap *const h = small_mem_around(api_address(block));
    if (h != NULL)
        heap_free(h, api_address(block), call);
    else
        api_misuse(call, DIAGNOSIS_FOREIGN_POINTER, block, 0, "it lies in no small-mem heap");
}

/* --- slab --- */

rt_slab_t rt_slab_init(const char *name, void *begin_addr, rt_size_t size)
{
    return make(&heap_rt_slab, name, begin_addr, size, RT_CALL(rt_slab_init));
}

rt_err_t rt_slab_detach(rt_slab_t m)
{
    return detach(m, &heap_rt_slab, RT_CALL(rt_slab_detach));
}

void *rt_slab_alloc(rt_slab_t m, rt_size_t size)
{
    return allocate(m, &heap_rt_slab, size, RT_CALL(rt_slab_alloc));
}

void *rt_slab_realloc(rt_slab_t m, void *ptr, rt_size_t size)
{
    return resize(m, &heap_rt_slab, ptr, size, RT_CALL(rt_slab_realloc));
}

void rt_slab_free(rt_slab_t m, void *ptr)
{
    const struct heap_call call = RT_CALL(rt_slab_free);
    struct heap *const h = heap_of(m, &heap_rt_slab, call);

    if (h != NULL && ptr != NULL && api_is_on_board(ptr, call))
        heap_free(h, api_address(ptr), call);
}

/* --- pages --- */

/* The system heap, locked; NULL after a diagnosis. */
static struct heap *enter_slab(struct heap_call call, bool *masked)
{
    if (kernel.system_heap_live && kernel.system_heap.ops != &heap_rt_slab) {
        api_misuse(call, DIAGNOSIS_UNSUPPORTED, NULL, 0,
                   "there are pages only where the system heap is a slab (--heap rt-slab)");
        return NULL;
    }
    return rt_enter_heap(call, masked);
}

void *rt_page_alloc(rt_size_t npages)
{
    const struct heap_call call = RT_CALL(rt_page_alloc);
    taddr_t pages = 0;
    struct heap *h;
    bool masked;

    if (api_fits(npages, call) && (h = enter_slab(call, &masked)) != NULL) {
        port_inside_begin();
        pages = rt_slab_page_alloc(h, (tsize_t)npages, call);
        port_inside_end();
        rt_leave_heap(masked);
    }
    return target_pointer(pages);
}

void rt_page_free(void *addr, rt_size_t npages)
{
    const struct heap_call call = RT_CALL(rt_page_free);
    struct heap *h;
    bool masked;

    if (!api_fits(npages, call) || !api_is_on_board(addr, call) ||
        (h = enter_slab(call, &masked)) == NULL)
        return;
    port_inside_begin();
    rt_slab_page_free(h, api_address(addr), (tsize_t)npages, call);
    port_inside_end();
    rt_leave_heap(masked);
}
