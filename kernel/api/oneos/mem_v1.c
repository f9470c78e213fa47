/* The memory calls that OneOS 1.x has and 2.x has not: set-up, aligned blocks, hooks. */
#include "internal.h"

enum { LEAST = 12 };

void os_system_heap_init(void *begin_addr, void *end_addr)
{
    const struct heap_call call = ONEOS_CALL(os_system_heap_init);
    const size_t size = end_addr > begin_addr ? (size_t)((char *)end_addr - (char *)begin_addr) : 0;
    const struct heap_region region = {api_address(begin_addr), (tsize_t)size, 0};

    if (!oneos_has(true, call) || !oneos_allowed(call))
        return;
    if (kernel.system_heap_live) {
        api_misuse(call, DIAGNOSIS_OBJECT, begin_addr, size,
                   "the system heap is there: heapsim's start-up has made it of the RAM");
        return;
    }
    const char *const refusal =
        target_reaches(begin_addr, size)
            ? heap_init(&kernel.system_heap, &kernel.heap_config, "heap", &region, 1, 0, call)
            : port_memory_refusal(begin_addr, size);
    if (refusal != NULL)
        api_misuse(call, DIAGNOSIS_BAD_REGION, begin_addr, size, refusal);
    kernel.system_heap_live = refusal == NULL;
}

/* --- hooks --- */

void os_malloc_set_hook(void (*hook)(void *ptr, os_size_t size))
{
    if (oneos_has(true, ONEOS_CALL(os_malloc_set_hook)))
        kernel.oneos.malloc_hook = hook;
}

void os_free_set_hook(void (*hook)(void *ptr))
{
    if (oneos_has(true, ONEOS_CALL(os_free_set_hook)))
        kernel.oneos.free_hook = hook;
}

void oneos_tell_malloc(void *block, os_size_t size)
{
    if (kernel.oneos.malloc_hook == NULL || block == NULL)
        return;
    const tsize_t align = heap_option(&kernel.system_heap, "align");
    const tsize_t rounded = align_up((tsize_t)size, align);
    const tsize_t least = align_up(LEAST, align);
    kernel.oneos.malloc_hook(block, rounded > least ? rounded : least);
}

/* A block that moves is a new one, and the old one is freed. */
void oneos_tell_realloc(void *old, void *block, os_size_t size)
{
    if (block == old)
        return;
    oneos_tell_malloc(block, size);
    if (old != NULL && (block != NULL || (size == 0 && !kernel.system_heap.refused)) &&
        kernel.oneos.free_hook != NULL)
        kernel.oneos.free_hook(old);
}

/* Upstream has tested the pointer by then. */
void oneos_tell_free(struct heap *h, void *block)
{
    if (kernel.oneos.free_hook != NULL && api_is_live(h, api_address(block)))
        kernel.oneos.free_hook(block);
}

/* --- aligned blocks --- */

void *os_malloc_align(os_size_t size, os_size_t align)
{
    const struct heap_call call = ONEOS_CALL(os_malloc_align);
    void *block;

    if (!oneos_has(true, call))
        return NULL;
    block = oneos_aligned_malloc(oneos_system(), align, size, call);
    if (block != NULL)
        oneos_tell_malloc(target_pointer(heap_link_before(api_address(block))),
                          align_up((tsize_t)size, 4) + align_up((tsize_t)align, 4));
    return block;
}

void os_free_align(void *ptr)
{
    const struct heap_call call = ONEOS_CALL(os_free_align);
    const struct oneos_target system = oneos_system();

    if (ptr == NULL || !oneos_has(true, call) || !api_is_on_board(ptr, call))
        return;
    if (system.heap->ops != NULL && heap_contains(system.heap, api_address(ptr) - 4, 4))
        oneos_tell_free(system.heap, target_pointer(heap_link_before(api_address(ptr))));
    if (!oneos_enter(system, call))
        return;
    heap_free_aligned(system.heap, api_address(ptr), call);
    oneos_leave(system);
}
