/* OneOS's heaps of the application's own. */
#include "internal.h"

static os_memheap_t *find(const os_memheap_t *heap)
{
    os_memheap_t *m = kernel.oneos.memheaps;

    while (m != NULL && m != heap)
        m = m->next;
    return m;
}

/* True if it was initialised; diagnosed if not. */
static bool is_live(const os_memheap_t *heap, struct heap_call call)
{
    if (find(heap) != NULL)
        return true;
    api_misuse(call, DIAGNOSIS_OBJECT, heap, 0,
               "it is no heap: os_memheap_init it first; the board would stop");
    return false;
}

static struct oneos_target target_of(os_memheap_t *heap)
{
    return (struct oneos_target){&heap->heap, &heap->lock};
}

static tsize_t name_max(void)
{
    const int index = heap_option_index(kernel.heap_config.ops, "name_max");

    return index >= 0 ? (8u << kernel.heap_config.option[index]) - 1 : OS_NAME_MAX;
}

os_err_t os_memheap_init(os_memheap_t *heap, const char *name)
{
    const struct heap_call call = ONEOS_CALL(os_memheap_init);

    if (!oneos_has(false, call) || !oneos_allowed(call) || find(heap) != NULL)
        return OS_EINVAL;
    if (port_memory_refusal(heap, sizeof *heap) != NULL) {
        api_misuse(call, DIAGNOSIS_BAD_REGION, heap, sizeof *heap,
                   heap == NULL
                       ? "the heap object is OS_NULL"
                       : "the heap object lies where the board has no memory; make it static");
        return OS_EINVAL;
    }
    memset(heap, 0, sizeof *heap);
    for (tsize_t i = 0; name != NULL && name[i] != '\0' && i < name_max(); i++)
        heap->name[i] = name[i];
    semaphore_init(&heap->lock, heap->name, 1, 1, WAIT_PRIORITY);
    heap->next = kernel.oneos.memheaps;
    kernel.oneos.memheaps = heap;
    return OS_EOK;
}

os_err_t os_memheap_add(os_memheap_t *heap, void *start, os_size_t size, enum os_mem_alg alg)
{
    const struct heap_call call = ONEOS_CALL(os_memheap_add);

    if (!is_live(heap, call))
        return OS_EINVAL;
    return oneos_add(target_of(heap), heap->name, start, size, alg, api_address(heap), call);
}

void *os_memheap_alloc(os_memheap_t *heap, os_size_t size)
{
    const struct heap_call call = ONEOS_CALL(os_memheap_alloc);

    return is_live(heap, call) ? oneos_malloc(target_of(heap), size, call) : NULL;
}

void *os_memheap_aligned_alloc(os_memheap_t *heap, os_size_t align, os_size_t size)
{
    const struct heap_call call = ONEOS_CALL(os_memheap_aligned_alloc);

    return is_live(heap, call) ? oneos_aligned_malloc(target_of(heap), align, size, call) : NULL;
}

void *os_memheap_realloc(os_memheap_t *heap, void *ptr, os_size_t size)
{
    const struct heap_call call = ONEOS_CALL(os_memheap_realloc);

    return is_live(heap, call) ? oneos_realloc(target_of(heap), ptr, size, call) : NULL;
}

void os_memheap_free(os_memheap_t *heap, void *ptr)
{
    const struct heap_call call = ONEOS_CALL(os_memheap_free);

    if (is_live(heap, call))
        oneos_free(target_of(heap), ptr, call);
}

void os_memheap_info(os_memheap_t *heap, os_meminfo_t *info)
{
    const struct heap_call call = ONEOS_CALL(os_memheap_info);

    port_touch(info, sizeof *info, true, &call);
    *info = (os_meminfo_t){0};
    if (is_live(heap, call))
        oneos_info(target_of(heap), info);
}

os_err_t os_memheap_check(os_memheap_t *heap)
{
    const struct heap_call call = ONEOS_CALL(os_memheap_check);

    return is_live(heap, call) ? oneos_check(target_of(heap), call) : OS_ERROR;
}

os_err_t os_memheap_trace(os_memheap_t *heap)
{
    const struct heap_call call = ONEOS_CALL(os_memheap_trace);

    return is_live(heap, call) ? oneos_trace(target_of(heap), call) : OS_EOK;
}

os_err_t os_memheap_deinit(os_memheap_t *heap)
{
    (void)heap;
    return kernel.heap_config.ops == &heap_oneos_first_fit_v201 ? OS_EBUSY : OS_ENOSYS;
}
