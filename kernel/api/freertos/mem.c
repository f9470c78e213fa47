/*
 * FreeRTOS's memory calls: allocating and freeing.
 *
 * Each call suspends the scheduler, asks the heap and resumes, as upstream; a switch that became
 * due meanwhile happens there, before the call returns. The malloc-failed hook is called after
 * that. The heap counts when upstream would call it.
 */
#include "internal.h"

#include "../../heap/freertos_common.h"

extern void vApplicationMallocFailedHook(void) __attribute__((weak));

struct heap *freertos_live_heap(struct heap_call call)
{
    if (kernel.system_heap_live)
        return &kernel.system_heap;
    if (freertos_heap_number() == 5)
        api_misuse(call, DIAGNOSIS_ASSERTION, NULL, 0,
                   "heap_5 has no regions: vPortDefineHeapRegions comes before any allocation");
    else
        api_misuse(call, DIAGNOSIS_BAD_REGION, NULL, 0, "there is no heap");
    return NULL;
}

/* The heap, with the scheduler suspended; NULL after a diagnosis. */
static struct heap *enter(struct heap_call call)
{
    if (!freertos_allowed(call))
        return NULL;
    struct heap *const h = freertos_live_heap(call);
    if (h != NULL)
        freertos_suspend();
    return h;
}

/* --- the hook --- */

static tsize_t failures(struct heap *h)
{
    return freertos_heap_number() != 0 ? freertos_read_hook(h, 0) : 0;
}

/* An allocator of another RTOS does not count; there every NULL is told. */
static bool is_told(struct heap *h, taddr_t block, tsize_t failed_before)
{
    if (freertos_heap_number() != 0)
        return freertos_read_hook(h, 0) != failed_before;
    return block == 0 && !h->refused;
}

static void call_hook(void)
{
    const bool configured =
        &heapsim_freertos_config == NULL || heapsim_freertos_config.malloc_failed_hook;

    if (configured && vApplicationMallocFailedHook != NULL)
        vApplicationMallocFailedHook();
}

/* --- the calls --- */

typedef taddr_t operation(struct heap *h, tsize_t a, tsize_t b, struct heap_call call);

static inline void *perform(operation *ask, tsize_t a, tsize_t b, struct heap_call call)
{
    struct heap *const h = enter(call);

    if (h == NULL)
        return NULL;
    const tsize_t failed_before = failures(h);
    const taddr_t block = ask(h, a, b, call);
    const bool told = block == 0 && is_told(h, block, failed_before);
    freertos_resume();
    if (told)
        call_hook();
    return target_pointer(block);
}

static taddr_t alloc(struct heap *h, tsize_t size, tsize_t unused, struct heap_call call)
{
    (void)unused;
    return heap_alloc(h, size, call);
}

void *freertos_malloc(size_t size, struct heap_call call)
{
    if (api_fits(size, call))
        return perform(alloc, (tsize_t)size, 0, call);
    if (!irq_in_isr())
        call_hook();
    return NULL;
}

void *pvPortMalloc(size_t xWantedSize)
{
    return freertos_malloc(xWantedSize, FREERTOS_CALL(pvPortMalloc));
}

void *freertos_calloc(size_t count, size_t size, struct heap_call call)
{
    if (!api_fits(count, call) || !api_fits(size, call))
        return NULL;
    return perform(api_alloc_cleared, (tsize_t)count, (tsize_t)size, call);
}

void *pvPortCalloc(size_t xNum, size_t xSize)
{
    const struct heap_call call = FREERTOS_CALL(pvPortCalloc);

    return freertos_has(FREERTOS_CALLOC, call) ? freertos_calloc(xNum, xSize, call) : NULL;
}

void freertos_free(void *block, struct heap_call call)
{
    struct heap *h;

    if (block == NULL || !api_is_on_board(block, call) || (h = enter(call)) == NULL)
        return;
    heap_free(h, api_address(block), call);
    freertos_resume();
}

void vPortFree(void *pv)
{
    freertos_free(pv, FREERTOS_CALL(vPortFree));
}

/* --- for the C library's calls --- */

void *freertos_realloc(void *block, size_t size, struct heap_call call)
{
    if (!api_fits(size, call) || !api_is_on_board(block, call))
        return NULL;
    return perform(api_realloc, api_address(block), (tsize_t)size, call);
}

void *freertos_memalign(size_t align, size_t size, struct heap_call call)
{
    struct heap *const h = freertos_live_heap(call);

    if (h == NULL || !api_fits(align, call) || !api_fits(size, call))
        return NULL;
    if (api_frees_aligned(h))
        return perform(heap_alloc_aligned, (tsize_t)size, (tsize_t)align, call);
    return api_memalign(freertos_malloc, freertos_free, align, size, call);
}
